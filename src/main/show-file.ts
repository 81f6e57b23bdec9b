/**
 * "Show in the file manager". Promises that only what really lies inside a folder of Peerfold is
 * handed to the system, links resolved, and that a program never is: of that, the directory it
 * lies in is shown. Never opens anything.
 */
import { realpath, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { PeerfoldError } from '../node/base/errors.ts'

/**
 * Endings that some system starts on a double click, or when a file manager is told to look at
 * them. Names come from other devices: a program from there must not be one click away.
 */
const PROGRAMS = new Set(
  (
    'action app appimage application appref-ms bash bat cmd com command cpl csh desktop exe fish gadget hta ' +
    'inf ins iso jar js jse ksh lnk mobileconfig msc msi msix msp mst pif pkg plugin prefpane ps1 ps1xml ps2 ' +
    'psc1 psm1 py pyw rb reg rgs run scf scpt scr sct service settingcontent-ms sh shb shs terminal tool u3p ' +
    'url vb vbe vbs vbscript webloc workflow ws wsc wsf wsh xbe xnk zsh'
  ).split(' '),
)

/** Windows drops dots and spaces at the end, and opens what comes before a colon. */
export function isProgramName(name: string): boolean {
  const bare = name
    .toLowerCase()
    .replace(/:.*$/, '')
    .replace(/[. ]+$/, '')
  const ending = /\.([^.]+)$/.exec(bare)?.[1]
  return ending !== undefined && PROGRAMS.has(ending)
}

/**
 * The path to hand to the file manager. `root` is the folder's registered root, `path` a path in
 * it as the page gave it. Throws BAD_PATH for what is not inside, FILE_NOT_FOUND for what is not there.
 */
export async function findShownPath(root: string, path: string): Promise<string> {
  if (path.includes('\0')) throw new PeerfoldError('BAD_PATH', 'a path holds no NUL')
  const realRoot = await existing(root)
  // RACE: what is found here may be exchanged before the file manager looks. It then shows another
  // item and starts nothing, which is why showing is all that is offered.
  const target = await existing(join(root, path))
  if (target !== realRoot && !target.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep))
    throw new PeerfoldError('BAD_PATH', 'the path leads out of its folder')
  return target !== realRoot && (await isProgram(target)) ? dirname(target) : target
}

async function isProgram(target: string): Promise<boolean> {
  if (isProgramName(target.slice(target.lastIndexOf(sep) + 1))) return true
  const { mode } = await stat(target)
  // Directories carry the bit, too, and are no programs by it.
  return process.platform !== 'win32' && (mode & 0o170_000) === 0o100_000 && (mode & 0o111) !== 0
}

async function existing(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (cause) {
    throw new PeerfoldError('FILE_NOT_FOUND', 'there is nothing at this path', {}, cause)
  }
}
