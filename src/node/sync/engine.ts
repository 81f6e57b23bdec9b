/**
 * All folders and all connected devices of one node. Promises that a folder is spoken of only with
 * devices that share it, and that connecting, disconnecting or a change of configuration wakes
 * whatever waits for it. Never reads the configuration: it is told.
 */
import { codeOf, textOf } from '../base/errors.ts'
import { randomHex } from '../base/random.ts'
import type { DeviceId, FolderId } from '../core/record.ts'
import type { Network, TrustedDevice } from '../net/peer-link.ts'
import type { FolderPosition } from '../index/index-port.ts'
import type { BlockSource } from './assemble.ts'
import { DoubledIdentities } from './doubled-identities.ts'
import { FolderHandle } from './folder-handle.ts'
import type { FolderParts, FolderSettings } from './folder-handle.ts'
import { PeerSession } from './peer-session.ts'
import type { SharedFolder } from './peer-session.ts'
import type { HistorySource } from './ports.ts'
import { Scrubber } from './scrubber.ts'
import type { ScrubSettings } from './scrubber.ts'

export interface EngineParts extends Omit<
  FolderParts,
  'otherRoots' | 'sources' | 'isIndexComing' | 'announce' | 'suspect' | 'foldersChanged' | 'changed'
> {
  readonly scrub: ScrubSettings
  readonly network: Network
  /** Program and version, told to other devices. */
  readonly software: string
  /** Something that viewers show has changed; may be called often. */
  changed(): void
}

export interface DevicePresence {
  readonly connected: boolean
  /** Multiaddr it is reached by; "" when it is not. */
  readonly address: string
  /** Name it gave itself; "" when it never said. */
  readonly deviceName: string
  /** Wall clock, ms; 0 when not since this start. */
  readonly lastSeenMs: number
}

