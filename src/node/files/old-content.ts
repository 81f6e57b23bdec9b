/**
 * A content as something that can be written down again, wherever it is: in the versions here, live at
 * another path, or in the versions of a connected device. Promises that what does not hash to what is
 * wanted is refused. Never holds more than a few pieces in memory.
 */
import { createHash } from 'node:crypto'
import { PeerfoldError } from '../base/errors.ts'
import type { KeptVersion, PathContent } from '../core/history.ts'
import type { FileRecord } from '../core/record.ts'
import { getVersion } from '../durability/catalogue.ts'
import { hashHandle } from '../durability/content.ts'
import type { Hashed } from '../durability/content.ts'
import { oldContentOf } from '../durability/restore.ts'
import type { OldContent } from '../durability/restore.ts'
import type { WriteHandle } from '../fs/file-system.ts'
import type { FolderContext, HistorySource } from '../sync/ports.ts'
import type { Holder } from './holders.ts'
import { checkSpace } from './write-file.ts'

/** Asked of a device at once; it reads and sends it as one block. */
const PIECE_BYTES = 1 << 20
/** Pieces under way: with one of 1 MiB the line would be idle for a round trip each. */
const PIECES_AHEAD = 4

export function oldContentFrom(
  context: FolderContext,
  holder: Holder,
  { kind, contentHash }: PathContent,
  signal: AbortSignal,
): OldContent {
  if (kind === 'directory') throw new PeerfoldError('KIND_UNSUPPORTED', 'a directory has no content')
  if (holder.kind === 'live') return { ...liveContent(context, holder.record), kind, contentHash }
  const { source, version } = holder
  const old =
    source.device === context.self.device
      ? keptHere(context, version)
      : keptElsewhere(context, source, version, signal)
  return { ...old, kind, contentHash }
}

function liveContent(
  { root }: FolderContext,
  { path, mode, mtimeNs }: FileRecord,
): Omit<OldContent, 'kind' | 'contentHash'> {
  return {
    mode,
    mtimeNs,
    readTarget: () => root.readLink(path),
    copyTo: async (out) => {
      const handle = await root.openRead(path)
      return hashHandle(handle, out).finally(() => handle.close())
    },
  }
}

function keptHere({ root }: FolderContext, version: KeptVersion): Omit<OldContent, 'contentHash'> {
  const { kind, mode, mtimeNs, id } = version
  const old = async (): Promise<OldContent> => oldContentOf(root, await getVersion(root, id))
  return {
    kind,
    mode,
    mtimeNs,
    readTarget: async () => (await old()).readTarget(),
    copyTo: async (out) => (await old()).copyTo(out),
  }
}

/** A version of another device. Its bytes are checked as a whole, by what they must hash to. */
export function keptElsewhere(
  context: FolderContext,
  source: HistorySource,
  version: KeptVersion,
  signal: AbortSignal,
): Omit<OldContent, 'contentHash'> {
  const { kind, mode, mtimeNs, linkTarget } = version
  return {
    kind,
    mode,
    mtimeNs,
    readTarget: async () => linkTarget,
    copyTo: async (out) => {
      await checkSpace(context, version.size)
      return fetchTo(out, source, version, signal)
    },
  }
}

async function fetchTo(
  out: WriteHandle,
  source: HistorySource,
  version: KeptVersion,
  signal: AbortSignal,
): Promise<Hashed> {
  const hash = createHash('sha256')
  const { size } = version
  const pieces: Promise<Uint8Array>[] = []
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  let asked = 0
  try {
    for (let position = 0; position < size;) {
      for (; asked < size && pieces.length < PIECES_AHEAD; asked += PIECE_BYTES)
        pieces.push(pieceOf(source, version, asked, either))
      const bytes = await (pieces.shift() as Promise<Uint8Array>)
      hash.update(bytes)
      await out.write(bytes, position)
      position += bytes.length
    }
  } finally {
    stop.abort()
  }
  return { contentHash: `sha256:${hash.digest('hex')}`, size }
}

function pieceOf(
  source: HistorySource,
  version: KeptVersion,
  offset: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const length = Math.min(PIECE_BYTES, version.size - offset)
  const piece = source.read(version, offset, length, signal).then((bytes) => {
    if (bytes) return bytes
    throw new PeerfoldError('BLOCK_MISSING', 'the device no longer keeps this', { version: version.id })
  })
  // Awaited in its turn; until then a failure must not count as unhandled.
  piece.catch(() => {})
  return piece
}
