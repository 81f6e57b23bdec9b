/**
 * The desktop's log: main's own lines and the node's, in one file that stays small. Promises that
 * writing never throws and never waits. Never keeps more than the file and one before it.
 */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** About a month of a quiet node at level info; a guess. */
const SIZE_LIMIT_BYTES = 5_000_000

/** Takes complete or broken lines as they come. */
export function createLogFile(path: string, limitBytes = SIZE_LIMIT_BYTES): (text: string) => void {
  let sizeBytes = 0
  const quietly = (work: () => void): void => {
    try {
      work()
    } catch {
      // Without a log the app still runs, and a full or read-only disk is told by the node itself.
    }
  }
  quietly(() => mkdirSync(dirname(path), { recursive: true, mode: 0o700 }))
  quietly(() => {
    sizeBytes = statSync(path).size
  })
  return (text) =>
    quietly(() => {
      if (sizeBytes + text.length > limitBytes && sizeBytes > 0) {
        renameSync(path, `${path}.previous`)
        sizeBytes = 0
      }
      appendFileSync(path, text, { mode: 0o600 })
      sizeBytes += Buffer.byteLength(text)
    })
}
