/**
 * Where the door opens. Promises that an address the user gave is taken or an error says why, and
 * that the default port gives way to a free one. Never listens anywhere else.
 */
import { isPeerfoldError } from '../base/errors.ts'
import { bindingOf, checkListenAddress } from './address.ts'
import { openDoor } from './door.ts'
import type { Door, DoorParts } from './door.ts'

const DEFAULT_PORT = 22_000

/** Throws BAD_ADDRESS, PORT_IN_USE. */
export function openGivenDoor(parts: DoorParts, listen: readonly string[]): Promise<Door> {
  return openDoor(parts, [...new Set(listen.map(checkListenAddress))])
}

/** All interfaces, IPv4 and, where the machine has it, IPv6 on the same port. */
export async function openDefaultDoor(parts: DoorParts): Promise<Door> {
  const ip4 = await openOnFirstFree(parts, [DEFAULT_PORT, 0])
  const { port } = bindingOf(ip4.bound[0] ?? '')
  const ip6 = await openDoor(parts, [`/ip6/::/tcp/${port}/tls`]).catch((error: unknown) => {
    parts.log.debug('not listening on IPv6', { error }) // a machine without it is an ordinary one
    return undefined
  })
  if (ip6 === undefined) return ip4
  return {
    bound: [...ip4.bound, ...ip6.bound],
    close: async () => void (await Promise.all([ip4.close(), ip6.close()])),
  }
}

async function openOnFirstFree(parts: DoorParts, [port = 0, ...others]: number[]): Promise<Door> {
  try {
    return await openDoor(parts, [`/ip4/0.0.0.0/tcp/${port}/tls`])
  } catch (error) {
    if (others.length === 0 || !isPeerfoldError(error) || error.code !== 'PORT_IN_USE') throw error
    parts.log.warn('the default port is taken, another one is used', { port })
    return openOnFirstFree(parts, others)
  }
}
