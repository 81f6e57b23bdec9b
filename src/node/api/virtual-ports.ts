/**
 * Message ports over a channel that carries plain messages only, as the one between a process and
 * its child. Promises each port its messages in their order, kept until it is started, and a
 * 'close' on both ends, once. Never carries anything but texts.
 */
import type { EmittingPort } from './message-port.ts'

/** What goes over the channel. */
export type PortMessage =
  /** A new port comes along with `message`, as a real one would be transferred with it. */
  | { readonly kind: 'port'; readonly port: number; readonly event: 'open'; readonly message: unknown }
  | { readonly kind: 'port'; readonly port: number; readonly event: 'data'; readonly data: string }
  | { readonly kind: 'port'; readonly port: number; readonly event: 'close' }

export interface VirtualPortsParts {
  send(message: PortMessage): void
  /** The other end opened a port. */
  onOpen?(message: unknown, port: EmittingPort): void
}

export class VirtualPorts {
  readonly #parts: VirtualPortsParts
  readonly #ports = new Map<number, VirtualPort>()
  #last = 0

  constructor(parts: VirtualPortsParts) {
    this.#parts = parts
  }

  /** Only one end of a channel opens ports: both would choose the same numbers. */
  open(message: unknown): EmittingPort {
    const port = ++this.#last
    this.#parts.send({ kind: 'port', port, event: 'open', message })
    return this.#make(port)
  }

  /** Whether the message was one of a port; any other is the caller's. */
  take(message: unknown): boolean {
    if (!isPortMessage(message)) return false
    const { port } = message
    if (message.event === 'open') this.#parts.onOpen?.(message.message, this.#make(port))
    else if (message.event === 'data') this.#ports.get(port)?.take(message.data)
    else this.#end(port)
    return true
  }

  /** The channel is gone: every port closes. */
  end(): void {
    for (const port of this.#ports.keys()) this.#end(port)
  }

  #make(number: number): VirtualPort {
    const port = new VirtualPort({
      send: (data) => this.#parts.send({ kind: 'port', port: number, event: 'data', data }),
      close: () => {
        this.#parts.send({ kind: 'port', port: number, event: 'close' })
        this.#end(number)
      },
    })
    this.#ports.set(number, port)
    return port
  }

  #end(number: number): void {
    const port = this.#ports.get(number)
    this.#ports.delete(number)
    port?.end()
  }
}

interface WayOut {
  send(data: string): void
  close(): void
}

class VirtualPort implements EmittingPort {
  readonly #out: WayOut
  readonly #onMessage: ((event: { data: string }) => void)[] = []
  readonly #onClose: (() => void)[] = []
  /** What came before start(); undefined from then on. */
  #waiting: string[] | undefined = []
  #isOpen = true

  constructor(out: WayOut) {
    this.#out = out
  }

  on(type: 'message' | 'close', listener: ((event: { data?: unknown }) => void) | (() => void)): void {
    if (type === 'message') this.#onMessage.push(listener)
    else this.#onClose.push(listener as () => void)
  }

  postMessage(data: string): void {
    if (this.#isOpen) this.#out.send(data)
  }

  start(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const data of waiting) this.take(data)
  }

  close(): void {
    if (this.#isOpen) this.#out.close()
  }

  take(data: string): void {
    if (this.#waiting) this.#waiting.push(data)
    else for (const listener of this.#onMessage) listener({ data })
  }

  end(): void {
    this.#isOpen = false
    for (const listener of this.#onClose) listener()
  }
}

function isPortMessage(value: unknown): value is PortMessage {
  if (typeof value !== 'object' || value === null) return false
  const { kind, port, event, data } = value as Record<string, unknown>
  if (kind !== 'port' || !Number.isInteger(port)) return false
  return event === 'open' || event === 'close' || (event === 'data' && typeof data === 'string')
}
