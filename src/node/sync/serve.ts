/**
 * Answers a device's requests for blocks and manifest pages. Promises content only of files that
 * this device announced, or keeps as versions, in a folder it shares with the asker, and of files only
 * bytes that hash to what was asked for (a version is checked as a whole, by whoever asks); what does not is looked into. Never answers a bare hash, and never reads more than a few blocks ahead of the link.
 */
import { codeOf, textOf } from '../base/errors.ts'
import type { DeviceId, FileRecord, FolderId } from '../core/record.ts'
import type { PeerLink } from '../net/peer-link.ts'
import { decodeBlockRequest, encodeBlockReply } from '../wire/block-codec.ts'
import type { BlockRequest } from '../wire/block-codec.ts'
import { PIECE_BYTES } from '../wire/limits.ts'
import { findPage } from './manifests.ts'
import type { FolderContext } from './ports.ts'
import type { Serving } from './transfers.ts'

/** Blocks read ahead of the link. */
const AHEAD = 4

/** The folder when it is open and shared with the device. */
export type SharedContext = (folder: FolderId, device: DeviceId) => FolderContext | undefined

export async function serveBlocks(link: PeerLink, shared: SharedContext): Promise<void> {
  const ready: Promise<ReadBlock>[] = []
  const sendFirst = async (): Promise<void> => {
    const first = await ready.shift()
    if (first) await replyIfThere(link, first)
  }
  try {
    for await (const frame of withIdle(link.frames('serve'), () => ready.length > 0)) {
      if (frame) {
        const request = decodeBlockRequest(frame)
        ready.push(readOrNothing(shared(request.folder, link.device), link.device, request))
      }
      if (!frame || ready.length >= AHEAD) await sendFirst()
    }
  } finally {
    // What is still being read must not begin a transfer after the end of all of them.
    for (const { serving } of await Promise.all(ready)) serving?.failed('PEER_GONE')
  }
}

/** Frames as they come; undefined whenever none is there yet and `hasWork` says there is work. */
async function* withIdle(
  frames: AsyncIterable<Uint8Array>,
  hasWork: () => boolean,
): AsyncGenerator<Uint8Array | undefined> {
  const iterator = frames[Symbol.asyncIterator]()
  let next = iterator.next()
  try {
    for (;;) {
      const step = hasWork() ? await Promise.race([next, Promise.resolve(undefined)]) : await next
      if (step === undefined) yield undefined
      else if (step.done) return
      else {
        next = iterator.next()
        yield step.value
      }
    }
  } finally {
    await iterator.return?.()
  }
}

interface ReadBlock {
  readonly request: BlockRequest
  readonly bytes: Uint8Array | undefined
  /** The transfer it belongs to; undefined when the file is not served. */
  readonly serving: Serving | undefined
}

/** A disk that cannot be read now is a block that cannot be had now: no reason to end the link. */
async function readOrNothing(
  context: FolderContext | undefined,
  device: DeviceId,
  request: BlockRequest,
): Promise<ReadBlock> {
  let serving: Serving | undefined
  try {
    const { path, contentHash, version } = request
    if (version !== undefined)
      return { request, bytes: await readVersion(context, { ...request, version }), serving }
    const record = context && (await findServed(context, path, contentHash))
    if (!record) return { request, bytes: undefined, serving }
    serving = context.transfers.serve(device, context.folder, record)
    serving.asked()
    const bytes = await read(context, request)
    if (!bytes) context.suspect(path)
    return { request, bytes, serving }
  } catch (error) {
    const { path } = request
    context?.suspect(path)
    context?.log.warn('a block could not be read', { path, code: codeOf(error), reason: textOf(error) })
    return { request, bytes: undefined, serving }
  }
}

async function readVersion(
  context: FolderContext | undefined,
  { version: id, path, contentHash, offset, length }: BlockRequest & { readonly version: string },
): Promise<Uint8Array | undefined> {
  return context?.archive.readVersion({ id, path, contentHash }, offset, length)
}

async function read(context: FolderContext, request: BlockRequest): Promise<Uint8Array | undefined> {
  const { path, offset, length, hash } = request
  const found = await context.blocks.call('readBlock', {
    root: context.root.path,
    path,
    offset,
    length,
    hash,
  })
  return found.kind === 'block' ? found.bytes : undefined
}

/** The asker's socket may break while the link lives: it asks again over the next one. */
async function replyIfThere(link: PeerLink, { request, bytes, serving }: ReadBlock): Promise<void> {
  const length = bytes?.length
  try {
    await reply(link, request, bytes)
    if (length === undefined) serving?.failed('BLOCK_MISSING')
    else serving?.answered(length)
  } catch (error) {
    serving?.failed('PEER_GONE')
    if (codeOf(error) !== 'PEER_GONE') throw error
  }
}

async function reply(link: PeerLink, { id }: BlockRequest, bytes: Uint8Array | undefined): Promise<void> {
  if (!bytes) {
    const missing = { id, status: 'missing', pieceOffset: 0, bytes: new Uint8Array() } as const
    await link.send('serve', encodeBlockReply(missing))
    return
  }
  for (let pieceOffset = 0; pieceOffset < bytes.length; pieceOffset += PIECE_BYTES) {
    const piece = bytes.subarray(pieceOffset, pieceOffset + PIECE_BYTES)
    await link.send('serve', encodeBlockReply({ id, status: 'ok', pieceOffset, bytes: piece }))
  }
}

/** A page of the manifest of a file that we announced. */
export async function serveManifest(
  context: FolderContext | undefined,
  request: { path: string; contentHash: string; page: number },
): Promise<{ page: Uint8Array; proof: Uint8Array } | undefined> {
  const record = context && (await findServed(context, request.path, request.contentHash))
  if (!record?.manifest || record.manifest.blockCount <= 1) return undefined
  return findPage(context as FolderContext, record.manifest, request.page)
}

/** Our statement about the path when it holds exactly that content. */
async function findServed(
  context: FolderContext,
  path: string,
  contentHash: string,
): Promise<FileRecord | undefined> {
  const [row] = await context.index.call('local', { folder: context.folder, paths: [path] })
  const record = row?.announced.stance === 'holds' ? row.announced.record : undefined
  return record && !record.deleted && record.kind === 'file' && record.contentHash === contentHash
    ? record
    : undefined
}
