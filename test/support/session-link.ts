/** A session of this device over a memory link whose other end the test holds raw. Call it inside a test. */
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/node/base/clock.ts'
import { silentLog } from '../../src/node/base/log.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import { createMemoryLab } from '../../src/node/net/memory-network.ts'
import type { PeerLink } from '../../src/node/net/peer-link.ts'
import { PeerSession } from '../../src/node/sync/peer-session.ts'
import type { SessionParts } from '../../src/node/sync/peer-session.ts'
import { TransferLog } from '../../src/node/sync/transfers.ts'
import type { SyncedFolder } from './synced-folder.ts'

/** The end of `device`; the session shares the folder named "f" with it, or nothing. */
export async function linkToSession(
  { context }: SyncedFolder,
  device: string,
  shares: boolean,
): Promise<PeerLink> {
  const clock = systemClock()
  const lab = createMemoryLab({ clock, random: seededRandom(1) }, { maxDelayMs: 1, maxLinkDelayMs: 1 })
  const [server, asker] = [lab.join('self'), lab.join(device)]
  const shared = { folder: 'f', context, startNewEpoch: async () => {}, indexChanged: () => {} }
  const parts = {
    index: context.index,
    mark: { reserve: async () => {}, find: () => undefined, finish: async () => {}, cover: async () => {} },
    clock,
    log: silentLog(),
    transfers: new TransferLog(clock),
    hello: { deviceName: 'Self', software: 'test', session: '00' },
    shared: () => (shares ? [shared] : []),
    changed: () => {},
  } as unknown as SessionParts
  const linked = Promise.withResolvers<PeerLink>()
  let running = Promise.resolve()
  server.onLink((link) => void (running = new PeerSession(link, parts).run()))
  asker.onLink(linked.resolve)
  server.setTrusted([{ id: device, addresses: [] }])
  asker.setTrusted([{ id: 'self', addresses: [] }])
  await Promise.all([server.start(), asker.start()])
  const link = await linked.promise
  onTestFinished(async () => {
    await Promise.all([server.stop(), asker.stop()])
    await running
  })
  return link
}
