/**
 * One file over HTTP. Promises progress while it leaves and a typed failure, and that a second try goes
 * on where the first was cut, as far as the node has kept it. Never reads the file:
 * XMLHttpRequest streams it from the disk, and is used because fetch tells no progress of sending.
 */
import { CallError, type Facts } from '../../../connection/call-error.ts'
import type { Chosen } from './dropped.ts'
import { contentUrl, uploadedUrl } from './plan.ts'
import type { Try } from './uploader.ts'

export async function sendFile(
  folder: string,
  chosen: Chosen,
  { id, isAgain }: Try,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const offset = isAgain ? await bytesThere(folder, chosen.path, id, signal) : 0
  return sendFrom(folder, chosen, { id, offset }, onSent, signal)
}

/** How much of it the node has kept. */
async function bytesThere(folder: string, path: string, id: string, signal: AbortSignal): Promise<number> {
  try {
    const answer = await fetch(uploadedUrl(folder, path, id), { signal })
    if (!answer.ok) throw failureIn(await answer.text())
    return ((await answer.json()) as { bytes: number }).bytes
  } catch (error) {
    if (signal.aborted) throw new CallError('CANCELLED')
    throw error instanceof CallError ? error : new CallError('DAEMON_UNREACHABLE', {}, error)
  }
}

function sendFrom(
  folder: string,
  { path, file, mayReplace }: Chosen,
  { id, offset }: { readonly id: string; readonly offset: number },
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const query = `mtime_ns=${file.lastModified}000000&upload=${id}&offset=${offset}`
    request.open('PUT', `${contentUrl(folder, path)}?${query}`)
    // The name was free when it was looked up; it may have been taken since.
    if (!mayReplace) request.setRequestHeader('If-None-Match', '*')
    request.upload.addEventListener('progress', ({ loaded }) => onSent(offset + loaded))
    request.addEventListener('load', () =>
      request.status === 200 ? resolve() : reject(failureIn(request.responseText)),
    )
    // Also a file that changed or went away while it was read: the browser says no more than this.
    request.addEventListener('error', () => reject(new CallError('DAEMON_UNREACHABLE')))
    request.addEventListener('abort', () => reject(new CallError('CANCELLED')))
    if (signal.aborted) reject(new CallError('CANCELLED'))
    else {
      signal.addEventListener('abort', () => request.abort(), { once: true })
      request.send(offset === 0 ? (file as File) : (file as File).slice(offset))
    }
  })
}

function failureIn(answer: string): CallError {
  try {
    const { code, facts } = JSON.parse(answer) as { code?: unknown; facts?: Facts }
    return new CallError(typeof code === 'string' ? code : 'INTERNAL', facts)
  } catch (error) {
    // Not JSON, so not an answer of a node: there is no code in it.
    return new CallError('INTERNAL', {}, error)
  }
}
