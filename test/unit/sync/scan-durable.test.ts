/** What a person decided is safe from a power cut before others hear of it. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FolderContext } from '../../../src/node/sync/ports.ts'
import { scan } from '../../../src/node/sync/scan.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

/** Deletes a file, by a decision in the app or by hand, and says what the scan asked of the index. */
async function asked(how: 'decided' | 'by hand'): Promise<string[]> {
  const { context, path, scan: scanFirst } = await syncedFolder()
  fs.writeFileSync(join(path, 'a'), 'a')
  await scanFirst()
  const calls: string[] = []
  const index: FolderContext['index'] = {
    ...context.index,
    call: (name, ...rest) => {
      calls.push(name)
      return context.index.call(name, ...rest)
    },
  }
  const remove = async (): Promise<void> => fs.rmSync(join(path, 'a'))
  await (how === 'decided' ? context.decided.during('a', '', remove) : remove())
  await scan({ ...context, index }, '', 'tree', { entries: 0 }, new AbortController().signal)
  return calls.filter((name) => name === 'recordLocal' || name === 'makeDurable')
}

test('a deletion in the app is made durable as soon as it is recorded', async () => {
  expect(await asked('decided')).toEqual(['recordLocal', 'makeDurable'])
})

test('one on the disk, which a scan would find again, is not waited for', async () => {
  expect(await asked('by hand')).toEqual(['recordLocal'])
})
