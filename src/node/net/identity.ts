/**
 * The device's key: an Ed25519 private key in libp2p's protobuf form (68 bytes). Promises that
 * the device id is libp2p's peer id of that key. Never stores or logs a key.
 */
import { createPrivateKey } from 'node:crypto'
import { privateKeyFromProtobuf, privateKeyFromRaw, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeerfoldError } from '../base/errors.ts'
import { systemRandom } from '../base/random.ts'
import type { Random } from '../base/random.ts'

/** What precedes the 32 bytes of the seed in a PKCS #8 Ed25519 key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A fresh key. A seeded source gives the same key every time: for tests and the simulator only. */
export function generateIdentity(random: Random = systemRandom()): Uint8Array {
  const seed = random.bytes(32)
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
  return privateKeyToProtobuf(privateKeyFromRaw(Buffer.concat([seed, publicKey])))
}

/** The device id that belongs to a key. Throws IDENTITY_DAMAGED. */
export function deviceIdOf(identity: Uint8Array | Ed25519PrivateKey): string {
  const key = identity instanceof Uint8Array ? identityFrom(identity) : identity
  return peerIdFromPrivateKey(key).toString()
}

/** The key from its stored form. Throws IDENTITY_DAMAGED for anything but an Ed25519 key. */
export function identityFrom(bytes: Uint8Array): Ed25519PrivateKey {
  try {
    const key = privateKeyFromProtobuf(bytes)
    if (key.type === 'Ed25519') return key
  } catch (error) {
    throw new PeerfoldError('IDENTITY_DAMAGED', 'the device key cannot be read', {}, error)
  }
  throw new PeerfoldError('IDENTITY_DAMAGED', 'the device key is not an Ed25519 key')
}
