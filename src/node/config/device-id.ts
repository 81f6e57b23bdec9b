/**
 * Device ids as text. Promises that what passes is the libp2p peer id of an Ed25519 key, base58btc.
 * Never touches a key itself.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { DeviceId } from '../core/record.ts'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
/** Identity multihash (0x00) of 36 bytes: protobuf of key type 1 (Ed25519) and a key of 32 bytes. */
const PREFIX = '002408011220'
const ID_BYTES = 38
/** 38 bytes with this prefix always make 52 characters. */
const ID_CHARACTERS = 52

/** Throws BAD_DEVICE_ID unless `text` is a device id. */
export function checkDeviceId(text: string): DeviceId {
  const hex = text.length === ID_CHARACTERS ? decodeBase58(text) : undefined
  if (hex?.length === ID_BYTES * 2 && hex.startsWith(PREFIX)) return text
  throw new PeerfoldError('BAD_DEVICE_ID', 'this is not a device id', { id: text.slice(0, 200) })
}

/** Hex of the bytes; undefined when a character is not of the alphabet. */
function decodeBase58(text: string): string | undefined {
  let value = 0n
  for (const character of text) {
    const digit = ALPHABET.indexOf(character)
    if (digit < 0) return undefined
    value = value * 58n + BigInt(digit)
  }
  const zeros = text.length - text.replace(/^1+/, '').length
  const hex = value === 0n ? '' : value.toString(16)
  return '00'.repeat(zeros) + (hex.length % 2 === 1 ? `0${hex}` : hex)
}
