/**
 * Running the node in the foreground. Promises one line when it is ready, an orderly stop on the
 * first wish to end, and that it returns only when the node has stopped. Never restarts it.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { Context, Input } from './command.ts'
import type { ServeHandle, ServeOptions } from './offline.ts'
import { columns, shown } from './output.ts'

const LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const

export interface Serving {
  /** The wish to end, where one was listened for already. */
  readonly ending?: AbortSignal
  /** Lines for a person, after those that say where the node is. */
  readonly next?: readonly string[]
  /** Gets an address that signs a browser in, once the node serves. */
  readonly open?: ((url: string) => void) | undefined
}

export async function serveUntilStopped(
  input: Input,
  context: Context,
  { ending, next = [], open }: Serving = {},
): Promise<void> {
  const options = serveOptionsOf(input)
  // A person at a terminal reads the lines below; a log file wants the life of the node.
  const logLevel = options.logLevel ?? (context.terminal.draws ? 'warn' : undefined)
  const interrupted = ending ?? context.interrupted()
  const node = await (await context.offline()).serve(context.home, { ...options, logLevel })
  announce(node, context, next)
  // Not the address that was printed: that one is for a second browser, or when this one fails.
  if (!interrupted.aborted) open?.(node.invite().url)
  const stop = (): void => void node.stop()
  if (interrupted.aborted) stop()
  else interrupted.addEventListener('abort', stop, { once: true })
  await node.stopped
}

function announce(
  { id, url, listening, invite }: ServeHandle,
  { terminal, json, home }: Context,
  next: readonly string[],
): void {
  const { url: signIn } = invite()
  if (json) return terminal.out(`${JSON.stringify({ id, url, home, pid: process.pid, listening, signIn })}\n`)
  const facts = columns([
    ['  device', id],
    ['  home', shown(home)],
    ['  browser', `${signIn}  (good once, for ten minutes; "peerfold ui" makes another)`],
    ['  api', url],
    ['  listens', listening.join(' ')],
  ])
  terminal.out(['Peerfold runs.', facts, 'Stop it with Ctrl-C or "peerfold stop".', ...next, ''].join('\n'))
}

export function serveOptionsOf(input: Input): ServeOptions {
  const api = input.value('api')
  const level = input.value('log-level')
  const logLevel = LEVELS.find((known) => known === level)
  if (level !== undefined && !logLevel)
    throw new PeerfoldError('BAD_INPUT', `--log-level is one of ${LEVELS.join(', ')}`, { level })
  return {
    api: api === undefined ? undefined : hostAndPort(api),
    listen: input.values('listen'),
    discovery: input.flag('no-discovery') ? false : undefined,
    logLevel,
  }
}

/** "127.0.0.1:8005", "localhost:0" or "[::1]:8005". */
function hostAndPort(text: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || Number(port) > 65_535)
    throw new PeerfoldError('BAD_INPUT', `--api wants HOST:PORT, e.g. 127.0.0.1:8005`, { api: text })
  return { host, port: Number(port) }
}
