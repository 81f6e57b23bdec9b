/**
 * The contract over message ports, for our own window. Promises that whoever holds the other end
 * may do everything, so a port comes only from the process that started this one; and that a port
 * that closes ends its calls. Never transfers anything: messages are texts.
 */
import type { Lines } from './rpc-line.ts'

interface PortEvent {
  readonly data?: unknown
}

interface PortBasics {
  postMessage(message: string): void
  /** Lets the messages come that arrived until now; not every kind of port waits for it. */
  start?(): void
  close(): void
}

/** MessagePort of Node and of browsers. */
interface TargetPort extends PortBasics {
  addEventListener(type: 'message' | 'close', listener: (event: PortEvent) => void): void
}

/** MessagePortMain of Electron, and the ports of virtual-ports.ts. */
export interface EmittingPort extends PortBasics {
  on(type: 'message', listener: (event: PortEvent) => void): unknown
  on(type: 'close', listener: () => void): unknown
}

export type RpcPort = TargetPort | EmittingPort

export interface Ports {
  serve(port: RpcPort): void
  /** Closes every port; idempotent. */
  close(): void
}

export function servePorts(lines: Lines): Ports {
  const open = new Set<RpcPort>()
  const serve = (port: RpcPort): void => {
    const send = (message: string): void => {
      if (open.has(port)) port.postMessage(message)
    }
    const line = lines.open(send, { origin: 'desktop' })
    open.add(port)
    listen(port, 'message', ({ data }) => {
      if (typeof data === 'string') line.take(data)
    })
    listen(port, 'close', () => {
      open.delete(port)
      line.close()
    })
    port.start?.()
  }
  const close = (): void => {
    for (const port of open) port.close()
  }
  return { serve, close }
}

function listen(port: RpcPort, type: 'message' | 'close', listener: (event: PortEvent) => void): void {
  if ('addEventListener' in port) port.addEventListener(type, listener)
  else if (type === 'message') port.on('message', listener)
  else port.on('close', () => listener({}))
}
