/**
 * Everything between this device and one connected device: greetings, where each side's index is,
 * announcements both ways, and who answers what. Promises not a word about a folder that is not
 * shared with the device, and that any breach of the protocol ends the link. Never decides what
 * happens to a file.
 */
import type { Clock } from '../base/clock.ts'
import { codeOf, isPeerfoldError, PeerfoldError, textOf } from '../base/errors.ts'
import type { Job } from '../base/job.ts'
import type { Log } from '../base/log.ts'
import type { PlacedBlock } from '../codec/manifest.ts'
import { MERGED_LIMIT } from '../core/mergeable.ts'
import type { Announced, DeviceId, FileRecord, FolderId } from '../core/record.ts'
import type { HighWaterMark } from '../index/high-water-mark.ts'
import type { IndexOperations, Settled } from '../index/index-port.ts'
import { isUnknownHere } from '../index/lives.ts'
import type { PeerLink } from '../net/peer-link.ts'
import { decodeControl, encodeControl } from '../wire/control-codec.ts'
import type { ControlMessage, FolderState } from '../wire/control-codec.ts'
import { protocolError } from '../wire/limits.ts'
import type { HistoryPage } from '../core/history.ts'
import { Announcer } from './announce.ts'
import type { BlockSource } from './assemble.ts'
import { BlockClient } from './block-client.ts'
import { ComingIndex } from './coming-index.ts'
import type { FolderContext, HistorySource } from './ports.ts'
import { Questions } from './questions.ts'
import { serveBlocks, serveManifest } from './serve.ts'
import type { TransferLog } from './transfers.ts'

/** What a session needs of an open folder. */
export interface SharedFolder {
  readonly folder: FolderId
  readonly context: FolderContext
  /** Another device has more of our index than we do: ours went backwards, or lives twice. */
  startNewEpoch(former: number): Promise<void>
  /** Another device's statements came in; `adopted` of ours followed. */
  indexChanged(adopted: number): void
}

export interface SessionParts {
  readonly index: Job<IndexOperations>
  readonly mark: HighWaterMark
  readonly clock: Clock
  readonly log: Log
  readonly transfers: TransferLog
  /** This device's name, program and random session. */
  readonly hello: { readonly deviceName: string; readonly software: string; readonly session: string }
  /** Whether what this session said of itself proves that the device's identity lives twice. */
  provesDoubled(from: PeerSession, session: string): boolean
  /** The other device has met two of us. */
  toldDoubled(): void
  /** Open folders shared with the device, now. */
  shared(device: DeviceId): readonly SharedFolder[]
  /** Something that viewers show has changed. */
  changed(): void
}

/** After a failure of our own. */
const AGAIN_MS = 10_000
/** Answers under way: above what both sides' windows of pages and files can ask for. */
const ANSWERS_LIMIT = 1_000
/** A page of a manifest, or of a history, must come within this time. */
const ANSWER_DEADLINE_MS = 60_000
/** Pages of a history read at once or waiting: who asks for more is not one of us. */
const HISTORY_QUESTIONS_LIMIT = 32
/** Nothing is hashed piece by piece: whoever asks checks the whole. */
const NO_HASH = new Uint8Array()

interface ManifestPart {
  readonly page: Uint8Array
  readonly proof: Uint8Array
}

interface Position {
  readonly epoch: number
  readonly maxSequence: number
}

interface Theirs extends Position {
  readonly coming: ComingIndex
}

/**
 * Where the device's index of the page's epoch ends, as far as is known. A page may come before word of
 * its epoch, and says itself what follows: what was said of another epoch bounds nothing.
 */
function endOf(page: Position, theirs: Position): number {
  return page.epoch === theirs.epoch ? Math.max(page.maxSequence, theirs.maxSequence) : page.maxSequence
}

export class PeerSession implements BlockSource {
  readonly device: DeviceId
  readonly link: PeerLink
  readonly #parts: SessionParts
  readonly #blocks: BlockClient
  readonly #announcers = new Map<FolderId, Announcer>()
  /** What failed and is tried again by time. */
  readonly #repeats = new Set<FolderId>()
  readonly #theirs = new Map<FolderId, Theirs>()
  readonly #manifests: Questions<ManifestPart | undefined>
  readonly #histories: Questions<HistoryPage | undefined>
  /** What the device said last, also of folders that are not open here (yet). */
  #stated: readonly FolderState[] = []
  #answering = 0
  #telling: Promise<void> = Promise.resolve()
  #questions = 0
  #deviceName = ''
  #ended = false

