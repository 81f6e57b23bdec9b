/**
 * A link over WebSocket, in a browser. Promises to ask for the session first, because a browser
 * does not say why a socket was refused. The session is a cookie; the token of the command line is
 * never in a page. "rpc" is the first subprotocol offered, since servers echo the first.
 */
import { RPCLink } from '@orpc/client/websocket'
import type { LinkEvents } from './connection.ts'
import type { ApiLink } from './api.ts'
import { findObstacle } from './session.ts'

export function openWebSocketLink(events: LinkEvents<ApiLink>): () => void {
  let isOver = false
  let socket: WebSocket | undefined
  const open = (): void => {
    const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/rpc`
    const opened = new WebSocket(url, ['rpc'])
    socket = opened
    opened.addEventListener('open', () => events.opened(new RPCLink({ websocket: quietly(opened) })))
    opened.addEventListener('close', () => events.closed('DAEMON_UNREACHABLE'))
  }
  void findObstacle().then((obstacle) => {
    if (isOver) return
    if (obstacle === undefined) open()
    else events.closed(obstacle)
  })
  return () => {
    isOver = true
    socket?.close()
  }
}

/**
 * The socket as oRPC sees it: oRPC tells the node of an ended stream some time later, and throws
 * where nobody can catch it when the socket has closed by then. Such a message has no reader.
 */
function quietly(socket: WebSocket): WebSocket {
  return {
    readyState: socket.OPEN,
    send: (message: string) => {
      if (socket.readyState === socket.OPEN) socket.send(message)
    },
    addEventListener: socket.addEventListener.bind(socket),
    removeEventListener: socket.removeEventListener.bind(socket),
  } as WebSocket
}
