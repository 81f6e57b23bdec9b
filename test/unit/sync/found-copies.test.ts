/** Conflict copies that were made, and of which the index knows nothing: they are open conflicts all the same. */
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { syncedFolder } from '../../support/synced-folder.ts'

const hexOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

test.each([
  { what: 'a copy beside its original is one', original: 'note.txt', text: 'theirs', conflictOf: 'note.txt' },
  {
    what: 'a copy that was written to is a file of its own',
    original: 'note.txt',
    text: 'more',
    conflictOf: '',
  },
  {
    what: 'a copy without an original is a file of its own',
    original: 'other.txt',
    text: 'theirs',
    conflictOf: '',
  },
])(
  '$what, whether its original was known before or is found with it',
  async ({ original, text, conflictOf }) => {
    for (const isKnown of [true, false]) {
      const { context, path, scan } = await syncedFolder()
      const copy = `note (conflict Bob ${hexOf('theirs')}).txt`
      fs.writeFileSync(join(path, original), 'mine')
      if (isKnown) await scan()
      fs.writeFileSync(join(path, copy), text)
      await scan()
      const [row] = await context.index.call('local', { folder: context.folder, paths: [copy] })
      expect(row?.announced.record.conflictOf).toBe(conflictOf)
    }
  },
)
