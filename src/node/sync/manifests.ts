/**
 * Manifests between the block job, the index and other devices. Promises that a manifest kept in
 * the index belongs to its root, so that whatever is served from there can be proved. Never holds
 * content.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { FileRecord, ManifestHead } from '../core/record.ts'
import { checkTreeHead, listBlocks, pageCountOf, provePage, verifyPage } from '../codec/manifest.ts'
import type { PlacedBlock } from '../codec/manifest.ts'
import { decodePage, pageRoot } from '../codec/manifest-page.ts'
import { sketchOf } from '../codec/sketch.ts'
import type { FileStat } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { sameStat } from './stat-compare.ts'
import type { FolderContext } from './ports.ts'

/** Page number under which the index keeps the roots of all pages. */
const ROOTS = -1
const HASH_BYTES = 32

export interface FileDigest {
  readonly contentHash: string
  readonly manifest: ManifestHead
  readonly pages: readonly Uint8Array[]
  /** The file was the same before and after it was read; only then the rest counts. */
  readonly heldStill: boolean
  readonly stat: FileStat
}

export async function digestFile(
  context: Pick<FolderContext, 'root' | 'blocks'>,
  path: RelativePath,
): Promise<FileDigest> {
  const digest = await context.blocks.call('digest', { root: context.root.path, path })
  const { contentHash, manifest, pages, statBefore, statAfter, size } = digest
  const heldStill = statAfter !== undefined && sameStat(statBefore, statAfter) && size === statAfter.size
  return { contentHash, manifest, pages, heldStill, stat: statBefore }
}

export interface PageSource {
  /** One page and its proof; undefined when the device no longer has the file. */
  requestPage(
    record: FileRecord,
    page: number,
    signal: AbortSignal,
  ): Promise<{ page: Uint8Array; proof: Uint8Array } | undefined>
}

/** Remembers the pages of a digest or of a file just fetched. */
export async function keepManifest(
  context: FolderContext,
  { manifest, pages }: Pick<FileDigest, 'manifest' | 'pages'>,
): Promise<void> {
  if (pages.length === 0) return
  const roots = Buffer.concat(pages.map(pageRoot))
  const numbered = pages.map((bytes, page) => ({ page, bytes }))
  await context.index.call('putManifest', {
    root: manifest.root,
    pages: [{ page: ROOTS, bytes: new Uint8Array(roots) }, ...numbered],
    sketch: sketchOf(pages.flatMap((page) => decodePage(page).blocks.map(({ hash }) => hash))),
  })
}

/** A page of a manifest we keep, with its proof; undefined when we have none. */
export async function findPage(
  context: Pick<FolderContext, 'index'>,
  head: ManifestHead,
  page: number,
): Promise<{ page: Uint8Array; proof: Uint8Array } | undefined> {
  const { index } = context
  const bytes = await index.call('getManifest', { root: head.root, page })
  const roots = await index.call('getManifest', { root: head.root, page: ROOTS })
  if (!bytes || !roots) return undefined
  const list = Array.from({ length: roots.length / HASH_BYTES }, (_, i) =>
    roots.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
  return { page: bytes, proof: provePage(list, page) }
}

/** The blocks of a file we hold or held, from the index alone; undefined when its manifest is not kept. */
export async function findBlocks(
  context: Pick<FolderContext, 'index'>,
  record: FileRecord,
): Promise<PlacedBlock[] | undefined> {
  const head = headOf(record)
  const pages: Uint8Array[] = []
  for (let page = 0; page < pageCountOf(head.blockCount); page++) {
    const bytes = await context.index.call('getManifest', { root: head.root, page })
    if (!bytes) return undefined
    pages.push(bytes)
  }
  return blocksOf(record, head, pages)
}

/** The blocks of a file to fetch; pages come from the index or from `sources`, each proved. */
export async function fetchBlocks(
  context: FolderContext,
  record: FileRecord,
  sources: readonly PageSource[],
  signal: AbortSignal,
): Promise<PlacedBlock[]> {
  const head = headOf(record)
  checkTreeHead(head, record.size)
  const known = await findBlocks(context, record)
  if (known) return known
  const pages: Uint8Array[] = []
  for (let page = 0; page < pageCountOf(head.blockCount); page++)
    pages.push(await fetchPage(record, head, page, sources, signal))
  const blocks = blocksOf(record, head, pages)
  await keepManifest(context, { manifest: head, pages })
  return blocks
}

async function fetchPage(
  record: FileRecord,
  head: ManifestHead,
  page: number,
  sources: readonly PageSource[],
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { path } = record
  let failed: unknown = new PeerfoldError('BLOCK_MISSING', 'no connected device has the manifest', { path })
  for (const source of sources) {
    try {
      const reply = await source.requestPage(record, page, signal)
      if (!reply) continue
      // One that cut the same content otherwise has other pages.
      verifyPage(reply.page, reply.proof, page, head)
      return reply.page
    } catch (error) {
      signal.throwIfAborted()
      failed = error
    }
  }
  throw failed
}

function blocksOf(record: FileRecord, head: ManifestHead, pages: readonly Uint8Array[]): PlacedBlock[] {
  return listBlocks({ sizeBytes: record.size, contentHash: record.contentHash, head, pages })
}

function headOf(record: FileRecord): ManifestHead {
  if (!record.manifest)
    throw new PeerfoldError('PEER_PROTOCOL', 'a file has no manifest', { path: record.path })
  return record.manifest
}
