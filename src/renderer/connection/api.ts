/**
 * The node as the screens see it: typed calls and snapshots over one lasting connection. Promises
 * that a screen knows neither transport nor link. Never retries a call: whoever pressed the button
 * decides.
 */
import { type ClientContext, type ClientLink, createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../node/api/contract.ts'
import type { CallError } from './call-error.ts'
import type { Connection } from './connection.ts'

export type ApiCalls = ContractRouterClient<Contract>
export type ApiLink = ClientLink<ClientContext>

export interface Api {
  /** Every call of the contract; each failure is a CallError. */
  readonly calls: ApiCalls
  /** Snapshots on this link and every later one; returns what ends it. */
  subscribe<T>(
    open: (calls: ApiCalls, signal: AbortSignal) => Promise<AsyncIterable<T>>,
    take: (snapshot: T) => void,
    fail?: (error: CallError) => void,
  ): () => void
  /** Tries to connect now. */
  retry(): void
  /** Begins anew, for example after signing in or out. */
  restart(): void
}

export function apiOver(connection: Connection<ApiLink>): Api {
  const overAnyLink: ApiLink = {
    call: (path, input, options) =>
      connection.call((link) => Promise.resolve(link.call(path, input, options)), options.signal),
  }
  return {
    calls: createORPCClient<ApiCalls>(overAnyLink),
    subscribe: (open, take, fail) =>
      connection.subscribe((link, signal) => open(createORPCClient<ApiCalls>(link), signal), take, fail),
    retry: () => connection.retry(),
    restart: () => connection.restart(),
  }
}

/** The smallest question of the contract. */
export function pingOver(link: ApiLink): Promise<unknown> {
  return Promise.resolve(link.call(['node', 'nearby'], undefined, { context: {} }))
}
