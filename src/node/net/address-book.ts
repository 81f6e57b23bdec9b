/**
 * Remembers where devices were reached, across restarts. Promises last success first and a bounded
 * list; losing it costs a little time when discovery is quiet, nothing else. Never trusted: the
 * handshake proves who answers.
 */
import { textOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { AddressBook } from './libp2p-network.ts'

/** A small file that is replaced in one step. */
export interface AddressFile {
  read(): Promise<Uint8Array | undefined>
  replace(bytes: Uint8Array): Promise<void>
}

/** Addresses kept per device; a guess: homes, offices and hot spots of one laptop. */
const LIMIT = 8

export async function openAddressBook(file: AddressFile, log: Log): Promise<AddressBook> {
  const known = parse(await file.read())
  let writing: Promise<void> = Promise.resolve()
  return {
    load: async (device) => known.get(device) ?? [],
    remember(device, address) {
      const before = known.get(device) ?? []
      if (before[0] === address) return
      known.set(device, [address, ...before.filter((other) => other !== address)].slice(0, LIMIT))
      const bytes = Buffer.from(JSON.stringify(Object.fromEntries(known)))
      writing = writing
        .then(() => file.replace(bytes))
        .catch((error: unknown) => log.debug('addresses were not saved', { reason: textOf(error) }))
    },
  }
}

function parse(bytes: Uint8Array | undefined): Map<string, string[]> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes ?? '{}').toString())
    const entries = Object.entries(value as Record<string, unknown>).filter(
      (entry): entry is [string, string[]] =>
        Array.isArray(entry[1]) && entry[1].every((address) => typeof address === 'string'),
    )
    return new Map(entries)
  } catch {
    // A damaged book is an empty one: every address in it was only a hint.
    return new Map()
  }
}
