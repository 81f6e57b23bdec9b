/** A conflict copy on a disk without hard links is copied, and people write while it takes its name. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { conflictCopyOf } from '../../../src/node/core/conflict-copy.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { copyContent } from '../../../src/node/sync/copy-content.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

/** The folder on a disk without hard links; `meanwhile` comes right after a file took its name. */
async function copyWhile(
  meanwhile: (copy: string) => void,
  make = (path: string): void => fs.writeFileSync(path, 'ours'),
) {
  const { context, path, scan } = await syncedFolder()
  make(join(path, 'a'))
  await scan()
  const { index, folder } = context
  const [row] = await index.call('local', { folder, paths: ['a'] })
  const root: FolderRoot = Object.assign(Object.create(context.root) as FolderRoot, {
    link: async () => {
      throw new PeerfoldError('LINK_UNSUPPORTED', 'no hard links here')
    },
    renameToFree: async (from: string, to: string) => {
      const isTaken = await context.root.renameToFree(from, to)
      meanwhile(join(path, to))
      return isTaken
    },
  })
  const copy = conflictCopyOf(row!.announced.record)
  const stat = await copyContent({ ...context, root }, 'a', copy, row!.disk!.stat as never)
  return { stat, copy, path }
}

test('what somebody puts under its name at once is not taken for the copy', async () => {
  const { stat, copy, path } = await copyWhile((name) => {
    fs.writeFileSync(`${name}.new`, 'a save')
    fs.renameSync(`${name}.new`, name)
  })
  expect(stat).toBeUndefined()
  expect(fs.readFileSync(join(path, copy.path), 'utf8')).toBe('a save')
})

test('what nobody touches is what its record says', async () => {
  const { stat, copy } = await copyWhile(() => {})
  expect(stat).toMatchObject({ kind: 'file', size: copy.size, mode: copy.mode })
})

test('a link that is copied has the time that its record says', async () => {
  const make = (path: string): void => {
    fs.symlinkSync('somewhere', path)
    fs.lutimesSync(path, 1_600_000_000, 1_600_000_000)
  }
  const { stat, copy } = await copyWhile(() => {}, make)
  expect(stat).toMatchObject({ kind: 'symlink', mtimeNs: 1_600_000_000_000_000_000n })
  expect(copy.mtimeNs).toBe(1_600_000_000_000_000_000n)
})
