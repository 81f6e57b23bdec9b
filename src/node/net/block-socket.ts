/**
 * Dials a block socket. Promises that it returns only what the other end has accepted. Never
 * chooses the address.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { Channel } from './channel.ts'
import { ACCEPTED } from './door.ts'
import { socketChannel } from './socket-channel.ts'
import type { ReadTap } from './socket-channel.ts'
import { BLOCKS_ALPN, connectTls } from './tls-identity.ts'
import type { Certificate } from './tls-identity.ts'

/** TLS never delivers more at once (read in Node 24: one record). */
const READ_BUFFER_BYTES = 16 << 10

/** Throws PEER_GONE when the other end says no, which it does by closing. */
export async function dialBlocks(
  address: string,
  device: string,
  certificate: () => Promise<Certificate>,
  signal: AbortSignal,
): Promise<Channel> {
  const { promise: accepted, resolve, reject } = Promise.withResolvers<void>()
  accepted.catch(() => {}) // it may fail before anybody waits for it
  const refused = (): void =>
    reject(new PeerfoldError('PEER_GONE', 'the block socket was refused', { address }))
  const tap: ReadTap = {
    receive: (bytes) => {
      if (bytes.byteLength === 1 && bytes[0] === ACCEPTED) resolve()
      else refused() // the listener says one byte only until it is asked
      return true
    },
  }
  const onread = {
    buffer: Buffer.alloc(READ_BUFFER_BYTES),
    callback: (length: number, buffer: Uint8Array) => tap.receive(buffer.subarray(0, length)),
  }
  const { socket } = await connectTls(address, { certificate, alpn: BLOCKS_ALPN, device, signal, onread })
  const abort = (): void => reject(signal.reason)
  socket.once('close', refused)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await accepted
    return socketChannel(socket, tap)
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
