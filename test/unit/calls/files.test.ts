/**
 * What a listing says of what is on its way: true when it was read, and followed by a new revision when
 * it no longer is.
 */
import { expect, onTestFinished, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { fileCalls } from '../../../src/node/calls/files.ts'
import { folderView } from '../../../src/node/calls/folder-view.ts'
import type { NodeCore } from '../../../src/node/calls/node-core.ts'
import type { FolderConfig } from '../../../src/node/config/schema.ts'
import type { IndexOperations } from '../../../src/node/index/index-port.ts'
import { TransferLog } from '../../../src/node/sync/transfers.ts'
import { changeOf, hear, openIndexFolder, recordOf } from '../../support/index-folder.ts'

const CONFIG = { id: 'f', name: 'F', path: '/f', devices: ['b'], paused: false } as unknown as FolderConfig
const file = recordOf({ path: 'a', size: 100, version: { 'self/7': 1 } })

/** A node that holds one file, which b lacks. */
async function open() {
  const { connection, index } = await openIndexFolder(['b'])
  onTestFinished(() => void connection.close())
  await index.recordLocal({ folder: 'f', changes: [changeOf(file)] })
  await hear(index, 'b', [])
  const clock = createFakeClock()
  let changes = 0
  const transfers = new TransferLog(clock, () => void changes++)
  const core = {
    id: 'self',
    isLive: true,
    config: { folders: [CONFIG], devices: [{ id: 'b', name: 'B' }] },
    engine: {
      presence: () => ({ connected: true, lastSeenMs: 0 }),
      isSharing: () => true,
      isDoubled: () => false,
      findFolder: () => undefined,
    },
    transfers,
    parts: {
      notices: { has: () => false },
      index: { call: (name: keyof IndexOperations, of: never) => index[name](of) },
    },
  } as unknown as NodeCore
  const look = async () => {
    const { revision, entries } = await fileCalls(core).browseFiles('f', {
      directory: '',
      offset: 0,
      limit: 10,
    })
    return { revision, state: entries[0]?.copies.find(({ device }) => device === 'b')?.state }
  }
  const newest = async (): Promise<number> => (await folderView(core, CONFIG)).revision
  return { clock, transfers, look, newest, changes: () => changes }
}

const endings: Record<string, (parts: Awaited<ReturnType<typeof open>>) => unknown> = {
  'the device goes away': ({ transfers }) => transfers.linkEnded('b'),
  'the device asks for nothing more': ({ clock }) => clock.advance(20_000),
}

test.each(Object.entries(endings))('a copy on its way is no longer one when %s', async (_, end) => {
  const parts = await open()
  const serving = parts.transfers.serve('b', 'f', file)
  serving.asked()
  serving.answered(10)
  const before = await parts.look()
  expect(before.state).toBe('moving')
  expect(await parts.newest()).toBe(before.revision)
  await end(parts)
  // Whoever looks is told to look again.
  expect(parts.changes()).toBe(1)
  expect(await parts.newest()).toBeGreaterThan(before.revision)
  expect(await parts.look()).toEqual({ revision: await parts.newest(), state: 'wants' })
})
