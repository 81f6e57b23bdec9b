/**
 * File contents over plain HTTP, outside RPC. Promises that no file is ever in memory whole, that
 * an upload cut short reaches the node as an error, and that a download cut short reaches the
 * client as one. Never decides what a path may be: the node does.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PeerfoldError } from '../base/errors.ts'
import type { Download, NodePort, UploadAttributes } from './node-port.ts'

/** An upload from which nothing came for so long is given up. A guess: longer than a Wi-Fi hiccup. */
const STALL_MS = 120_000
/** Year 2262 in ns: the end of 64-bit times. */
const MTIME_LIMIT_NS = 2n ** 63n

export interface ContentTarget {
  readonly folder: string
  readonly path: string
  readonly query: URLSearchParams
}

/**
 * Folder and path of `/api/v1/folders/ID/content/PATH`; undefined for any other URL. Taken from
 * the text as it came: a URL parser would resolve dots, and "a/../b" must be refused, not b.
 */
export function contentTargetOf(url: string): ContentTarget | undefined {
  const [pathname = '', query = ''] = url.split('?', 2)
  const match = /^\/api\/v1\/folders\/([^/]+)\/content\/(.+)$/.exec(pathname)
  if (!match) return undefined
  return { folder: decode(match[1]!), path: decode(match[2]!), query: new URLSearchParams(query) }
}

/** `goOn` tells a client that asked before sending (100-continue) to send now. */
export async function serveContent(
  node: NodePort,
  target: ContentTarget,
  request: IncomingMessage,
  response: ServerResponse,
  goOn: () => void,
): Promise<void> {
  const { folder, path } = target
  if (request.method === 'PUT') await upload(node, target, request, response, goOn)
  else if (request.method === 'GET' || request.method === 'HEAD')
    await download(await node.downloadFile(folder, path, signalOf(response)), request, response)
  else if (request.method === 'DELETE') {
    await node.deleteFile(folder, path)
    response.writeHead(204).end()
  } else throw new PeerfoldError('NO_SUCH_ROUTE', 'this method is not known here')
}

async function upload(
  node: NodePort,
  { folder, path, query }: ContentTarget,
  request: IncomingMessage,
  response: ServerResponse,
  goOn: () => void,
): Promise<void> {
  request.setTimeout(STALL_MS, () => request.destroy())
  const { 'content-length': length, 'if-none-match': unless } = request.headers
  const attributes = { ...attributesOf(query, length), mustBeNew: isAnyOf(unless) }
  const content = contentOf(request, goOn)
  const entry = await node.uploadFile(folder, path, content, attributes, signalOf(response))
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(entry))
}

/** Asks for the content when the node begins to read it; a refusal until then costs no bytes. */
async function* contentOf(request: IncomingMessage, goOn: () => void): AsyncGenerator<Uint8Array> {
  goOn()
  // Kept open when the node stops reading: the answer must still get through.
  yield* request.iterator({ destroyOnReturn: false })
}

async function download(file: Download, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': file.sizeBytes,
    'content-disposition': 'attachment',
    'last-modified': new Date(Number(file.mtimeNs / 1_000_000n)).toUTCString(),
    'x-peerfold-mtime-ns': file.mtimeNs.toString(),
    ...(file.hash === '' ? {} : { etag: `"${file.hash}"` }),
  })
  if (request.method === 'HEAD') {
    await file.content[Symbol.asyncIterator]().return?.()
    response.end()
  } else await pipeline(Readable.from(file.content, { objectMode: false }), response)
}

function attributesOf(query: URLSearchParams, length: string | undefined): UploadAttributes {
  return {
    mtimeNs: numberOf(query, 'mtime_ns', -MTIME_LIMIT_NS, MTIME_LIMIT_NS),
    mode: toNumber(numberOf(query, 'mode', 0n, 0o777n)),
    sizeBytes: length === undefined ? undefined : Number(length),
    upload: uploadOf(query),
  }
}

/** RFC 9110, section 13.1.2: "If-None-Match: *" is "only if there is nothing yet". */
function isAnyOf(header: string | undefined): boolean {
  if (header === undefined || header.trim() === '*') return header !== undefined
  throw new PeerfoldError('BAD_INPUT', 'If-None-Match is known here as * only')
}

function uploadOf(query: URLSearchParams): UploadAttributes['upload'] {
  const id = query.get('upload')
  if (id === null) return undefined
  if (!/^[0-9a-f]{32}$/.test(id)) throw new PeerfoldError('BAD_INPUT', 'upload must be 32 hex digits')
  return { id, offset: toNumber(numberOf(query, 'offset', 0n, BigInt(Number.MAX_SAFE_INTEGER))) ?? 0 }
}

function numberOf(query: URLSearchParams, name: string, least: bigint, most: bigint): bigint | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const value = /^-?\d{1,20}$/.test(text) ? BigInt(text) : undefined
  if (value !== undefined && value >= least && value <= most) return value
  throw new PeerfoldError('BAD_INPUT', `${name} must be a whole number in its range`, {
    [name]: text.slice(0, 40),
  })
}

function toNumber(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

/** Aborts when the client goes away before it has the whole answer. */
function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new PeerfoldError('CANCELLED', 'the client went away'))
  })
  return controller.signal
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    throw new PeerfoldError('BAD_PATH', 'the URL is not valid percent-encoding', {}, error)
  }
}