  constructor(link: PeerLink, parts: SessionParts) {
    this.device = link.device
    this.link = link
    this.#parts = parts
    this.#blocks = new BlockClient(link, parts.clock)
    this.#manifests = new Questions(parts.clock, ANSWER_DEADLINE_MS)
    this.#histories = new Questions(parts.clock, ANSWER_DEADLINE_MS)
  }

  /** Name the device gave itself; "" before it said hello. */
  get deviceName(): string {
    return this.#deviceName
  }

  /** Whether the device said that it shares the folder. */
  sharesFolder(folder: FolderId): boolean {
    return this.#theirs.has(folder)
  }

  /** Whether more of the device's index is known to be on its way. */
  isIndexComing(folder: FolderId): boolean {
    return !this.#ended && this.#theirs.get(folder)?.coming.isComing() === true
  }

  /** Runs until the link ends; never throws. */
  async run(): Promise<void> {
    const lanes = [this.#control(), this.#blocks.run(), serveBlocks(this.link, this.#sharedContext)]
    // Awaited below; until then a lane that ends early must not count as unhandled.
    for (const lane of lanes) lane.catch(() => {})
    try {
      await this.#send({ kind: 'hello', ...this.#parts.hello })
      this.foldersChanged()
      await Promise.all(lanes)
    } catch (error) {
      if (!isPeerfoldError(error) || error.code !== 'PEER_GONE')
        this.#parts.log.warn('link ended by an error', { device: this.device, reason: textOf(error) })
      await this.link.close('protocol')
    }
    await Promise.allSettled(lanes)
    this.#end()
  }

  #end(): void {
    this.#ended = true
    const gone = new PeerfoldError('PEER_GONE', 'the other device went away', { device: this.device })
    this.#blocks.fail(gone)
    for (const questions of [this.#manifests, this.#histories]) questions.fail(gone)
    for (const announcer of this.#announcers.values()) announcer.stop()
    this.#parts.transfers.linkEnded(this.device)
  }

  /** Something about the shared folders has changed: says so, and again should that fail here. */
  foldersChanged(): void {
    this.#sayFolders().catch((error: unknown) => {
      if (this.#ended || codeOf(error) === 'PEER_GONE') return
      const reason = textOf(error)
      this.#parts.log.warn('shared folders could not be told for now', { device: this.device, reason })
      this.#later('', () => this.foldersChanged())
    })
  }

  /** Which folders are shared, and where both indexes are. */
  async #sayFolders(): Promise<void> {
    const folders: FolderState[] = []
    for (const { folder } of this.#parts.shared(this.device)) {
      const { epoch, sequence } = await this.#parts.index.call('position', { folder })
      const { seen } = await this.#parts.index.call('peerPosition', { folder, device: this.device })
      const maxSequence = sequence
      const { mode, holdsBack } = await this.#parts.index.call('holding', { folder })
      const position = { epoch, maxSequence, seenEpoch: seen.epoch, seenSequence: seen.sequence }
      folders.push({ folder, ...position, mode, holdsBack })
    }
    await this.#send({ kind: 'folders', folders })
    for (const state of this.#stated)
      if (!this.#announcers.has(state.folder)) await this.#receiveFolder(state)
  }

  /** Our index of the folder has grown. */
  announce(folder: FolderId): void {
    this.#run(folder, this.#announcers.get(folder)?.run())
  }

  #run(folder: FolderId, running: Promise<void> | undefined): void {
    running?.catch((error: unknown) => {
      if (this.#ended || codeOf(error) === 'PEER_GONE') return
      // Ours to mend (a full disk, say): the link is good, and the other lanes go on.
      const reason = textOf(error)
      this.#parts.log.warn('announcing stopped for now', { device: this.device, folder, reason })
      this.#later(folder, () => this.announce(folder))
    })
  }

  /** Once for each folder ("": all of them), however often it failed: each try would bring one more. */
  #later(folder: FolderId, run: () => void): void {
    if (this.#repeats.has(folder)) return
    this.#repeats.add(folder)
    this.#parts.clock.after(AGAIN_MS, () => {
      this.#repeats.delete(folder)
      if (!this.#ended) run()
    })
  }

  requestPage(
    { path, contentHash }: FileRecord,
    page: number,
    signal: AbortSignal,
    folder = '',
  ): Promise<ManifestPart | undefined> {
    const send = (id: number) => this.#send({ kind: 'manifest-request', id, folder, path, contentHash, page })
    return this.#manifests.ask(send, signal)
  }

  requestBlock(
    record: FileRecord,
    { offset, length, hash }: PlacedBlock,
    signal: AbortSignal,
    folder = '',
  ): Promise<Uint8Array | undefined> {
    const { path, contentHash } = record
    return this.#blocks.request({ folder, path, contentHash, offset, length, hash }, signal)
  }

  /** This device as a source for one folder. */
  sourceFor(folder: FolderId): BlockSource {
    return {
      device: this.device,
      requestPage: (record, page, signal) => this.requestPage(record, page, signal, folder),
      requestBlock: (record, block, signal) => this.requestBlock(record, block, signal, folder),
    }
  }

  /** This device's memory of one folder. */
  historyOf(folder: FolderId): HistorySource {
    return {
      device: this.device,
      ask: (query, signal) =>
        this.#histories.ask((id) => this.#send({ kind: 'history-request', id, folder, ...query }), signal),
      read: ({ id: version, path, contentHash }, offset, length, signal) =>
        this.#blocks.request({ folder, path, contentHash, version, offset, length, hash: NO_HASH }, signal),
    }
  }

  readonly #sharedContext = (folder: FolderId): FolderContext | undefined => this.#folder(folder)?.context

  #folder(id: FolderId): SharedFolder | undefined {
    return this.#parts.shared(this.device).find(({ folder }) => folder === id)
  }

  async #send(message: ControlMessage): Promise<void> {
    await this.link.send('control', [encodeControl(message)])
  }

