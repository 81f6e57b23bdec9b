/**
 * Deleting entries with everything inside. Promises that what is inside goes before what is around
 * it, that one failure stops no other entry, and that what is gone already counts as deleted.
 * Never deletes anything that was not listed before.
 */
import type { FileEntry, FilePage } from '../../../node/api/node-port.ts'
import { toCallError } from '../../connection/call-error.ts'

export interface Doomed {
  /** Files and links, in any order. */
  readonly files: readonly string[]
  /** Inner ones first. */
  readonly directories: readonly string[]
}

export interface RemovalPorts {
  list(under: string, cursor: string | undefined, signal: AbortSignal): Promise<FilePage>
  remove(path: string, signal: AbortSignal): Promise<void>
}

export interface RemovalFailure {
  readonly path: string
  readonly error: unknown
}

/** Deletions at the same time; each waits for the disk twice. */
const AT_ONCE = 4

/** Everything that goes with these paths, themselves included. `onFound` is told how much it is so far. */
export async function findDoomed(
  paths: readonly string[],
  list: RemovalPorts['list'],
  signal: AbortSignal,
  onFound: (count: number) => void = () => {},
): Promise<Doomed> {
  const files = new Set<string>()
  const directories = new Set<string>()
  for (const path of paths) {
    let isKnown = false
    for await (const entry of entriesBelow(path, list, signal)) {
      isKnown ||= entry.path === path
      const goes = entry.path === path || entry.path.startsWith(`${path}/`)
      // What another device has and this one lacks is not on this disk to be deleted.
      if (goes && (entry.here !== 'wanted' || entry.path === path))
        (entry.kind === 'directory' ? directories : files).add(entry.path)
      onFound(files.size + directories.size)
    }
    if (!isKnown) (hasBelow(files, path) ? directories : files).add(path)
  }
  return { files: [...files], directories: [...directories].toSorted(deeperFirst) }
}

async function* entriesBelow(
  under: string,
  list: RemovalPorts['list'],
  signal: AbortSignal,
): AsyncGenerator<FileEntry> {
  let cursor: string | undefined
  do {
    signal.throwIfAborted()
    const page: FilePage = await list(under, cursor, signal)
    yield* page.files
    cursor = page.next
  } while (cursor !== undefined)
}

function hasBelow(files: ReadonlySet<string>, path: string): boolean {
  return [...files].some((file) => file.startsWith(`${path}/`))
}

function deeperFirst(one: string, other: string): number {
  return other.split('/').length - one.split('/').length
}

/** Deletes; `onDone` is told how many are gone. Resolves to what could not be deleted. */
export async function removeDoomed(
  { files, directories }: Doomed,
  remove: RemovalPorts['remove'],
  signal: AbortSignal,
  onDone: (count: number) => void,
): Promise<RemovalFailure[]> {
  const failures: RemovalFailure[] = []
  let done = 0
  const removeOne = async (path: string): Promise<void> => {
    try {
      await remove(path, signal)
      onDone(++done)
    } catch (error) {
      if (toCallError(error).code === 'FILE_NOT_FOUND') onDone(++done)
      else if (!signal.aborted) failures.push({ path, error })
    }
  }
  const waiting = [...files]
  const work = async (): Promise<void> => {
    for (let path = waiting.pop(); path !== undefined && !signal.aborted; path = waiting.pop())
      await removeOne(path)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  for (const path of directories) {
    if (signal.aborted) break
    await removeOne(path)
  }
  return failures
}
