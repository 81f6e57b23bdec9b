/**
 * A network in a process of its own, for tests that need one to be somewhere else or to be
 * killed. Promises one JSON object per line on standard output: {listening}, {linked},
 * {closed, reason}, {nearby}, {echo} for every control frame, {fetchedMiB} for every MiB fetched.
 *
 * Argument: JSON {name, trust: [{id, addresses}], listen?, discovery}.
 */
import { systemClock } from '../../src/node/base/clock.ts'
import { silentLog } from '../../src/node/base/log.ts'
import { systemRandom } from '../../src/node/base/random.ts'
import { createNetwork } from '../../src/node/net/libp2p-network.ts'
import type { PeerLink, TrustedDevice } from '../../src/node/net/peer-link.ts'
import { identityOf, memoryAddressBook } from './loopback-networks.ts'

export interface NetworkProcessSettings {
  name: string
  trust: TrustedDevice[]
  listen?: string[]
  discovery: boolean
  /** Sends this text once to every peer that links. */
  greeting?: string
  /** Fetches from every peer that links, as much as the line carries. */
  fetches?: boolean
}

const settings = JSON.parse(process.argv[2] ?? '{}') as NetworkProcessSettings
const clock = systemClock()
const say = (event: object): void =>
  void process.stdout.write(`${JSON.stringify({ ...event, atMs: clock.nowMs() })}\n`)

const network = createNetwork(
  {
    clock,
    random: systemRandom(),
    log: silentLog(),
    privateKey: identityOf(settings.name),
    addressBook: memoryAddressBook(),
  },
  { listen: settings.listen, discovery: settings.discovery },
)
network.onLink((link) => void serve(link))
network.setTrusted(settings.trust)
await network.start()
say({ listening: network.listening() })
process.on('SIGTERM', () => void network.stop().then(() => process.exit(0)))
watchNearby('')

async function serve(link: PeerLink): Promise<void> {
  say({ linked: link.device, address: link.address })
  void link.closed.then((reason) => say({ closed: link.device, reason }))
  void pour(link).catch(() => {}) // ends with the link
  if (settings.fetches === true) void drink(link).catch(() => {})
  if (settings.greeting !== undefined) await link.send('control', [Buffer.from(settings.greeting)])
  for await (const frame of link.frames('control')) say({ echo: Buffer.from(frame).toString() })
}

/** Answers a request with blocks without end. */
async function pour(link: PeerLink): Promise<void> {
  for await (const _request of link.frames('serve')) {
    for (;;) await link.send('serve', [new Uint8Array(256 << 10)])
  }
}

async function drink(link: PeerLink): Promise<void> {
  await link.send('fetch', [Uint8Array.of(1)])
  let bytes = 0
  for await (const frame of link.frames('fetch')) {
    const before = bytes >> 20
    bytes += frame.byteLength
    if (bytes >> 20 > before) say({ fetchedMiB: bytes >> 20 })
  }
}

function watchNearby(before: string): void {
  const now = network.nearby().map(({ id }) => id)
  if (now.join() !== before) say({ nearby: now })
  clock.after(100, () => watchNearby(now.join()))
}
setInterval(() => {}, 60_000) // the clock's timers do not keep a process alive
