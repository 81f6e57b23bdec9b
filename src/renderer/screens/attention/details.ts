/**
 * What "copy details" copies. Promises cause, code, device, folder and full path, in words that can
 * be sent to somebody who does not see the screen. Never contents.
 */
import type { FolderView, NodeStatus } from '../../../node/api/node-port.ts'
import { errorWords } from '../../../node/words/error-words.ts'
import { plain } from '../../parts/name.tsx'
import { t, words } from '../../words.ts'
import { type Conflict, type FileError, fullPath } from './attention.ts'

export function errorDetails(status: NodeStatus, folder: FolderView, error: FileError): string {
  const { what, next } = errorWords(words, error.code)
  const { code, message } = error
  return t('attention.details.error', {
    ...placeOf(status, folder, error.path),
    what,
    next,
    code,
    message,
  })
}

export function plainDetails(status: NodeStatus, folder: FolderView, what: string): string {
  return t('attention.details.plain', { ...placeOf(status, folder, ''), what: plain(what) })
}

export function conflictDetails(status: NodeStatus, folder: FolderView, conflict: Conflict): string {
  const { original, copy, path, conflictOf } = conflict
  return t('attention.details.conflict', {
    ...placeOf(status, folder, conflictOf),
    original: original
      ? t('attention.details.original', factsOf(original))
      : t('attention.details.originalGone'),
    copy: t('attention.details.copy', { ...factsOf(copy), path: fullPath(folder.path, path) }),
  })
}

function placeOf({ device }: NodeStatus, folder: FolderView, path: string) {
  return {
    device: device.name,
    deviceId: device.id,
    folder: folder.name,
    folderId: folder.id,
    path: fullPath(folder.path, path),
    version: device.version,
  }
}

/** Times for others: in full, and the same everywhere. */
function factsOf({ device, mtimeMs, size, hash }: Conflict['copy']) {
  const date = new Date(mtimeMs)
  const time = Number.isNaN(date.getTime()) ? String(mtimeMs) : date.toISOString()
  return { device, time, size, hash }
}
