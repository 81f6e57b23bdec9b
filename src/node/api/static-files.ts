/**
 * The built interface over HTTP. Promises to read nothing but what the source hands out, and a
 * page that says how to build it where there is none. Never asks who reads: there is nothing
 * secret in it, and the page that signs a person in is part of it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PeerfoldError } from '../base/errors.ts'
import { cacheControlOf, contentTypeOf, staticPathOf } from './static-path.ts'

/** Where the files are. Takes a path of staticPathOf. */
export interface StaticSource {
  /** The whole file; undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>
}

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Peerfold</title></head>
<body><h1>Peerfold runs</h1>
<p>Its interface has not been built here. Run <code>npm run build</code> in the directory of Peerfold,
then load this page again.</p></body></html>
`

export async function serveStatic(
  source: StaticSource | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [pathname = '/'] = (request.url ?? '/').split('?', 1)
  const path = staticPathOf(pathname)
  if ((request.method !== 'GET' && request.method !== 'HEAD') || path === undefined) throw nothingHere()
  const bytes = await source?.read(path)
  if (bytes)
    return send(request, response, 200, bytes, {
      'content-type': contentTypeOf(path),
      'cache-control': cacheControlOf(path),
    })
  if (path !== 'index.html') throw nothingHere()
  send(request, response, 503, Buffer.from(NOT_BUILT), { 'content-type': contentTypeOf(path) })
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { ...headers, 'content-length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

function nothingHere(): PeerfoldError {
  return new PeerfoldError('NO_SUCH_ROUTE', 'there is nothing at this address')
}
