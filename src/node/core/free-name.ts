/**
 * Names like "report (2).pdf" for what has to stand beside "report.pdf". Promises a name that a file
 * system takes, and the same one on every device. Pure.
 */
import { bytesOf, cutToBytes, NAME_BYTES_LIMIT, splitName } from './file-name.ts'
import type { RelativePath } from './record.ts'

/** `path` with a number behind its stem. */
export function freeName(path: RelativePath, number: number): RelativePath {
  const slash = path.lastIndexOf('/') + 1
  const { stem, extension } = splitName(path.slice(slash))
  const end = ` (${number})${extension}`
  return path.slice(0, slash) + cutToBytes(stem, NAME_BYTES_LIMIT - bytesOf(end)) + end
}
