/**
 * Contents to and from a node over plain HTTP. Promises never to hold a file in memory, and that
 * a transfer cut short throws. Never retries.
 */
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PeerfoldError, textOf } from '../base/errors.ts'
import type { ApiAddress } from './api-address.ts'
import type { FileEntry, UploadAttributes } from './node-port.ts'
import { isErrorCode } from './problem.ts'

export interface DownloadedContent {
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  readonly content: AsyncIterable<Uint8Array>
}

export interface ContentClient {
  upload(
    folder: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    attributes?: UploadAttributes,
  ): Promise<FileEntry>
  download(folder: string, path: string): Promise<DownloadedContent>
}

/** Largest answer that is read as text, bytes. */
const ANSWER_LIMIT_BYTES = 1 << 20

export function contentClient(address: ApiAddress): ContentClient {
  return {
    upload: async (folder, path, content, attributes = {}) => {
      const query = new URLSearchParams()
      if (attributes.mtimeNs !== undefined) query.set('mtime_ns', attributes.mtimeNs.toString())
      if (attributes.mode !== undefined) query.set('mode', String(attributes.mode))
      const length = attributes.sizeBytes === undefined ? {} : { 'content-length': attributes.sizeBytes }
      // Asked first, so that a refusal comes before the content has gone out.
      const headers = { ...length, expect: '100-continue' }
      const sent = start(address, 'PUT', `${urlOf(folder, path)}?${query.toString()}`, headers)
      const answer = await sendContent(sent, content)
      return JSON.parse(await textOfAnswer(answer)) as FileEntry
    },
    download: async (folder, path) => {
      const sent = start(address, 'GET', urlOf(folder, path), {})
      sent.end()
      const answer = await checked(await answerOf(sent))
      return {
        sizeBytes: Number(answer.headers['content-length']),
        mtimeNs: BigInt(String(answer.headers['x-peerfold-mtime-ns'] ?? 0)),
        content: answer,
      }
    },
  }
}

function start(
  { url, token }: ApiAddress,
  method: string,
  path: string,
  headers: Record<string, string | number>,
): ClientRequest {
  const { hostname, port } = new URL(url)
  // The path goes as it is: made into a URL first, "a/../b" would ask for b.
  const target = { hostname: hostname.replace(/^\[|\]$/g, ''), port, path, method }
  return httpRequest({ ...target, headers: { ...headers, authorization: `Bearer ${token}` } })
}

function urlOf(folder: string, path: string): string {
  if (!path.isWellFormed()) throw new PeerfoldError('BAD_PATH', 'the path is not valid Unicode', {})
  const names = path.split('/').map(encodeURIComponent)
  return `/api/v1/folders/${encodeURIComponent(folder)}/content/${names.join('/')}`
}

/** Sends when told to go on; an early answer (a refusal) ends the sending. */
async function sendContent(
  sent: ClientRequest,
  content: AsyncIterable<Uint8Array>,
): Promise<IncomingMessage> {
  const answered = answerOf(sent)
  const goOn = new Promise<'go on'>((resolve) => sent.once('continue', () => resolve('go on')))
  sent.flushHeaders()
  if ((await Promise.race([goOn, answered])) === 'go on') {
    const sending = pipeline(Readable.from(content, { objectMode: false }), sent)
    // Whichever ends first: an answer explains a broken pipe better than the pipe does.
    const failed = sending.then(() => answered)
    await Promise.race([answered, failed]).catch(async (error: unknown) => {
      if (isOwnFailure(error)) throw error
      await answered.catch(() => Promise.reject(error))
    })
  }
  return checked(await answered)
}

/** An error that came out of the content itself, not out of the connection. */
function isOwnFailure(error: unknown): boolean {
  return error instanceof PeerfoldError && error.code !== 'DAEMON_UNREACHABLE'
}

function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve)
    sent.on('error', (error) =>
      reject(
        new PeerfoldError('DAEMON_UNREACHABLE', `the node does not answer: ${textOf(error)}`, {}, error),
      ),
    )
  })
  // Awaited later than it may fail.
  answered.catch(() => undefined)
  return answered
}

async function checked(answer: IncomingMessage): Promise<IncomingMessage> {
  if (answer.statusCode === 200) return answer
  const problem = parseProblem(await textOfAnswer(answer))
  if (problem) throw problem
  throw new PeerfoldError('INTERNAL', 'the node answered in a way nobody expected', {
    status: answer.statusCode,
  })
}

function parseProblem(text: string): PeerfoldError | undefined {
  try {
    const { code, detail, facts } = JSON.parse(text) as Record<string, unknown>
    if (isErrorCode(code)) return new PeerfoldError(code, String(detail), facts as Record<string, string>)
  } catch {
    // Not JSON, so not a node: the caller says so.
  }
  return undefined
}

async function textOfAnswer(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let sizeBytes = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    sizeBytes += part.length
    if (sizeBytes > ANSWER_LIMIT_BYTES) throw new PeerfoldError('LIMIT_EXCEEDED', 'the answer is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
