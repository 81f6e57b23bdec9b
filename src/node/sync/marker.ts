/**
 * The marker that makes a directory a synced folder. Promises that it is made once, when the user
 * adds the folder, and never again by itself: a missing marker means a missing disk, and then
 * nothing is scanned, deleted or placed. Never trusts a marker of another folder.
 */
import { PeerfoldError } from '../base/errors.ts'
import { randomHex } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { FileStat, FolderRoot } from '../fs/file-system.ts'
import { OWN_DIRECTORY } from '../fs/own-directory.ts'

const MARKER_PATH = `${OWN_DIRECTORY}/marker`
const MARKER_BYTES_LIMIT = 4_096

/** As last read through each open root: asked before every round, and hardly ever changed. */
const lastRead = new WeakMap<FolderRoot, { readonly stat: FileStat; readonly marker: Marker }>()

export interface Marker {
  readonly folder: string
  /** 32 hex digits; proves names of temporaries. */
  readonly secret: string
}

/** The marker; FOLDER_MARKER_MISSING when it is not there or cannot be read as one. */
export async function readMarker(root: FolderRoot, folder: string): Promise<Marker> {
  const marker = await findMarker(root)
  if (!marker) throw new PeerfoldError('FOLDER_MARKER_MISSING', 'the folder has no marker', { folder })
  if (marker.folder !== folder)
    throw new PeerfoldError('FOLDER_MARKER_FOREIGN', 'the directory belongs to another folder', {
      folder,
      found: marker.folder,
    })
  return marker
}

/** Adds the marker to a directory that the user makes a folder; an own one from before is kept. */
export async function ensureMarker(root: FolderRoot, folder: string, random: Random): Promise<Marker> {
  if (await findMarker(root)) return readMarker(root, folder)
  if ((await root.lstat(OWN_DIRECTORY)) === undefined) await root.makeDirectory(OWN_DIRECTORY, 0o700)
  const marker: Marker = { folder, secret: randomHex(random, 16) }
  const temporary = `${MARKER_PATH}.${randomHex(random, 8)}`
  const handle = await root.createFile(temporary, 0o600)
  try {
    await handle.write(Buffer.from(`${JSON.stringify({ format: 1, ...marker })}\n`), 0)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await root.rename(temporary, MARKER_PATH)
  await root.syncDirectory(OWN_DIRECTORY)
  await root.syncDirectory('')
  return marker
}

async function findMarker(root: FolderRoot): Promise<Marker | undefined> {
  const stat = await root.lstat(MARKER_PATH)
  if (stat?.kind !== 'file' || stat.size > MARKER_BYTES_LIMIT) return undefined
  const last = lastRead.get(root)
  if (last && isSame(last.stat, stat)) return last.marker
  const handle = await root.openRead(MARKER_PATH)
  try {
    const bytes = new Uint8Array(stat.size)
    await handle.read(bytes, 0)
    const { folder, secret } = JSON.parse(Buffer.from(bytes).toString()) as Partial<Marker>
    if (typeof folder !== 'string' || !/^[0-9a-f]{32}$/.test(secret ?? '')) return undefined
    const marker = { folder, secret: String(secret) }
    lastRead.set(root, { stat, marker })
    return marker
  } catch (error) {
    // Not JSON: no marker. A disk error is one, though.
    if (error instanceof SyntaxError) return undefined
    throw error
  } finally {
    await handle.close()
  }
}

function isSame(a: FileStat, b: FileStat): boolean {
  const isSameObject = a.inode === b.inode && a.device === b.device
  return isSameObject && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs
}
