/**
 * Who may connect, and where the user said they are. Promises canonical addresses. Never learns
 * an address from the network.
 */
import { checkAddress, checkDeviceId } from './address.ts'
import type { TrustedDevice } from './peer-link.ts'

export class Trust {
  readonly #self: string
  #devices: ReadonlyMap<string, readonly string[]> = new Map()

  constructor(self: string) {
    this.#self = self
  }

  has(device: string): boolean {
    return this.#devices.has(device)
  }

  devices(): string[] {
    return [...this.#devices.keys()]
  }

  configuredAddresses(device: string): readonly string[] {
    return this.#devices.get(device) ?? []
  }

  /** Replaces the list, or throws (BAD_DEVICE_ID, BAD_ADDRESS) and changes nothing. */
  replace(devices: readonly TrustedDevice[]): { gone: string[]; news: string[] } {
    const next = new Map<string, readonly string[]>()
    for (const { id, addresses } of devices) {
      if (checkDeviceId(id) !== this.#self) next.set(id, [...new Set(addresses.map(checkAddress))])
    }
    const before = this.#devices
    this.#devices = next
    return {
      gone: [...before.keys()].filter((id) => !next.has(id)),
      news: [...next].filter(([id, now]) => now.join() !== before.get(id)?.join()).map(([id]) => id),
    }
  }
}
