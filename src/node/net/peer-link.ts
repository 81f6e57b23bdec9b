/**
 * The port to other devices. Promises whole frames in order per lane from a device whose key was
 * proved, back-pressure in both directions, and no word to or from a device that is not trusted.
 * Never looks into a frame.
 */

/**
 * 'control': announcements, requests about them, pings; both directions.
 * 'fetch': our block requests go out, the blocks come in (the socket that we dialled).
 * 'serve': the peer's block requests come in, the blocks go out (the socket that the peer dialled).
 */
export type Lane = 'control' | 'fetch' | 'serve'

export type CloseReason = 'stopped' | 'untrusted' | 'replaced' | 'dead' | 'protocol' | 'gone'

/** Largest frame per lane, bytes, checked before anything is allocated. */
export const FRAME_LIMITS: Readonly<Record<Lane, number>> = {
  control: 1 << 20,
  fetch: (256 << 10) + 4096,
  serve: (256 << 10) + 4096,
}

/**
 * Gives a received frame's memory back at once; call it when its bytes are used up, and never
 * touch the frame (nor what was sliced from it) again. Optional: without it the collector comes
 * when some 64 MB have gathered. Receiving 1 GiB in pieces of 256 KiB, measured on 2 busy EPYC
 * cores, Node 24: 12 instead of 100 MB above idle, 0.5 instead of 1.4 CPU seconds.
 */
export function releaseFrame(frame: Uint8Array): void {
  const { buffer } = frame
  if (buffer instanceof ArrayBuffer && buffer.byteLength === frame.byteLength) buffer.transfer(0)
}

export interface PeerLink {
  /** The trusted device at the other end, proved by its key. */
  readonly device: string
  /** How it is reached, for the screen; no branch may read it. */
  readonly path: 'direct' | 'relay' | 'webrtc' | 'memory'
  /** The multiaddr it is reached by, for the screen. */
  readonly address: string
  /**
   * Resolves when the lane has room again; the parts are one frame, and their memory must not
   * change afterwards. Frames leave in the order of the calls. Throws PEER_GONE when the link is
   * closed or, on 'serve', when the asker's socket is (the answer has nowhere to go; the link may
   * live on), LIMIT_EXCEEDED for a frame above FRAME_LIMITS.
   */
  send(lane: Lane, parts: readonly Uint8Array[], signal?: AbortSignal): Promise<void>
  /**
   * Frames as they arrive, one consumer per lane; reading slowly slows the sender. Ends when the
   * link closes; what nobody had read by then is dropped. The bytes belong to the reader (releaseFrame).
   * When only the block socket breaks, requests and blocks under way are lost without a word and
   * the next request opens another: whoever waits for an answer needs a deadline of its own.
   */
  frames(lane: Lane): AsyncIterable<Uint8Array>
  close(reason: CloseReason): Promise<void>
  /** Resolves once, when the link is gone for whatever reason. */
  readonly closed: Promise<CloseReason>
}

/** A device that may connect, and where the user said it is. */
export interface TrustedDevice {
  readonly id: string
  /** Configured multiaddrs; a plain /ip4/A/tcp/P is accepted. */
  readonly addresses: readonly string[]
}

/** A device heard on the network that is not trusted (yet). */
export interface NearbyDevice {
  readonly id: string
  readonly addresses: readonly string[]
  readonly lastSeenMs: number
}

export interface Network {
  readonly self: string
  /** Listens, discovers and dials until stop(). PORT_IN_USE or BAD_ADDRESS when it cannot listen. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Replaces the whole list; links to devices no longer in it close at once. */
  setTrusted(devices: readonly TrustedDevice[]): void
  /** Called once for every link, when its control lane works in both directions. At most one link per device. */
  onLink(handler: (link: PeerLink) => void): void
  /** Multiaddrs this node listens on. */
  listening(): readonly string[]
  /** Whether it tells of itself on the network and hears others. */
  readonly discovers: boolean
  nearby(): readonly NearbyDevice[]
  /** Dial waiting devices now: the user asked, or the machine woke up. */
  redial(): void
}
