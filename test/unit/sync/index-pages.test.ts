/** When pages of another device's index are its whole index, and when only a part of it. */
import { expect, test } from 'vitest'
import type { Announced } from '../../../src/node/core/record.ts'
import type { PeerLink } from '../../../src/node/net/peer-link.ts'
import { Announcer } from '../../../src/node/sync/announce.ts'
import { decodeControl, encodeControl } from '../../../src/node/wire/control-codec.ts'
import type { ControlMessage } from '../../../src/node/wire/control-codec.ts'
import { announce, recordOf } from '../../support/index-folder.ts'
import { linkToSession } from '../../support/session-link.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

const TELLER = 'b'

async function teller() {
  const folder = await syncedFolder([TELLER])
  const link = await linkToSession(folder, TELLER, true)
  const acks = acksFrom(link)
  const send = (message: ControlMessage) => link.send('control', [encodeControl(message)])
  return {
    async says(epoch: number, maxSequence: number) {
      const position = { folder: 'f', epoch, maxSequence, seenEpoch: 0, seenSequence: 0 }
      await send({ kind: 'folders', folders: [{ ...position, mode: 'send-receive', holdsBack: 0 }] })
    },
    /** Returns when it is recorded. */
    async sends(epoch: number, after: number, records: readonly Announced[], maxSequence: number) {
      const upto = records.at(-1)?.sequence ?? after
      await send({ kind: 'index', folder: 'f', epoch, after, upto, maxSequence, records })
      await acks.next()
    },
    async needed() {
      const rows = await folder.context.index.call('needed', { folder: 'f', after: '', limit: 9 })
      return rows.map(({ path }) => path)
    },
  }
}

async function* acksFrom(link: PeerLink): AsyncGenerator<void> {
  for await (const frame of link.frames('control')) if (decodeControl(frame).kind === 'ack') yield
}

const records = announce(['a', 'b', 'c'].map((path) => recordOf({ path })))

test('a page of a new epoch that comes before word of that epoch is not the whole index', async () => {
  const { says, sends, needed } = await teller()
  await says(1, 3)
  await sends(1, 0, records, 3)
  expect(await needed()).toEqual(['a', 'b', 'c'])
  await sends(2, 0, records.slice(0, 1), 3)
  expect(await needed()).toEqual(['a', 'b', 'c'])
  await sends(2, 1, records.slice(1, 2), 3)
  expect(await needed()).toEqual(['a', 'b', 'c'])
  await sends(2, 2, [], 3)
  expect(await needed()).toEqual(['a', 'b', 'c'])
  await sends(2, 2, announce([recordOf({ path: 'd' })], 3), 3)
  expect(await needed()).toEqual(['a', 'b', 'd'])
})

test('what changed while a new epoch is told, and moved behind its former end, stays', async () => {
  const { says, sends, needed } = await teller()
  await says(1, 3)
  await sends(1, 0, records, 3)
  await says(2, 3)
  await sends(2, 0, records.slice(1), 4)
  expect(await needed()).toEqual(['a', 'b', 'c'])
})

test('a change made while a batch is read is said to follow', async () => {
  const [before, after] = [records.slice(1), announce([recordOf({ path: 'a', content: 2 })], 4)]
  const replies = { position: { epoch: 2, sequence: 3 }, announcedSince: [...before, ...after] }
  const sent: ControlMessage[] = []
  const announcer = new Announcer(
    {
      index: { call: async (name: keyof typeof replies) => replies[name] },
      mark: { cover: async () => {} },
      send: async (message: ControlMessage) => void sent.push(message),
    } as unknown as ConstructorParameters<typeof Announcer>[0],
    'f',
    TELLER,
  )
  announcer.startFrom(1, 3)
  await announcer.run()
  expect(sent).toMatchObject([{ epoch: 2, after: 0, upto: 3, maxSequence: 4, records: before }])
})
