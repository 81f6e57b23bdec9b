/** Making room for what comes leaves nothing behind when it ends early. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { conflictCopyOf } from '../../../src/node/core/conflict-copy.ts'
import { displace } from '../../../src/node/sync/displace.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

/** A file that gives way in a conflict; `lastStep` and `park` as the test wants them. */
async function givingWay(fails: 'park' | 'after the last step') {
  const { context, path, scan } = await syncedFolder()
  writeFileSync(join(path, 'note'), 'ours')
  await scan()
  const { index, folder, root, self } = context
  const [local] = await index.call('local', { folder, paths: ['note'] })
  const stat = (await root.lstat('note'))!
  const refused = new PeerfoldError('DISK_READ_ONLY', 'the disk refused link: EROFS')
  const archive = { ...context.archive, park: () => Promise.reject(refused) }
  const record = local!.announced.record
  const lastStep = async (): Promise<boolean> => {
    await root.unlink('note')
    throw refused
  }
  const displaced = displace(
    fails === 'park' ? { ...context, archive } : context,
    { path: 'note', by: self, reason: 'conflict', keepCopy: conflictCopyOf(record), stat, lastStep },
    local,
  )
  await expect(displaced).rejects.toBe(refused)
  const files = readdirSync(path).filter((name) => name !== '.peerfold')
  return files.map((name) => [name, readFileSync(join(path, name), 'utf8')])
}

test('what could not be set aside has no second name that would change with it', async () => {
  expect(await givingWay('park')).toEqual([['note', 'ours']])
})

test('a copy of what is gone already stays', async () => {
  expect(await givingWay('after the last step')).toEqual([
    [expect.stringMatching(/^note \(conflict/), 'ours'],
  ])
})
