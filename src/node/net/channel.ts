/**
 * What carries the bytes of a lane: a block socket or a libp2p stream. Promises order, one
 * receiver, and that `pause` reaches the other device. Never frames or inspects bytes.
 */
export interface Channel {
  readonly kind: 'socket' | 'stream'
  /** Hands over bytes in order and does not wait; the memory must not change afterwards. */
  write(parts: readonly Uint8Array[]): void
  /** undefined: there is room now. Otherwise resolves when there is, or the channel is closed. */
  room(): Promise<void> | undefined
  /** Starts delivery; call once. The bytes handed to `receive` are valid only during the call. */
  listen(receive: (bytes: Uint8Array) => void): void
  pause(): void
  resume(): void
  /** Ends both directions at once; idempotent. */
  destroy(): void
  readonly isClosed: boolean
  /** Resolves once, when the channel is closed for whatever reason; never rejects. */
  readonly closed: Promise<void>
}

/**
 * Bytes that may wait unsent in a channel before `room` waits, ours: larger windows were no
 * faster (16 KiB to 16 MiB measured alike for TLS with yamux), smaller memory.
 */
export const SEND_BUFFER_BYTES = 256 << 10