  /**
   * Sends without making the reader wait: two devices whose readers wait for room in each other's
   * full queues would wait for ever. Who asks faster than it takes answers is cut off.
   */
  #answer(message: ControlMessage): void {
    if (++this.#answering > ANSWERS_LIMIT) throw protocolError('too many questions without taking answers')
    void this.#send(message)
      .catch(() => {
        // The link is going; whoever asked asks the next one.
      })
      .finally(() => this.#answering--)
  }

  async #control(): Promise<void> {
    for await (const frame of this.link.frames('control')) await this.#receive(decodeControl(frame))
    throw new PeerfoldError('PEER_GONE', 'the other device went away', { device: this.device })
  }

  async #receive(message: ControlMessage): Promise<void> {
    switch (message.kind) {
      case 'hello':
        this.#deviceName = message.deviceName
        if (this.#parts.provesDoubled(this, message.session)) this.#answer({ kind: 'doubled-identity' })
        this.#parts.changed()
        return
      case 'doubled-identity':
        this.#parts.toldDoubled()
        return
      case 'folders':
        return this.#receiveFolders(message.folders)
      case 'index':
        return this.#receiveIndex(message)
      case 'ack':
        if (this.#folder(message.folder))
          await this.#announcers.get(message.folder)?.confirm(message.epoch, message.sequence)
        return
      case 'manifest-request': {
        const found = await serveManifest(this.#sharedContext(message.folder), message)
        const { id } = message
        this.#answer({
          kind: 'manifest-reply',
          id,
          page: found?.page,
          proof: found?.proof ?? new Uint8Array(),
        })
        return
      }
      case 'manifest-reply': {
        const { page, proof } = message
        return this.#manifests.answer(message.id, page && { page, proof })
      }
      case 'history-request':
        return this.#tellHistory(message)
      case 'history-reply':
        this.#histories.answer(message.id, message.page)
    }
  }

