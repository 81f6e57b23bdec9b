/**
 * The name and record of a conflict copy. Promises that every device derives the same name and
 * record from the same loser, so that copies made twice are one. Never nests one suffix in another
 * and never exceeds a file system's 255 bytes.
 */
import { bytesOf, cutToBytes, NAME_BYTES_LIMIT, splitName } from './file-name.ts'
import type { FileRecord, RelativePath } from './record.ts'
import { renameReplicas } from './version-vector.ts'
import type { VersionVector } from './version-vector.ts'

/** Bytes; a long device name would eat the file's own name. */
const AUTHOR_BYTES_LIMIT = 80
/** Of the content's SHA-256, whose 64 these names end with. */
const HEX_DIGITS = [8, 16, 32, 64]
const SUFFIX = / \(conflict [^()/]* ([0-9a-f]{8,64})\)/u

/**
 * The loser under its own name: "stem (conflict AUTHOR 8HEX).extension". The author is that of the
 * copy's content, never the winner's, so that people can tell whose version it is. Its vector is
 * derived from the loser's: a copy that was deleted once is not made again. A copy that loses its
 * own name gets more digits: under that name, and under any shorter one that it lost before, it would be lost.
 */
export function conflictCopyOf(loser: FileRecord, hexDigits = 8): FileRecord {
  const conflictOf = loser.conflictOf === '' ? loser.path : loser.conflictOf
  const lost = HEX_DIGITS.findIndex((digits) => conflictCopyPath(loser, digits) === loser.path)
  const path = conflictCopyPath(loser, Math.max(hexDigits, HEX_DIGITS[lost + 1] ?? 64))
  return { ...loser, path, conflictOf, version: copyVector(loser.version) }
}

/**
 * The path that a copy was made of, told by the copy's name and content alone; "" where the name is no
 * copy's, or the content is not the one in the name: somebody wrote to it since. Of a name so long that it
 * was cut it is not the original's.
 */
export function originalOf({ path, contentHash, kind }: FileRecord): RelativePath {
  const slash = path.lastIndexOf('/') + 1
  const name = path.slice(slash)
  const [suffix, hex = ''] = SUFFIX.exec(name) ?? []
  if (suffix === undefined || kind === 'directory') return ''
  return hexOf(contentHash).startsWith(hex) ? path.slice(0, slash) + name.replace(suffix, '') : ''
}

const COPY_MARK = '/copy'

/**
 * The loser's vector under names of its own. Counters belong to one path: taken over as they are,
 * they would look older than a file that somebody made under the copy's very name, and be dropped.
 */
function copyVector(version: VersionVector): VersionVector {
  return renameReplicas(version, (replica) => (replica.endsWith(COPY_MARK) ? replica : replica + COPY_MARK))
}

function conflictCopyPath(loser: FileRecord, hexDigits: number): RelativePath {
  const slash = loser.path.lastIndexOf('/') + 1
  const directory = loser.path.slice(0, slash)
  const name = loser.path.slice(slash).replace(SUFFIX, '')
  const { stem, extension } = splitName(name)
  const suffix = ` (conflict ${plainAuthor(loser.author.name)} ${hexOf(loser.contentHash).slice(0, hexDigits)})`
  return directory + cutToBytes(stem, NAME_BYTES_LIMIT - bytesOf(suffix + extension)) + suffix + extension
}

/** Device names are free text; what a path or the suffix pattern cannot hold becomes "_". */
function plainAuthor(name: string): string {
  const plain = [...name].map((character) => (/[()/\\:*?"<>|\p{C}]/u.test(character) ? '_' : character))
  return cutToBytes(plain.join('').trim(), AUTHOR_BYTES_LIMIT).trim() || 'unnamed'
}

function hexOf(contentHash: string): string {
  return contentHash.slice(contentHash.indexOf(':') + 1)
}
