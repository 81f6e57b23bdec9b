/**
 * The network of one machine in a lab of machines, of which several may be one device. Promises what
 * the real network does with them: never a link to a machine of the own identity, at most one link
 * per device, and that a machine that comes takes the place of the one that was there.
 */
import type { MemoryLab } from '../../src/node/net/memory-network.ts'
import type { Network, PeerLink, TrustedDevice } from '../../src/node/net/peer-link.ts'

/** What came in so far; a test may set it back. */
export interface WireCount {
  /** Bytes of blocks, with the heads of their frames. */
  fetchedBytes: number
  controlFrames: number
}

export interface NamedDevice {
  readonly name: string
  readonly id: string
}

interface MachineNetworkParts extends NamedDevice {
  readonly wire: WireCount
  /** All machines of the lab. */
  others(): readonly NamedDevice[]
  /** Another machine came into the lab. */
  onNewcomer(listener: () => void): void
}

export function machineNetwork(lab: MemoryLab, parts: MachineNetworkParts): Network {
  const { id, name, wire } = parts
  const network = lab.join(name)
  const current = new Map<string, PeerLink>()
  let trusted: readonly TrustedDevice[] = []
  const deviceOf = (machine: string): string =>
    parts.others().find((other) => other.name === machine)?.id ?? machine
  const seenFrom = (link: PeerLink): PeerLink => ({
    device: deviceOf(link.device),
    path: link.path,
    address: link.address,
    send: (lane, frames, signal) => link.send(lane, frames, signal),
    frames: (lane) => counted(link.frames(lane), lane, wire),
    close: (reason) => link.close(reason),
    closed: link.closed,
  })
  const trustMachines = (): void => {
    const machines = parts.others().filter((other) => other.id !== id)
    network.setTrusted(
      trusted.flatMap((device) =>
        machines.filter((one) => one.id === device.id).map((one) => ({ id: one.name, addresses: [] })),
      ),
    )
  }
  parts.onNewcomer(trustMachines)
  return {
    self: id,
    discovers: true,
    start: () => network.start(),
    stop: () => network.stop(),
    setTrusted(devices) {
      trusted = devices
      trustMachines()
    },
    onLink(handler) {
      network.onLink((link) => {
        const device = deviceOf(link.device)
        void current.get(device)?.close('replaced')
        current.set(device, link)
        handler(seenFrom(link))
      })
    },
    listening: () => network.listening(),
    nearby: () => [],
    redial: () => network.redial(),
  }
}

async function* counted(
  frames: AsyncIterable<Uint8Array>,
  lane: string,
  wire: WireCount,
): AsyncGenerator<Uint8Array> {
  for await (const frame of frames) {
    if (lane === 'fetch') wire.fetchedBytes += frame.length
    if (lane === 'control') wire.controlFrames++
    yield frame
  }
}
