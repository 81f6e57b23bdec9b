/**
 * The calls of the contract as plain HTTP requests, made from each call's route and nothing else.
 * Promises errors as PeerfoldError, like the other clients, so that one table of tests fits all.
 */
import { contract } from '../../src/node/api/contract.ts'
import type { ApiCalls } from '../../src/node/api/client.ts'
import { isErrorCode, toPeerfoldError } from '../../src/node/api/problem.ts'
import { PeerfoldError } from '../../src/node/base/errors.ts'
import { TOKEN } from './api-server.ts'

type Input = Record<string, unknown>

interface Route {
  readonly method: string
  readonly path: string
}

export function restCalls(url: string): ApiCalls {
  return callsOf(contract, url) as ApiCalls
}

function callsOf(part: unknown, url: string): unknown {
  const { '~orpc': definition } = part as { '~orpc'?: { route: Route } }
  if (definition)
    return (input?: Input, options?: { signal?: AbortSignal }) =>
      call(url, definition.route, { ...input }, options?.signal)
  return Object.fromEntries(
    Object.entries(part as object).map(([name, inner]) => [name, callsOf(inner, url)]),
  )
}

async function call(url: string, { method, path }: Route, input: Input, signal?: AbortSignal) {
  const target = path.replaceAll(/\{\+?(\w+)\}/g, (_, name: string) => {
    const value = String(input[name])
    delete input[name]
    return value.split('/').map(encodeURIComponent).join('/')
  })
  const inQuery = method === 'GET' || method === 'DELETE'
  const query = inQuery ? `?${new URLSearchParams(input as Record<string, string>).toString()}` : ''
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  const body = inQuery ? {} : { body: JSON.stringify(input) }
  const options = { method, headers, ...body, ...(signal && { signal }) }
  const answer = await fetch(`${url}/api/v1${target}${query}`, options).catch((error: unknown) => {
    throw toPeerfoldError(error)
  })
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) return events(answer)
  const text = await answer.text()
  const value: unknown = text === '' ? undefined : JSON.parse(text)
  if (answer.ok) return value
  throw problemOf(value)
}

function problemOf(value: unknown): PeerfoldError {
  const { code, detail, facts } = value as { code: unknown; detail: string; facts: Record<string, string> }
  if (!isErrorCode(code)) throw new PeerfoldError('INTERNAL', 'the answer is no problem document')
  return new PeerfoldError(code, detail, facts)
}

/** Server-sent events, one data line each. */
async function* events(answer: Response): AsyncGenerator<unknown> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of answer.body ?? []) {
    rest += decoder.decode(bytes, { stream: true })
    const blocks = rest.split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const kind = /^event: (\w+)$/m.exec(block)?.[1]
      const data = /^data: (.*)$/m.exec(block)?.[1]
      const value: unknown = data === undefined ? undefined : JSON.parse(data)
      if (kind === 'done') return
      if (kind === 'error') throw problemOf({ detail: '', facts: {}, ...(value as object) })
      if (kind === 'message') yield value
    }
  }
}
