/** The totals of what moves: what is still to go, and when a time can be told. */
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { transferCalls } from '../../../src/node/calls/transfers.ts'
import type { NodeCore } from '../../../src/node/calls/node-core.ts'
import type { NeedTotal } from '../../../src/node/index/index-port.ts'
import { TransferLog } from '../../../src/node/sync/transfers.ts'
import { recordOf } from '../../support/index-folder.ts'

/** A node "self" whose devices lack what the table says; "away" is not connected. */
function open(needs: Readonly<Record<string, readonly NeedTotal[] | undefined>>) {
  const clock = createFakeClock()
  const transfers = new TransferLog(clock)
  const core = {
    id: 'self',
    config: { folders: Object.keys(needs).map((id) => ({ id })) },
    engine: { isSharing: (device: string) => device !== 'away' },
    transfers,
    parts: {
      index: {
        call: async (_name: string, { folder }: { folder: string }) => {
          if (needs[folder]) return needs[folder]
          throw new PeerfoldError('FOLDER_NOT_FOUND', 'not in the index yet')
        },
      },
    },
  } as unknown as NodeCore
  return { clock, log: transfers, calls: transferCalls(core) }
}

test('what is still to go is what is lacked in all folders, less what is done of it', async () => {
  const { log, calls } = open({
    f: [
      { device: 'self', items: 2, bytes: 3_000 },
      { device: 'b', items: 1, bytes: 500 },
      { device: 'away', items: 9, bytes: 9_000 },
    ],
    g: [{ device: 'self', items: 1, bytes: 1_000 }],
    opening: undefined,
  })
  const moving = log.receive('f', recordOf({ path: 'a', size: 2_000 }), ['b'])
  moving.reused(100)
  moving.received(400)
  const now = await calls.transfers()
  expect(now.in).toMatchObject({ items: 3, bytes: 3_500 })
  expect(now.out).toMatchObject({ items: 1, bytes: 500 })
})

test('a time is told after five seconds of bytes, and no longer when they stop', async () => {
  const { clock, log, calls } = open({ f: [{ device: 'self', items: 1, bytes: 100_000 }] })
  const moving = log.receive('f', recordOf({ path: 'a', size: 100_000 }), ['b'])
  const told: (number | undefined)[] = []
  for (let second = 0; second < 8; second++) {
    moving.received(1_000)
    await clock.advance(1_000)
    told.push((await calls.transfers()).in.etaMs)
  }
  expect(told.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined])
  // 92,000 bytes are left of which about 1,000 come a second.
  expect(told.at(-1)).toBeGreaterThan(80_000)
  expect(told.at(-1)).toBeLessThan(110_000)
  await clock.advance(10_000)
  expect((await calls.transfers()).in).toEqual({ rate: 0, items: 1, bytes: 92_000 })
})

test('without anything lacked no time is told, however fast bytes move', async () => {
  const { clock, log, calls } = open({ f: [] })
  const moving = log.receive('f', recordOf({ path: 'a', size: 100_000 }), ['b'])
  for (let second = 0; second < 8; second++) {
    moving.received(1_000)
    await clock.advance(1_000)
  }
  const { in: inward } = await calls.transfers()
  expect(inward.etaMs).toBeUndefined()
  expect(inward.bytes).toBe(0)
})
