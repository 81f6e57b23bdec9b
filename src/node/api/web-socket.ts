/**
 * RPC over WebSocket. Promises that a socket is opened only past the guard, that the token is
 * never sent back, that a dead or stuffed socket is dropped within two heartbeats, and that
 * broken frames end their socket and nothing else. Never reads a message itself.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../base/clock.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { checkUpgrade, type GuardSettings } from './guard.ts'
import { toProblem } from './problem.ts'
import type { Lines } from './rpc-line.ts'

/** Largest message, bytes; contents never come here. */
const PAYLOAD_LIMIT_BYTES = 8 << 20
/** A viewer that lets more than this pile up is gone or stuck, bytes. */
const BACKLOG_LIMIT_BYTES = 16 << 20
/** Two missed heartbeats are a lost viewer. */
const HEARTBEAT_MS = 5_000
/** Open sockets at once; a guess, far above the windows of one person. */
const SOCKET_LIMIT = 64
/** How long a refused client may take to read why before the line is cut; a guess. */
const LINGER_MS = 1_000
/** "Going away" (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001
/** "Unsupported data", there. */
const UNSUPPORTED = 1003

export interface Sockets {
  close(): void
}

export function serveSockets(
  server: Server,
  lines: Lines,
  guard: GuardSettings,
  { clock, log }: { clock: Clock; log: Log },
): Sockets {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: PAYLOAD_LIMIT_BYTES,
    // Left alone, ws echoes the first offer, which may be the token.
    handleProtocols: (offered) => (offered.has('rpc') ? 'rpc' : false),
  })

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    try {
      if (request.url !== '/rpc')
        throw new PeerfoldError('NO_SUCH_ROUTE', 'there is no socket at this address')
      checkUpgrade(request.headers, guard)
      if (sockets.clients.size >= SOCKET_LIMIT)
        throw new PeerfoldError('LIMIT_EXCEEDED', 'too many open sockets')
    } catch (error) {
      refuse(socket, error)
      // The other end need not hang up, and a line that stays open would keep the server from closing.
      clock.after(LINGER_MS, () => socket.destroy())
      return
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      // Without a listener a broken frame would be an uncaught exception.
      opened.on('error', (error) => log.debug('a viewer broke its socket', { error }))
      connectLine(opened, lines)
      keepAlive(opened, clock)
    })
  })

  return {
    close: () => {
      for (const opened of sockets.clients) opened.close(GOING_AWAY)
      sockets.close()
      clock.after(HEARTBEAT_MS / 10, () => {
        for (const opened of sockets.clients) opened.terminate()
      })
    },
  }
}

/** Contents never ride here, so a binary message is none of ours. */
function connectLine(socket: WebSocket, lines: Lines): void {
  const send = (message: string): void => {
    if (socket.readyState === socket.OPEN) socket.send(message)
  }
  const line = lines.open(send, { origin: 'network' })
  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.close(UNSUPPORTED)
    else line.take(String(data))
  })
  socket.on('close', () => line.close())
}

function keepAlive(socket: WebSocket, clock: Clock): void {
  let missed = 0
  const beat = (): void => {
    if (socket.readyState !== socket.OPEN) return
    if (missed >= 2 || socket.bufferedAmount > BACKLOG_LIMIT_BYTES) return socket.terminate()
    missed++
    socket.ping()
    clock.after(HEARTBEAT_MS, beat)
  }
  socket.on('pong', () => (missed = 0))
  clock.after(HEARTBEAT_MS, beat)
}

/** Before the upgrade the socket still speaks HTTP. */
function refuse(socket: Duplex, error: unknown): void {
  const problem = toProblem(error)
  const body = JSON.stringify(problem)
  const lines = [
    `HTTP/1.1 ${problem.status} Refused`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
