/** What stands at a path is taken for what we say of it only where it stands there by that name. */
import { expect, test } from 'vitest'
import { recheck } from '../../../src/node/sync/target.ts'
import type { FolderContext } from '../../../src/node/sync/ports.ts'
import { changeOf, recordOf } from '../../support/index-folder.ts'
import { memoryFolder } from '../../support/memory-folder.ts'

/** What recheck says of `path`, recorded with the very stat of what the disk answers for it. */
async function saidOf(path: string, there: string) {
  const { disk, open } = memoryFolder(1, { caseInsensitive: true })
  disk.user.write(`/folder/${there}`, 'content')
  const root = await open()
  const stat = (await root.lstat(path))!
  const { record, stance, reason } = changeOf(recordOf({ path }))
  const announced = { record, stance, reason, sequence: 1 }
  const context = { root } as FolderContext
  const checked = await recheck(context, path, { announced, disk: { stat, racy: false, retained: false } })
  return { checked, stat }
}

test('a file that stands there as it was recorded is what we say of it', async () => {
  const { checked, stat } = await saidOf('a (2)', 'a (2)')
  expect(checked).toEqual({ stat })
})

test('a file that a disk which folds case answers for another name is not', async () => {
  const { checked } = await saidOf('A (2)', 'a (2)')
  expect(checked).toBeUndefined()
})
