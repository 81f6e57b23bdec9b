/**
 * A link over a MessagePort, in the desktop window. Promises to count as open only when the node
 * has answered: a port can be posted into the void, and nobody would say so.
 */
import { RPCLink } from '@orpc/client/message-port'
import { type ApiLink, pingOver } from './api.ts'
import type { LinkEvents } from './connection.ts'

export function openPortLink(events: LinkEvents<ApiLink>): () => void {
  const { port1, port2 } = new MessageChannel()
  // A port cannot cross the context bridge: the preload takes it from this message.
  window.postMessage('rpc:connect', '*', [port2])
  port1.start()
  const link: ApiLink = new RPCLink({ port: port1 })
  const opened = (): void => events.opened(link)
  pingOver(link).then(opened, opened)
  return () => port1.close()
}
