/**
 * The caller's side of the API. Promises typed calls, and that whatever goes wrong arrives as a
 * PeerfoldError with the code that the node gave, or DAEMON_UNREACHABLE when there is no node.
 * Never reads a file: where url and token come from is the caller's matter.
 *
 * Calls ride one WebSocket, because a call may take as long as it needs there (a scan that is
 * waited for) and snapshots come on the same one. Contents ride plain HTTP.
 */
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import { PeerfoldError, textOf } from '../base/errors.ts'
import type { ApiAddress } from './api-address.ts'
import { type ContentClient, contentClient } from './content-client.ts'
import type { Contract } from './contract.ts'
import type { NodeStatus, RestoreProgress } from './node-port.ts'
import { isErrorCode, toPeerfoldError } from './problem.ts'

export type ApiCalls = ContractRouterClient<Contract>

export interface ApiClient {
  readonly calls: ApiCalls
  readonly content: ContentClient
  /** Snapshots as they come, until the signal aborts. */
  watchStatus(signal: AbortSignal): AsyncIterable<NodeStatus>
  /** Goes back to a moment; ends early, and stops it, when the signal aborts. */
  restoreMoment(
    request: { folder: string; path: string; atMs: number },
    signal: AbortSignal,
  ): AsyncIterable<RestoreProgress>
  close(): void
}

/** Longest wait for the connection, ms: the node is on this machine, or nearly. */
const CONNECT_TIMEOUT_MS = 10_000

/** Connects. DAEMON_UNREACHABLE when nobody answers, UNAUTHORIZED or FORBIDDEN when refused. */
export async function connectClient(address: ApiAddress): Promise<ApiClient> {
  const socket = await open(address)
  const link = new RPCLink({
    websocket: quietly(socket),
    interceptors: [
      async ({ next }) => {
        if (socket.readyState !== socket.OPEN) throw unreachable('the node went away', httpUrlOf(socket))
        try {
          return await next()
        } catch (error) {
          throw translate(error, socket)
        }
      },
    ],
  })
  const calls: ApiCalls = createORPCClient(link)

  /** A stream may fail long after its call was answered. */
  async function* until<Item>(
    signal: AbortSignal,
    ask: () => Promise<AsyncIterable<Item>>,
  ): AsyncGenerator<Item, void> {
    try {
      yield* await ask()
    } catch (error) {
      if (!signal.aborted) throw translate(error, socket)
    }
  }

  return {
    calls,
    content: contentClient(address),
    watchStatus: (signal) => until(signal, () => calls.status.watch(undefined, { signal })),
    restoreMoment: (request, signal) =>
      until(signal, () => calls.versions.restoreMoment(request, { signal })),
    close: () => socket.terminate(),
  }
}

function open({ url, token }: ApiAddress): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    if (!/^https?:\/\/[^/]+$/.test(url) || !URL.canParse(url))
      throw unreachable('the address of the node is damaged', url)
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/rpc`, ['rpc', `token.${token}`], {
      handshakeTimeout: CONNECT_TIMEOUT_MS,
    })
    socket.once('open', () => resolve(socket))
    socket.once('unexpected-response', (request, response) => {
      const code = CODE_OF_STATUS[response.statusCode ?? 0]
      reject(
        code
          ? new PeerfoldError(code, 'the node refused the connection', { url })
          : unreachable('something else answers there', url),
      )
      request.destroy()
    })
    // Stays for good: an error without a listener would end the process.
    socket.on('error', (error) =>
      reject(unreachable('nobody answers at the address of the node', url, error)),
    )
  })
}

const CODE_OF_STATUS: Readonly<Record<number, 'UNAUTHORIZED' | 'FORBIDDEN' | 'LIMIT_EXCEEDED'>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  413: 'LIMIT_EXCEEDED',
}

/** A socket that closed under a call explains the error better than the error does. */
function translate(error: unknown, socket: WebSocket): PeerfoldError {
  const known = toPeerfoldError(error)
  if (isErrorCode((error as { code?: unknown }).code) || socket.readyState === socket.OPEN) return known
  return unreachable('the node went away', httpUrlOf(socket), error)
}

/**
 * The socket as oRPC sees it. oRPC tells the node of an ended watch some time later, and throws
 * where nobody can catch it when the socket has closed by then; such a message has no reader.
 */
function quietly(socket: WebSocket): ConstructorParameters<typeof RPCLink>[0]['websocket'] {
  return {
    readyState: socket.OPEN,
    send: (message: string | Uint8Array) => {
      if (socket.readyState === socket.OPEN) socket.send(message)
    },
    addEventListener: socket.addEventListener.bind(socket),
    removeEventListener: socket.removeEventListener.bind(socket),
  } as never
}

function httpUrlOf(socket: WebSocket): string {
  return socket.url.replace(/^ws/, 'http').replace(/\/rpc$/, '')
}

function unreachable(message: string, url: string, cause?: unknown): PeerfoldError {
  const facts = { url, reason: cause === undefined ? undefined : textOf(cause) }
  return new PeerfoldError('DAEMON_UNREACHABLE', message, facts, cause)
}