export class SyncEngine {
  readonly #parts: EngineParts
  readonly #folders = new Map<FolderId, FolderHandle>()
  readonly #sessions = new Map<DeviceId, PeerSession>()
  readonly #running = new Set<Promise<void>>()
  readonly #lastSeen = new Map<DeviceId, number>()
  readonly #session: string
  readonly #doubled: DoubledIdentities
  readonly scrubber: Scrubber

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#session = randomHex(parts.random, 16)
    this.#doubled = new DoubledIdentities(parts.clock, parts.changed)
    this.scrubber = new Scrubber({
      clock: parts.clock,
      log: parts.log,
      settings: parts.scrub,
      folders: () => [...this.#folders.values()].flatMap(({ sync }) => sync ?? []),
      isMoving: () => parts.transfers.isAnyMoving,
      restated: (folder) => {
        this.#announce(folder.folder)
        folder.indexChanged()
        parts.changed()
      },
      changed: parts.changed,
    })
    parts.network.onLink((link) => {
      const session = new PeerSession(link, this.#sessionParts())
      this.#sessions.set(link.device, session)
      const running = this.#runSession(session).finally(() => this.#running.delete(running))
      this.#running.add(running)
    })
  }

  /** Network first, so that a port in use stops the start before anything else began. */
  async start(trusted: readonly TrustedDevice[], folders: readonly FolderSettings[]): Promise<void> {
    this.#parts.network.setTrusted(trusted)
    await this.#parts.network.start()
    // A disk that is slow to answer holds nothing else up.
    for (const folder of folders) void this.addFolder(folder)
    this.scrubber.start()
  }

  /** Ends everything and leaves exact marks behind. */
  async stop(): Promise<void> {
    await this.scrubber.stop()
    await this.#parts.network.stop()
    await Promise.all(this.#running)
    await Promise.all([...this.#folders.values()].map((folder) => folder.stop()))
    const positions = await this.#positions()
    try {
      await this.#parts.mark.finish(positions)
    } catch (error) {
      // The mark stays as it was: not exact, which costs a gap in the sequences and nothing else.
      this.#parts.log.warn('the mark could not be written', { reason: textOf(error) })
    }
  }

  /** Of the folders that the index knows: one whose disk was away since the database was new is not among them. */
  async #positions(): Promise<Map<FolderId, FolderPosition>> {
    const positions = new Map<FolderId, FolderPosition>()
    for (const folder of this.#folders.keys()) {
      try {
        positions.set(folder, await this.#parts.index.call('position', { folder }))
      } catch (error) {
        if (codeOf(error) !== 'FOLDER_NOT_FOUND') throw error
      }
    }
    return positions
  }

  setTrusted(trusted: readonly TrustedDevice[]): void {
    this.#parts.network.setTrusted(trusted)
    this.#parts.changed()
  }

  findFolder(id: FolderId): FolderHandle | undefined {
    return this.#folders.get(id)
  }

  presence(device: DeviceId): DevicePresence {
    const session = this.#sessions.get(device)
    return {
      connected: session !== undefined,
      address: session?.link.address ?? '',
      deviceName: session?.deviceName ?? '',
      lastSeenMs: session ? this.#parts.clock.nowMs() : (this.#lastSeen.get(device) ?? 0),
    }
  }

  /** Whether the device is connected and says that it shares the folder. */
  isSharing(device: DeviceId, folder: FolderId): boolean {
    return this.#sessions.get(device)?.sharesFolder(folder) ?? false
  }

  /** The histories of the connected devices that share the folder. */
  histories(folder: FolderId): HistorySource[] {
    return this.#sharing(folder).map((session) => session.historyOf(folder))
  }

  /** Whether the identity, of another device or our own, lives on two machines at once. */
  isDoubled(device: DeviceId): boolean {
    return this.#doubled.has(device)
  }

  /** Resolves when the folder is open, or could not be opened for now. */
  addFolder(settings: FolderSettings): Promise<void> {
    const handle = new FolderHandle(settings, this.#folderParts())
    this.#folders.set(settings.id, handle)
    return handle.start()
  }

  /** Applies changed settings; a changed path or pause opens the folder anew. */
  async configureFolder(settings: FolderSettings): Promise<void> {
    const handle = this.#folders.get(settings.id)
    if (!handle) return
    const { path, paused } = handle.settings
    if (path === settings.path && paused === settings.paused) await handle.configure(settings)
    else {
      await handle.stop()
      await this.addFolder(settings)
      const { id: folder, devices, policy } = settings
      await this.#parts.index.call('setSharing', { folder, devices, policy })
    }
    this.#foldersChanged()
  }

  /** A person decided about withheld changes: what follows for the others is told. */
  decided(folder: FolderId): void {
    this.#announce(folder)
    this.#foldersChanged()
  }

  /** Forgets the folder's index; its files and versions stay. */
  async removeFolder(id: FolderId): Promise<void> {
    const handle = this.#folders.get(id)
    this.#folders.delete(id)
    this.#foldersChanged()
    await handle?.stop()
    await this.#parts.index.call('dropFolder', { folder: id })
    this.#parts.changed()
  }

  async #runSession(session: PeerSession): Promise<void> {
    const { device } = session
    this.#parts.log.info('device connected', { device, address: session.link.address })
    this.#wakeFolders()
    await session.run()
    this.#lastSeen.set(device, this.#parts.clock.nowMs())
    if (this.#sessions.get(device) === session) this.#sessions.delete(device)
    this.#parts.log.info('device disconnected', { device })
    this.#wakeFolders()
  }

  #wakeFolders(): void {
    for (const folder of this.#folders.values()) folder.sync?.indexChanged()
    this.#parts.changed()
  }

  #sessionParts() {
    const { index, mark, clock, log, software, transfers, changed } = this.#parts
    const hello = { deviceName: this.#parts.self().name, software, session: this.#session }
    return {
      index,
      mark,
      clock,
      log,
      hello,
      transfers,
      changed,
      provesDoubled: (from: PeerSession, session: string) => this.#provesDoubled(from, session),
      toldDoubled: () => this.#doubled.report(this.#parts.self().device),
      shared: (device: DeviceId) => this.#shared(device),
    }
  }

  /** What a link that was followed by another still delivers proves nothing. */
  #provesDoubled(from: PeerSession, session: string): boolean {
    const { device } = from
    if (this.#sessions.get(device) !== from || !this.#doubled.hear(device, session)) return false
    this.#parts.log.warn('a device lives on two machines at once', { device })
    return true
  }

  #shared(device: DeviceId): SharedFolder[] {
    const shared: SharedFolder[] = []
    for (const [folder, handle] of this.#folders) {
      const { sync } = handle
      if (!sync || !handle.settings.devices.includes(device)) continue
      shared.push({
        folder,
        context: sync.context,
        startNewEpoch: (former) => handle.startNewEpoch(former),
        indexChanged: (adopted) => {
          if (adopted > 0) this.#announce(folder)
          sync.indexChanged()
          this.#parts.changed()
        },
      })
    }
    return shared
  }

  #folderParts(): FolderParts {
    return {
      ...this.#parts,
      otherRoots: (by) => this.#otherRoots(by),
      sources: (folder) => this.#sources(folder),
      isIndexComing: (folder) => this.#isIndexComing(folder),
      announce: (folder) => this.#announce(folder),
      suspect: (folder, path) => this.scrubber.suspect(folder, path),
      foldersChanged: () => this.#foldersChanged(),
    }
  }

  #otherRoots(by: FolderId): ReadonlyMap<FolderId, string> {
    const devices = this.#folders.get(by)?.settings.devices ?? []
    const others = [...this.#folders].flatMap(([id, { settings, sync }]) => {
      const isKnownToAll = devices.every((device) => settings.devices.includes(device))
      return id !== by && sync && isKnownToAll ? [[id, sync.context.root.path] as const] : []
    })
    return new Map(others)
  }

  #isIndexComing(folder: FolderId): boolean {
    return this.#sharing(folder).some((session) => session.isIndexComing(folder))
  }

  #sources(folder: FolderId): BlockSource[] {
    return this.#sharing(folder).map((session) => session.sourceFor(folder))
  }

  /** Connected devices that share the folder, as far as they say so. */
  #sharing(folder: FolderId): PeerSession[] {
    const devices = this.#folders.get(folder)?.settings.devices ?? []
    const sessions = [...this.#sessions.values()]
    return sessions.filter((session) => devices.includes(session.device) && session.sharesFolder(folder))
  }

  #announce(folder: FolderId): void {
    const devices = this.#folders.get(folder)?.settings.devices ?? []
    for (const session of this.#sessions.values())
      if (devices.includes(session.device)) session.announce(folder)
  }

  #foldersChanged(): void {
    this.scrubber.lookAgain()
    for (const session of this.#sessions.values()) session.foldersChanged()
    this.#parts.changed()
  }
}
