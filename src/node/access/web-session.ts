/**
 * The session of a browser: a time and a seal in a cookie. Promises that only the holder of the
 * node's key can make one, that it ends by itself, and that it outlives a restart of the node,
 * because nothing of it is kept. Never can be taken back before its end, but by a new key.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** A month: a person who comes back within it is not asked again. */
export const SESSION_LIFE_MS = 30 * 24 * 60 * 60_000
/** Bytes of the key; as many as the seal has. */
export const SESSION_KEY_BYTES = 32
/** Characters of the device id in the name of the cookie: ids differ at their end. */
const NAMED_BY = 12

export interface SessionKey {
  readonly bytes: Uint8Array
  /** Id of the device that the session is for. */
  readonly device: string
}

/**
 * Cookies know hosts, not ports: two nodes on one machine must not overwrite each other's, so
 * each names its own.
 */
export function sessionCookieName(device: string): string {
  return `peerfold-${device.slice(-NAMED_BY)}`
}

/** "1.END.SEAL": format, end in milliseconds since 1970, HMAC-SHA256 of both and the device. */
export function sealSession(key: SessionKey, endMs: number): string {
  return `1.${endMs}.${sealOf(key, endMs)}`
}

/** When the session ends; undefined when it has ended or is none of ours. */
export function sessionEndOf(value: string | undefined, key: SessionKey, nowMs: number): number | undefined {
  const [, end, seal] = /^1\.(\d{1,15})\.([0-9a-f]{64})$/.exec(value ?? '') ?? []
  if (end === undefined || seal === undefined) return undefined
  const right = timingSafeEqual(Buffer.from(seal, 'hex'), Buffer.from(sealOf(key, Number(end)), 'hex'))
  return right && Number(end) > nowMs ? Number(end) : undefined
}

function sealOf({ bytes, device }: SessionKey, endMs: number): string {
  return createHmac('sha256', bytes).update(`peerfold web session 1\n${device}\n${endMs}`).digest('hex')
}
