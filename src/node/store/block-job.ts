/**
 * The block job: everything that goes through the bytes of files. Promises to open files itself
 * (only paths, offsets and hashes come in), to hold at most two windows of content besides the
 * blocks of a call, and to hand over bytes only after hashing them. Never decides what a file
 * should hold, and never makes anything durable: whoever places a file syncs it.
 *
 * One module, two hosts (base/job.ts): in a worker it opens the disk; inline it is given a file
 * system.
 */
import { PeerfoldError } from '../base/errors.ts'
import { nextTurn } from '../base/event-loop-turn.ts'
import type { Job } from '../base/job.ts'
import { withTransfer } from '../base/job-transfer.ts'
import type { ChunkerWindow } from '../codec/chunker.ts'
import { chooseChunker } from '../codec/chunker-parameters.ts'
import { createDiskFileSystem } from '../fs/disk-file-system.ts'
import type { FileSystem, FolderRoot, ReadHandle, WriteHandle } from '../fs/file-system.ts'
import { checkPlace, copyCheckedBlocks, isThere, readOneBlock, writeCheckedBlocks } from './block-access.ts'
import { MAX_BATCH_BYTES } from './block-messages.ts'
import type {
  CheckedBlocks,
  CopyBlocksReply,
  CopyBlocksRequest,
  Digest,
  DigestRequest,
  FilePlace,
  Named,
  ReadBlockReply,
  ReadBlockRequest,
  ReadBlocksRequest,
  Verified,
  VerifyRequest,
  WriteBlocksRequest,
} from './block-messages.ts'
import { digestBlocks, digestWhole, hashContent } from './digest.ts'
import { createOpenRoots } from './open-roots.ts'
import type { OpenRoots } from './open-roots.ts'
import { packFiles } from './pack-files.ts'
import type { PackFilesPlan, PackFilesResult } from './pack-files.ts'
import { createReadWindows } from './read-windows.ts'
import type { ReadWindows } from './read-windows.ts'
import { repack } from './repack.ts'
import type { RepackPlan, RepackResult } from './repack.ts'
import { createRunningWork } from './running-work.ts'
import type { Progress, RunningWork, Work } from './running-work.ts'

/** The module for openWorkerJob. */
export const BLOCK_JOB_URL = new URL('./block-job.ts', import.meta.url)

export type BlockOperations = ReturnType<typeof open>
export type BlockJob = Job<BlockOperations>

export interface BlockJobSettings {
  /** Only inline: an object cannot cross into a worker. By default the disk. */
  readonly fileSystem?: FileSystem
}

/** The absolute path of a folder's root. */
type InRoot = Pick<FilePlace, 'root'> & Named

interface Parts {
  readonly roots: OpenRoots
  readonly windows: ReadWindows
  readonly running: RunningWork
}

export function open(settings: BlockJobSettings = {}) {
  const { fileSystem } = settings
  const parts: Parts = {
    roots: createOpenRoots(fileSystem ?? createDiskFileSystem({ blocking: true })),
    windows: createReadWindows(),
    running: createRunningWork(fileSystem === undefined ? nextTurn : async () => undefined),
  }
  return {
    /** Cuts and hashes a file in one pass. */
    digest: (request: DigestRequest): Promise<Digest> => digest(parts, request),
    /** Hashes a file as a whole. */
    verifyFile: (request: VerifyRequest): Promise<Verified> => verifyFile(parts, request),
    /** One block, if it still is where it should be. */
    readBlock: async (request: ReadBlockRequest): Promise<ReadBlockReply> => {
      const [reply] = await readBlocks(parts, { ...request, blocks: [request] })
      return withTransfer(reply!, buffersOf([reply!]))
    },
    /** Several blocks of one file, opened once; a reply per block, in order. LIMIT_EXCEEDED above MAX_BATCH_BYTES. */
    readBlocks: async (request: ReadBlocksRequest): Promise<ReadBlockReply[]> => {
      const replies = await readBlocks(parts, request)
      return withTransfer(replies, buffersOf(replies))
    },
    /** Which blocks of a file still are what they were; throws what the disk says when it cannot be read. */
    checkBlocks: (request: ReadBlocksRequest): Promise<CheckedBlocks> => checkBlocks(parts, request),
    /** Into an existing file; nothing is written when one hash is wrong (BLOCK_HASH_MISMATCH). */
    writeBlocks: (request: WriteBlocksRequest): Promise<void> =>
      withWritable(parts, request, (file) => writeCheckedBlocks(file, request, request.blocks)),
    /** From one local file into another, existing one. */
    copyBlocks: (request: CopyBlocksRequest): Promise<CopyBlocksReply> => copyBlocks(parts, request),
    /** Files of a folder into packs of it, verified; until a pack is full. */
    packFiles: ({ root, id, ...plan }: PackFilesPlan & InRoot): Promise<PackFilesResult> =>
      parts.running.run(id, (work) =>
        parts.roots.use(root, (opened) => packFiles(opened, plan, parts.windows, work)),
      ),
    /** What lives of old packs into new ones, verified. */
    repack: ({ root, id, ...plan }: RepackPlan & InRoot): Promise<RepackResult> =>
      parts.running.run(id, (work) => parts.roots.use(root, (opened) => repack(opened, plan, work))),
    /** The operation with this id ends with CANCELLED soon; false when there is none. */
    cancel: async ({ id }: { id: string }): Promise<boolean> => parts.running.cancel(id),
    /** Undefined when no operation with this id runs. */
    progress: async ({ id }: { id: string }): Promise<Progress | undefined> => parts.running.progress(id),
    /** The folder was removed, or its path is opened anew: let go of the directory. */
    releaseRoot: ({ root }: { root: string }): Promise<void> => parts.roots.release(root),
    close: (): Promise<void> => parts.roots.close(),
  }
}

