/**
 * Directories whose mode forbids their owner to change what is in them, as Go's module cache has them: they
 * are opened for the moment of a step and closed again. Promises that the mode of that moment is never
 * recorded as somebody's change, that the mode before is back when the last step in it ended, however that
 * went (after a kill or a power cut at the next start, see left-open.ts), and that a mode which somebody set meanwhile
 * stays. Never opens the root.
 */
import { codeOf, textOf } from '../base/errors.ts'
import type { FileStat } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { closeAgain, forgetOpen, noteOpen, OWNER } from './left-open.ts'
import type { Leave } from './path-locks.ts'
import type { FolderContext } from './ports.ts'

type Parts = Pick<FolderContext, 'root' | 'locks' | 'log' | 'clock'>

/**
 * Runs `work`, which makes, takes or removes names in `directory`. Opened beforehand: begun and refused halfway,
 * a step would have parked and read for nothing. Who calls may hold paths in the directory, and not itself.
 */
export async function inOpenDirectory<T>(
  parts: Parts,
  directory: RelativePath,
  work: () => Promise<T>,
): Promise<T> {
  if (directory === '') return work()
  const stat = await parts.root.lstat(directory)
  // Held, it may only look open: whoever opened it closes it at the end of that step.
  if (!isClosed(stat) && !parts.locks.isHeld(directory)) return work()
  return parts.locks.share(directory, () => openDirectory(parts, directory), work)
}

/** As inOpenDirectory, for one call to the disk: where nothing refuses it, it costs nothing. */
export async function callInDirectory<T>(
  parts: Parts,
  directory: RelativePath,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (codeOf(error) !== 'PERMISSION_DENIED') throw error
    return inOpenDirectory(parts, directory, call)
  }
}

/** As inOpenDirectory, by the one who holds the directory. */
export async function inOwnDirectory<T>(
  parts: Parts,
  directory: RelativePath,
  work: () => Promise<T>,
): Promise<T> {
  const leave = await openDirectory(parts, directory)
  return work().finally(leave)
}

/** On Windows a directory's mode forbids nothing, and lacks bits all the same. */
const MODES_FORBID = process.platform !== 'win32'

function isClosed(stat: FileStat | undefined): stat is FileStat {
  return MODES_FORBID && stat?.kind === 'directory' && (stat.mode & OWNER) !== OWNER
}

const nothing: Leave = async () => {}

async function openDirectory(parts: Parts, directory: RelativePath): Promise<Leave> {
  const { root, log } = parts
  try {
    const was = await root.lstat(directory)
    if (!isClosed(was)) return nothing
    await noteOpen(parts, directory, was.mode)
    if (await root.setMode(directory, was.mode | OWNER, was))
      return () => closeDirectory(parts, directory, was)
    await forgetOpen(parts, directory)
  } catch (error) {
    // Another user's, most likely: the step may be allowed all the same, and says itself what is not.
    log.debug('a directory cannot be opened', { path: directory, reason: textOf(error) })
    await forgetOpen(parts, directory)
  }
  return nothing
}

/** Gives it the mode that it had. */
async function closeDirectory(parts: Parts, directory: RelativePath, was: FileStat): Promise<void> {
  const { root, log, locks, clock } = parts
  try {
    const now = await root.lstat(directory)
    // RACE: a person may set a mode after that look, or the very mode that it has now. Worst case: it is
    // undone. Accepted: no call compares and sets.
    if (now?.mode === (was.mode | OWNER)) await closeAgain(root, directory, was.mode, was)
    await forgetOpen(parts, directory)
    locks.expectEcho(directory, clock.monotonicMs())
  } catch (error) {
    // Closed at the next start, if no scan took it for a person's chmod before.
    log.warn('a directory stays open', { path: directory, reason: textOf(error) })
  }
}
