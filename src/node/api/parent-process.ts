/**
 * The process that started this one, and its way to hand ports over: Electron's main process, or
 * any program that forked us with a channel. Promises one small interface for both. Never trusts
 * anybody else, and never believes a message to be of a shape that it has not looked at.
 */
import type { HostMessage, NodeMessage } from './host-messages.ts'
import type { EmittingPort, RpcPort } from './message-port.ts'
import { VirtualPorts } from './virtual-ports.ts'

export interface Parent {
  /** Resolves when the message has left; never rejects: a parent that is gone needs no message. */
  say(message: NodeMessage): Promise<void>
  /** `port` came along with the message. */
  onMessage(listener: (message: HostMessage, port: RpcPort | undefined) => void): void
  /** The parent is gone, or has let go of us. */
  onGone(listener: () => void): void
}

/** `process.parentPort` of a utility process of Electron, as far as it is used. */
export interface ElectronParentPort {
  on(
    event: 'message',
    listener: (event: { readonly data: unknown; readonly ports: EmittingPort[] }) => void,
  ): unknown
  postMessage(message: NodeMessage): void
}

/** Electron ends its utility processes itself, so there is nobody to miss. */
export function electronParent(parentPort: ElectronParentPort): Parent {
  return {
    say: async (message) => parentPort.postMessage(message),
    onMessage: (listener) => {
      parentPort.on('message', ({ data, ports }) => {
        if (isHostMessage(data)) listener(data, ports[0])
        else for (const port of ports) port.close()
      })
    },
    onGone: () => {},
  }
}

/** The channel of a child process, as far as it is used: `process` itself. */
export interface ChannelProcess {
  send?(message: unknown, done: (error: Error | null) => void): unknown
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
}

/** Ports are not handed over by this kind of channel; their messages travel in it (virtual-ports.ts). */
export function channelParent(channel: ChannelProcess): Parent {
  const listeners: ((message: HostMessage, port: RpcPort | undefined) => void)[] = []
  const hear = (message: unknown, port?: EmittingPort): void => {
    if (isHostMessage(message)) for (const listener of listeners) listener(message, port)
    else port?.close()
  }
  const send = (message: unknown): Promise<void> =>
    new Promise((resolve) => {
      if (channel.send) channel.send(message, () => resolve())
      else resolve()
    })
  const ports = new VirtualPorts({ send: (message) => void send(message), onOpen: hear })
  channel.on('message', (message) => {
    if (!ports.take(message)) hear(message)
  })
  channel.on('disconnect', () => ports.end())
  return {
    say: send,
    onMessage: (listener) => void listeners.push(listener),
    onGone: (listener) => void channel.on('disconnect', listener),
  }
}

function isHostMessage(value: unknown): value is HostMessage {
  if (typeof value !== 'object' || value === null) return false
  const { kind, request, folder } = value as Record<string, unknown>
  if (kind === 'connect' || kind === 'stop') return true
  return kind === 'find-folder' && Number.isInteger(request) && typeof folder === 'string'
}
