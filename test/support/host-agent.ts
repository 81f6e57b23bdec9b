/**
 * Speaks HTTP inside a network namespace for a test outside of it. Promises one JSON line with an
 * answer per JSON line with a request: {key, url, method, headers, body} to {key, status, body},
 * or {key, failure} when nobody answered.
 */
import { createInterface } from 'node:readline'

export interface AgentRequest {
  readonly key: number
  readonly url: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
}

export interface AgentAnswer {
  readonly key: number
  readonly status?: number
  readonly body?: string
  readonly failure?: string
}

if (process.argv[1] === import.meta.filename) {
  for await (const line of createInterface({ input: process.stdin }))
    void answer(JSON.parse(line) as AgentRequest)
}

async function answer({ key, url, method, headers, body }: AgentRequest): Promise<void> {
  let result: AgentAnswer
  try {
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) })
    result = { key, status: response.status, body: await response.text() }
  } catch (error) {
    result = { key, failure: String(error) }
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