  /** One after the other, and beside everything else: a page may take many reads of the disk. */
  #tellHistory(question: Extract<ControlMessage, { kind: 'history-request' }>): void {
    if (++this.#questions > HISTORY_QUESTIONS_LIMIT) throw protocolError('too many questions at once')
    this.#telling = this.#telling.then(async () => {
      const { id, folder } = question
      const page = await this.#pageOf(question).catch((error: unknown) => {
        this.#parts.log.warn('the history could not be told', { folder, reason: textOf(error) })
        return undefined
      })
      this.#questions--
      if (!this.#ended) await this.#send({ kind: 'history-reply', id, page }).catch(() => {})
    })
  }

  async #pageOf(question: Extract<ControlMessage, { kind: 'history-request' }>) {
    return this.#ended ? undefined : this.#folder(question.folder)?.context.archive.history(question)
  }

  async #receiveFolders(states: readonly FolderState[]): Promise<void> {
    this.#stated = states
    const named = new Set(states.map(({ folder }) => folder))
    for (const [folder, announcer] of this.#announcers) {
      if (named.has(folder) && this.#folder(folder)) continue
      announcer.stop()
      this.#announcers.delete(folder)
    }
    for (const folder of this.#theirs.keys()) if (!named.has(folder)) this.#theirs.delete(folder)
    for (const state of states) await this.#receiveFolder(state)
    this.#parts.changed()
  }

  async #receiveFolder(state: FolderState): Promise<void> {
    const shared = this.#folder(state.folder)
    // Theirs to say, ours to ignore: the user has not shared it back (yet).
    if (!shared) return
    const { folder, epoch, maxSequence } = state
    const coming = this.#theirs.get(folder)?.coming ?? new ComingIndex(this.#parts.clock)
    this.#theirs.set(folder, { epoch, maxSequence, coming })
    const { seen } = await this.#parts.index.call('peerPosition', { folder, device: this.device })
    coming.hear(epoch, seen.epoch === epoch ? seen.sequence : 0, maxSequence)
    const { mode, holdsBack } = state
    await this.#parts.index.call('setPeerPolicy', { folder, device: this.device, mode, holdsBack })
    const ours = await this.#parts.index.call('position', { folder })
    if (state.seenEpoch === ours.epoch && isUnknownHere(state.seenSequence, ours)) {
      await shared.startNewEpoch(ours.epoch)
      return this.#receiveFolder(state)
    }
    const known = this.#announcers.get(folder)
    const announcer = known ?? new Announcer(this.#announceParts(), folder, this.device)
    this.#announcers.set(folder, announcer)
    announcer.startFrom(state.seenEpoch, state.seenSequence)
    this.#run(folder, announcer.run())
    shared.indexChanged(0)
  }

  #announceParts() {
    const { index, mark } = this.#parts
    return { index, mark, send: (message: ControlMessage) => this.#send(message) }
  }

  async #receiveIndex(page: Extract<ControlMessage, { kind: 'index' }>): Promise<void> {
    const { folder, epoch, after, upto } = page
    const shared = this.#folder(folder)
    const theirs = this.#theirs.get(folder)
    if (!shared || !theirs) return
    const { index } = this.#parts
    const { seen } = await index.call('peerPosition', { folder, device: this.device })
    const expected = seen.epoch === epoch ? seen.sequence : 0
    if (after > expected) throw protocolError('a page of the index is missing', { after, expected })
    const records: readonly Announced[] = page.records
    this.#warnOfLong(folder, records)
    const complete = upto >= endOf(page, theirs)
    const said = { folder, device: this.device, epoch, upto: Math.max(upto, expected), records, complete }
    const settled = await this.#recordRemote(shared, said)
    theirs.coming.hear(epoch, Math.max(upto, expected), page.maxSequence)
    this.#answer({ kind: 'ack', folder, epoch, sequence: upto })
    shared.indexChanged(settled.adopted)
  }

  /** The index leaves them out: where nobody else says anything of such a path, nothing else would tell. */
  #warnOfLong(folder: FolderId, records: readonly Announced[]): void {
    const long = records.filter(({ record }) => record.version.length > MERGED_LIMIT)
    const path = long[0]?.record.path
    if (path === undefined) return
    const facts = { device: this.device, folder, path, count: long.length }
    this.#parts.log.warn('statements of more changes than can be merged are left out', facts)
  }

  /** Whoever has met another life of ours may count what that one told as told by us: this one begins anew. */
  async #recordRemote(
    shared: SharedFolder,
    page: Parameters<IndexOperations['recordRemote']>[0],
  ): Promise<Settled> {
    const { index } = this.#parts
    for (;;) {
      const { otherLife, ...settled } = await index.call('recordRemote', page)
      if (!otherLife) return settled
      const ours = await index.call('position', { folder: page.folder })
      await shared.startNewEpoch(ours.epoch)
    }
  }
}
