/**
 * app://bundle: the window's own pages, read from the built renderer. Promises GET only, files of
 * the bundle only, and the headers of a page on every answer, refusals included. Never file://,
 * never a directory listing.
 */
import { readFile } from 'node:fs/promises'
import { PAGE_HEADERS } from '../node/api/content-security-policy.ts'
import { contentTypeOf } from '../node/api/static-path.ts'
import { assetPath } from './asset-path.ts'
import { SCHEME } from './own-page.ts'

/** Registered before the app is ready. Standard, so that origins work; it bypasses no policy. */
export const APP_SCHEME = {
  scheme: SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true },
}

/** Answers every request for the scheme; never rejects. `root` is the absolute path of the built renderer. */
export function createBundleHandler(root: string) {
  const notFound = (): Response => new Response(null, { status: 404, headers: PAGE_HEADERS })
  return async (request: Pick<Request, 'method' | 'url'>): Promise<Response> => {
    const file = request.method === 'GET' ? assetPath(request.url, root) : undefined
    if (file === undefined) return notFound()
    try {
      const body = new Uint8Array(await readFile(file))
      return new Response(body, { headers: { ...PAGE_HEADERS, 'content-type': contentTypeOf(file) } })
    } catch {
      // Missing, a directory, unreadable: the page learns no more than that.
      return notFound()
    }
  }
}