async function digest(parts: Parts, request: DigestRequest): Promise<Digest> {
  const needsWindow = (sizeBytes: number): boolean =>
    (request.chunker ?? chooseChunker(sizeBytes)) !== 'whole'
  return await whileReading(parts, request, needsWindow, async ({ file, root, window, work }) => {
    const statBefore = await file.stat()
    work.expect(statBefore.size)
    const chunker = request.chunker ?? chooseChunker(statBefore.size)
    const content =
      chunker === 'whole'
        ? await digestWhole(file, statBefore.size)
        : await digestBlocks(file, statBefore.size, chunker, window(), work)
    const { blockCount, root: merkleRoot, sizeBytes, pages } = content.manifest
    const result: Digest = {
      size: sizeBytes,
      contentHash: content.contentHash,
      manifest: { chunker, blockCount, root: merkleRoot },
      pages,
      statBefore,
      statAfter: await root.lstat(request.path),
    }
    return withTransfer(
      result,
      pages.map((page) => page.buffer),
    )
  })
}

async function verifyFile(parts: Parts, request: VerifyRequest): Promise<Verified> {
  return await whileReading(parts, request, always, async ({ file, root, window, work }) => {
    const statBefore = await file.stat()
    work.expect(statBefore.size)
    const hashed = await hashContent(file, statBefore.size, window(), work)
    return { ...hashed, statBefore, statAfter: await root.lstat(request.path) }
  })
}

const always = (): boolean => true

interface Reading {
  readonly file: ReadHandle
  readonly root: FolderRoot
  readonly work: Work
  /** The lane's window; FILE_CHANGED when the file has grown since it was found to need none. */
  window(): ChunkerWindow
}

/**
 * Opens the file for one long operation. Files that need a window wait for a lane first and are
 * opened in it, so that a thousand waiting files hold no descriptors.
 */
async function whileReading<Result>(
  parts: Parts,
  request: FilePlace & Named,
  needsWindow: (sizeBytes: number) => boolean,
  run: (reading: Reading) => Promise<Result>,
): Promise<Result> {
  return await parts.running.run(request.id, (work) =>
    parts.roots.use(request.root, async (root) => {
      const sizeBytes = (await root.lstat(request.path))?.size ?? 0
      const read = (lent: ChunkerWindow | undefined): Promise<Result> =>
        withFile(root.openRead(request.path), (file) =>
          run({ file, root, work, window: () => lent ?? fileChanged(request) }),
        )
      return needsWindow(sizeBytes) ? await parts.windows.withWindow(sizeBytes, read) : await read(undefined)
    }),
  )
}

function fileChanged({ path }: FilePlace): never {
  throw new PeerfoldError('FILE_CHANGED', 'the file grew while it was opened', { path })
}

