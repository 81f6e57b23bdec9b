/**
 * One file over HTTP. Promises progress while it leaves and a typed failure. Never reads the file:
 * XMLHttpRequest streams it from the disk, and is used because fetch tells no progress of sending.
 */
import { CallError, type Facts } from '../../../connection/call-error.ts'
import type { Chosen } from './dropped.ts'
import { contentUrl } from './plan.ts'

export function sendFile(
  folder: string,
  { path, file, mayReplace }: Chosen,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', `${contentUrl(folder, path)}?mtime_ns=${file.lastModified}000000`)
    // The name was free when it was looked up; it may have been taken since.
    if (!mayReplace) request.setRequestHeader('If-None-Match', '*')
    request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded))
    request.addEventListener('load', () =>
      request.status === 200 ? resolve() : reject(failureIn(request.responseText)),
    )
    // Also a file that changed or went away while it was read: the browser says no more than this.
    request.addEventListener('error', () => reject(new CallError('DAEMON_UNREACHABLE')))
    request.addEventListener('abort', () => reject(new CallError('CANCELLED')))
    if (signal.aborted) reject(new CallError('CANCELLED'))
    else {
      signal.addEventListener('abort', () => request.abort(), { once: true })
      request.send(file as File)
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
