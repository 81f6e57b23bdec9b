/**
 * Notes of directories that are open for a moment (see open-directory.ts), so that no kill and no power cut
 * leaves one open for good. Promises that the next start gives each of them the mode that it had, unless it has
 * another by now. A note is a symbolic link that says mode and path: made and removed in one call, never half
 * written, durable before its directory is opened, and gone only when the mode of before is durable.
 *
 * RACE: a directory that nobody may read cannot be synced once it is closed: a power cut may keep the mode it
 * had while it was open and lose the note. Worst case: the next scan takes it for a person's chmod, and the
 * directory's owner may list and change it from then on, on all devices; no content and no other's right is
 * touched. Accepted: disks with a journal write both in the order in which they happened.
 */
import { codeOf, textOf } from '../base/errors.ts'
import { hashBlock, hexOf } from '../codec/hash.ts'
import type { FileStat, FolderRoot } from '../fs/file-system.ts'
import { OWN_DIRECTORY } from '../fs/own-directory.ts'
import { joinPath } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import type { FolderContext } from './ports.ts'

type Parts = Pick<FolderContext, 'root' | 'log'>

/** What an open directory lets its owner do: list it, change names in it, reach what is there. */
export const OWNER = 0o700

const NOTES = joinPath(OWN_DIRECTORY, 'open')
const NOTE = /^([0-7]{1,4}) (.+)$/s

/** Before it is opened. Without a note, on a disk that has no links or no room, a kill leaves it open. */
export async function noteOpen({ root, log }: Parts, directory: RelativePath, mode: number): Promise<void> {
  const make = () => root.makeSymlink(noteOf(directory), `${mode.toString(8)} ${directory}`)
  try {
    await make().catch(async (error: unknown) => {
      await makeWay(root, directory, error)
      await make()
    })
    await root.syncDirectory(NOTES)
  } catch (error) {
    log.debug('an open directory cannot be noted', { path: directory, reason: textOf(error) })
  }
}

async function makeWay(root: FolderRoot, directory: RelativePath, error: unknown): Promise<void> {
  if (codeOf(error) === 'FILE_NOT_FOUND') {
    await root.makeDirectory(NOTES, 0o700)
    await root.syncDirectory(OWN_DIRECTORY)
  } else if (codeOf(error) === 'FILE_EXISTS') await root.unlink(noteOf(directory))
  else throw error
}

/** Gives it the mode that it had, durably where it may be read: its note goes after this. */
export async function closeAgain(
  root: FolderRoot,
  directory: RelativePath,
  mode: number,
  only: FileStat,
): Promise<void> {
  if (!(await root.setMode(directory, mode, only))) return
  await root.syncDirectory(directory).catch((error: unknown) => {
    if (codeOf(error) !== 'PERMISSION_DENIED') throw error
  })
}

/** When it was closed, or was not opened after all. */
export async function forgetOpen({ root, log }: Parts, directory: RelativePath): Promise<void> {
  await root.unlink(noteOf(directory)).catch((error: unknown) => {
    if (codeOf(error) === 'FILE_NOT_FOUND') return
    log.debug('the note of an open directory stays', { path: directory, reason: textOf(error) })
  })
}

/** What the last run left open is closed: before anything is looked at. */
export async function closeLeftOpen({ root, log }: Parts): Promise<void> {
  for (const note of await notes(root)) {
    try {
      await closeNoted(root, note)
      await root.unlink(note)
    } catch (error) {
      log.debug('a directory that was left open cannot be closed', { note, reason: textOf(error) })
    }
  }
}

async function notes(root: FolderRoot): Promise<RelativePath[]> {
  try {
    return (await root.list(NOTES)).flatMap(({ name }) => (name === undefined ? [] : joinPath(NOTES, name)))
  } catch {
    // Mostly there was never one; what else is wrong with the disk is the scan's to say.
    return []
  }
}

async function closeNoted(root: FolderRoot, note: RelativePath): Promise<void> {
  const [, digits = '', directory = ''] = NOTE.exec(await root.readLink(note)) ?? []
  const was = Number.parseInt(digits, 8)
  const now = directory === '' ? undefined : await root.lstat(directory)
  if (now?.kind === 'directory' && now.mode === (was | OWNER)) await closeAgain(root, directory, was, now)
}

function noteOf(directory: RelativePath): RelativePath {
  return joinPath(NOTES, hexOf(hashBlock(Buffer.from(directory))))
}