function checkBatch({ blocks }: ReadBlocksRequest): void {
  blocks.forEach(checkPlace)
  const bytes = totalLength(blocks)
  if (bytes > MAX_BATCH_BYTES) {
    throw new PeerfoldError('LIMIT_EXCEEDED', 'too many bytes in one read', { bytes, limit: MAX_BATCH_BYTES })
  }
}

async function checkBlocks(parts: Parts, request: ReadBlocksRequest): Promise<CheckedBlocks> {
  checkBatch(request)
  const buffer = new Uint8Array(Math.max(0, ...request.blocks.map(({ length }) => length)))
  return await parts.roots.use(request.root, (root) =>
    withFile(root.openRead(request.path), async (file) => {
      const stat = await file.stat()
      const good: boolean[] = []
      for (const place of request.blocks) good.push(await isThere(file, place, buffer))
      return { good, stat }
    }),
  )
}

async function readBlocks(parts: Parts, request: ReadBlocksRequest): Promise<ReadBlockReply[]> {
  checkBatch(request)
  const replies = await parts.roots.use(request.root, (root) =>
    ifPresent(() =>
      withFile(root.openRead(request.path), async (file) => {
        const read: ReadBlockReply[] = []
        for (const place of request.blocks) read.push(await readOneBlock(file, place))
        return read
      }),
    ),
  )
  return replies ?? request.blocks.map(() => ({ kind: 'missing', reason: 'gone' }))
}

async function copyBlocks(parts: Parts, request: CopyBlocksRequest): Promise<CopyBlocksReply> {
  const { from, items } = request
  for (const { fromOffset, toOffset, ...place } of items) {
    checkPlace({ ...place, offset: fromOffset })
    checkPlace({ ...place, offset: toOffset })
  }
  const bytes = totalLength(items)
  const good = await parts.running.run(request.id, async (work) => {
    work.expect(bytes)
    return await parts.windows.withWindow(bytes, ({ bytes: buffer }) =>
      withWritable(parts, request, (to) =>
        withSource(parts, from, (source) => copyCheckedBlocks(source, to, items, buffer, work)),
      ),
    )
  })
  return { good: good ?? items.map(() => false) }
}

/** Undefined when the disk says that no such file is there; every other failure throws. */
async function ifPresent<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof PeerfoldError && GONE.has(error.code)) return undefined
    throw error
  }
}

/** Nothing there, or no file any more. */
const GONE: ReadonlySet<string> = new Set(['FILE_NOT_FOUND', 'KIND_UNSUPPORTED'])

/** Undefined when the file cannot be opened: its blocks are to be had elsewhere. What `run` throws is thrown. */
async function withSource<Result>(
  { roots }: Parts,
  { root, path }: FilePlace,
  run: (source: ReadHandle) => Promise<Result>,
): Promise<Result | undefined> {
  let isOpen = false
  const read = (source: ReadHandle): Promise<Result> => {
    isOpen = true
    return run(source)
  }
  try {
    return await roots.use(root, (opened) => withFile(opened.openRead(path), read))
  } catch (error) {
    if (!isOpen && error instanceof PeerfoldError && SHUT.has(error.code)) return undefined
    throw error
  }
}

/** Nothing there that could be read, or not its folder any more. */
const SHUT: ReadonlySet<string> = new Set([
  ...GONE,
  ...['PERMISSION_DENIED', 'IO_ERROR', 'FOLDER_PATH_MISSING', 'FOLDER_PATH_NOT_DIRECTORY'],
])

function withWritable<Result>(
  parts: Parts,
  { root, path }: FilePlace,
  run: (file: WriteHandle) => Promise<Result>,
): Promise<Result> {
  return parts.roots.use(root, (opened) => withFile(opened.openWrite(path), run))
}

async function withFile<Handle extends { close(): Promise<void> }, Result>(
  opening: Promise<Handle>,
  run: (file: Handle) => Promise<Result>,
): Promise<Result> {
  const file = await opening
  try {
    return await run(file)
  } finally {
    await file.close()
  }
}

function totalLength(places: readonly { readonly length: number }[]): number {
  return places.reduce((sum, { length }) => sum + length, 0)
}

function buffersOf(replies: readonly ReadBlockReply[]): ArrayBufferLike[] {
  return replies.flatMap((reply) => (reply.kind === 'block' ? [reply.bytes.buffer] : []))
}
