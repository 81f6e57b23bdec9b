/**
 * One simulated device: a disk and a database that outlive its program, and the program, which may
 * die at any call. Promises the real node on twins, nothing stubbed. A dead program does nothing
 * any more: its calls never return.
 */
import type { AddFolder } from '../../src/node/api/node-port.ts'
import { codeOf, PeerfoldError } from '../../src/node/base/errors.ts'
import type { ErrorCode, ErrorFacts } from '../../src/node/base/errors.ts'
import { openInlineJob } from '../../src/node/base/job-hosts.ts'
import type { Job } from '../../src/node/base/job.ts'
import { jsonLog, silentLog } from '../../src/node/base/log.ts'
import type { Log, LogFields, LogLevel } from '../../src/node/base/log.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import type { Random } from '../../src/node/base/random.ts'
import { encodeConfig, initialConfig } from '../../src/node/config/config-file.ts'
import { createConfigStore } from '../../src/node/config/config-store.ts'
import type { Config } from '../../src/node/config/schema.ts'
import type { Stance } from '../../src/node/core/record.ts'
import { openConnection } from '../../src/node/db/connection.ts'
import type { Connection } from '../../src/node/db/connection.ts'
import { createFaultyFileSystem } from '../../src/node/fs/faulty-file-system.ts'
import type { FileSystem } from '../../src/node/fs/file-system.ts'
import { homeFile } from '../../src/node/fs/home-files.ts'
import type { DiskOperation } from '../../src/node/fs/errno.ts'
import { createMemoryDisk } from '../../src/node/fs/memory-file-system.ts'
import type { MemoryDisk, TreeEntry } from '../../src/node/fs/memory-file-system.ts'
import type { MemoryDiskSettings } from '../../src/node/fs/memory-state.ts'
import { createMemoryWatcher } from '../../src/node/fs/memory-watcher.ts'
import { indexOperations } from '../../src/node/index/index-job.ts'
import { STANCES } from '../../src/node/index/rows.ts'
import { INDEX_STEPS } from '../../src/node/index/schema.ts'
import { prepareStatements } from '../../src/node/index/statements.ts'
import type { Statements } from '../../src/node/index/statements.ts'
import type { IndexOperations, LocalChange } from '../../src/node/index/index-port.ts'
import type { MemoryLab } from '../../src/node/net/memory-network.ts'
import { createNode } from '../../src/node/node.ts'
import type { PeerfoldNode } from '../../src/node/node.ts'
import { openNotices } from '../../src/node/observe/notices.ts'
import { open as openBlockJob } from '../../src/node/store/block-job.ts'
import { walkOperations } from '../../src/node/sync/walk-job.ts'
import type { VirtualTime } from './virtual-time.ts'

export const FOLDER = 'shared'
export const FOLDER_PATH = '/sync'
const HOME = '/home'

export interface Weather {
  /** Absolute path that nobody may list or read, with what is below it. */
  readonly unreadable?: string
  /** What the disk says there; PERMISSION_DENIED when absent. */
  readonly unreadableAs?: ErrorCode | undefined
  /** Absolute path of a file whose content the disk can no longer read. */
  readonly broken?: string
  /** Of 1,000 calls, how many end in an I/O error. */
  readonly errorsPerMille: number
  /** Whatever would change the disk is refused. */
  readonly readOnly?: boolean
}

export const FAIR: Weather = { errorsPerMille: 0 }
const READS: ReadonlySet<DiskOperation> = new Set(['list', 'open-read', 'lstat'])
const CHANGES: ReadonlySet<DiskOperation> = new Set([
  ...(['create-file', 'open-write', 'make-directory', 'make-symlink', 'link', 'rename', 'unlink'] as const),
  ...(['remove-directory', 'set-mode', 'set-mtime', 'handle-write', 'handle-truncate'] as const),
])

/** What a backup of a device holds. */
export interface Backup {
  readonly atMs: number
  readonly database: Buffer | undefined
  /** Files of its home. */
  readonly home: readonly TreeEntry[]
  /** Everything in the folder that people see. */
  readonly folder: readonly TreeEntry[]
}

export interface DeviceParts {
  readonly id: string
  readonly name: string
  readonly time: VirtualTime
  readonly random: Random
  readonly lab: MemoryLab
  /** Of 100 changes of the disk, how many the watcher never tells; 5 when absent. */
  readonly unseenPercent?: number
  /** Longest delay of one call to the disk, ms. */
  readonly diskDelayMs: number
  /** What kind of disk it has. */
  readonly diskSettings?: Partial<MemoryDiskSettings>
  /** How the folder is added; without a guard when absent: nobody is there to decide. */
  readonly policy?: Pick<AddFolder, 'mode' | 'guard'>
  readonly count: (event: string) => void
  /** For how long old contents stay files, minutes; as usual when absent. */
  readonly settleMinutes?: number
  /** By how much its clock is off, ms. */
  readonly skewMs?: number
  /** Lines of the program's log; absent when nobody reads them. */
  readonly log: ((line: string) => void) | undefined
}

/** Calls to the disk, those of them that write bytes, or calls to the database. */
export type Failing = 'disk' | 'write' | 'database'

export class SimDevice {
  readonly id: string
  readonly name: string
  readonly disk: MemoryDisk
  readonly #parts: DeviceParts
  /** What the next start opens: a database that a former life left as it is, or the image of an older one. */
  #database: Database | Buffer | undefined
  /** Images of the database after each of the last changing calls, oldest first. */
  #images: Buffer[] = []
  /** Of the program that runs. */
  #open: Database | undefined
  #alive = { yes: false }
  /** Disk calls until the program dies; negative: never. */
  #fuse = -1
  #fuseKind: 'crash' | 'kill' = 'kill'
  /** What the path of a call must hold before the fuse burns; "": it burns. */
  #fuseAt = ''
  /** Calls to the database until the program dies between two of them; negative: never. */
  #databaseFuse = -1
  #databaseFuseKind: 'crash' | 'kill' = 'kill'
  #failure: { readonly of: Failing; readonly code: ErrorCode; readonly at: string; calls: number } | undefined
  #interjection: { calls: number; deed: (path: string) => void } | undefined
  node: PeerfoldNode | undefined
  /** Last time. */
  diedOf: 'crash' | 'kill' | undefined
  /** Deletions that nobody did. */
  readonly invented: string[] = []
  /** When something last happened to each path, virtual ms. */
  readonly #changedMs = new Map<string, number>()
  /** Troubles of the disk; change it as you like. */
  weather: Weather = FAIR
  /** How far its clock is off; change it as you like. */
  skewMs: number
  /** Where the folder's files are: elsewhere while the folder is unmounted. */
  filesAt = FOLDER_PATH
  backup: Backup | undefined

  constructor(parts: DeviceParts) {
    this.#parts = parts
    this.id = parts.id
    this.name = parts.name
    this.skewMs = parts.skewMs ?? 0
    const clock = parts.time.clock(undefined, () => this.skewMs)
    this.disk = createMemoryDisk(
      {
        clock,
        random: parts.random,
        yieldNow: (operation, path) => this.#diskCall(operation, path),
        onRefusal: (operation, error) => {
          if (codeOf(error) === 'DISK_FULL') parts.count(`fault: ${operation} on a full disk`)
        },
      },
      parts.diskSettings,
    )
    this.disk.onChange((path) => {
      this.#changedMs.set(path.slice(FOLDER_PATH.length + 1), parts.time.nowMs)
    })
    this.disk.user.mkdir(HOME)
    this.disk.user.mkdir(FOLDER_PATH)
    this.disk.user.write(`${HOME}/config.json`, encodeConfig(configOf(parts)))
  }

  get running(): boolean {
    return this.#alive.yes
  }

  /** Starts the program; the first time also adds devices and folder, as a user would. */
  async start(others: readonly string[], addFolder: boolean): Promise<void> {
    const alive = { yes: true }
    this.#alive = alive
    this.weather = FAIR
    this.putOut()
    const { time, lab } = this.#parts
    const isAlive = (): boolean => alive.yes
    const clock = time.clock(isAlive, () => this.skewMs)
    const random = seededRandom(this.#parts.random.below(2 ** 32))
    const halfDone = createFaultyFileSystem(this.disk.fileSystem, ({ operation, path }) =>
      operation === 'handle-write' ? this.#plannedFailure('write', { path })?.code : undefined,
    )
    const fileSystem = whileAlive(halfDone.fileSystem, isAlive)
    const home = await fileSystem.openRoot(HOME)
    const watcher = createMemoryWatcher(
      { disk: this.disk, clock, random },
      {
        delayMs: 200,
        dropPercent: this.#parts.unseenPercent ?? 5,
        coalesce: random.below(4) === 0,
        everywherePercent: 1,
      },
    )
    const node = await createNode({
      fileSystem,
      watcher,
      network: lab.join(this.id),
      index: this.#openIndex(isAlive),
      walks: neverDead(openInlineJob(walkOperations(fileSystem, () => clock.nowNs())), isAlive),
      blocks: neverDead(openInlineJob(openBlockJob({ fileSystem })), isAlive),
      config: await createConfigStore(homeFile(home, 'config.json')),
      markFile: homeFile(home, 'sequences.json', { keepPrevious: false }),
      notices: await openNotices(homeFile(home, 'notices.json', { keepPrevious: false }), clock, silentLog()),
      clock,
      random,
      log: this.#logOf(alive, () => clock.nowMs()),
      version: '0.0.0',
      requestStop: () => {},
    })
    this.node = node
    await node.start()
    if (!addFolder) return
    for (const id of others) await node.addDevice({ id, name: `device-${id}` })
    await node.addFolder({
      id: FOLDER,
      path: FOLDER_PATH,
      devices: [...others],
      ...(this.#parts.policy ?? { guard: null }),
    })
  }

  /** Lines are made only when somebody reads them. */
  #logOf(alive: { yes: boolean }, nowMs: () => number): Log {
    const { count, log } = this.#parts
    const write = (line: string): void => (alive.yes ? log?.(`${this.name} ${line}`) : undefined)
    const lines = log && jsonLog(write, 'debug', nowMs)
    const at =
      (level: LogLevel) =>
      (sentence: string, fields?: LogFields): void => {
        if (alive.yes && level !== 'debug' && level !== 'trace') count(`log: ${sentence}`)
        lines?.[level](sentence, fields)
      }
    const all: Log = {
      ...{ error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), trace: at('trace') },
      with: () => all,
    }
    return all
  }

  /** An orderly end: the database is closed, nothing is lost. */
  async stop(): Promise<void> {
    await this.node?.close()
    this.#database = this.#open
    this.#end()
  }

  /** The program dies after `calls` more calls to its disk; with `at`, from the first one at such a path on. */
  light(calls: number, kind: 'crash' | 'kill', at = ''): void {
    this.#fuseAt = at
    this.#fuse = calls
    this.#fuseKind = kind
  }

  /** The program dies when `calls` more calls to its database are done. */
  lightAtDatabase(calls: number, kind: 'crash' | 'kill'): void {
    this.#databaseFuse = calls
    this.#databaseFuseKind = kind
  }

  /** It dies of nothing that was lit. */
  putOut(): void {
    this.light(-1, 'kill')
    this.lightAtDatabase(-1, 'kill')
  }

  /**
   * Of such calls the one after `calls` more fails, before it does anything; a write when half is done. With
   * `at`, of those at such a path.
   */
  failCall(of: Failing, calls: number, code: ErrorCode, at = ''): void {
    this.#failure = { of, code, at, calls }
  }

  /** Whether there was such a call. */
  get hasFailed(): boolean {
    return this.#failure === undefined
  }

  /** After `calls` more disk calls, `deed` happens just before the next one that concerns a user's path. */
  interject(calls: number, deed: (path: string) => void): void {
    this.#interjection = { calls, deed }
  }

  /** What would have happened between two calls does not happen any more. */
  forgetInterjection(): void {
    this.#interjection = undefined
  }

  /** 'kill': the process ends, the machine goes on; 'crash': the power fails. */
  die(kind: 'crash' | 'kill'): void {
    if (!this.#alive.yes) return
    this.diedOf = kind
    const { count, lab, random } = this.#parts
    count(kind === 'crash' ? 'power cut' : 'process killed')
    const lost = kind === 'crash' && this.#images.length > 0 && random.below(2) === 0
    if (lost) count('database commits dropped')
    this.#database = lost ? this.#images[random.below(this.#images.length)] : this.#open
    this.#end()
    lab.kill(this.id)
    if (kind === 'kill') this.disk.kill()
    else for (const [what, times] of Object.entries(this.disk.crash())) if (times > 0) count(`crash: ${what}`)
  }

  /** What this device's index says of a path, for explaining a failure. */
  statements(path: string): string[] {
    const rows = this.#open?.connection
      .prepare(
        `SELECT path, device.id, kind, deleted, stance, mode, mtime_ns, substr(content_hash, 8, 8) AS hash, version, epoch, sequence, reason
         FROM statement JOIN device ON device.key = device WHERE path = ?`,
      )
      .all(path) as Record<string, unknown>[] | undefined
    return (rows ?? []).map((row) => `${this.name} knows ${JSON.stringify(row)}`)
  }

  /** Of a device's statement about a path; undefined when there is none. */
  stanceOf(path: string, device = this.id): Stance | undefined {
    const stance = this.#open?.connection
      .prepare('SELECT stance FROM statement JOIN device ON key = device WHERE path = ? AND id = ?')
      .pluck()
      .get(path, device)
    return STANCES[Number(stance ?? -1)]
  }

  /**
   * The disk spoils a byte of a file that has been at rest for so long that it and its row were written
   * out; false when it is not: where a stamp is not believed, other bytes are an edit.
   */
  rot(path: string, position: number): boolean {
    const stamp = this.#open?.connection
      .prepare('SELECT ctime_ns FROM disk WHERE path = ? AND racy = 0')
      .pluck()
      .safeIntegers()
      .get(path)
    if (stamp !== this.disk.user.touchedNs(`${FOLDER_PATH}/${path}`) || this.stanceOf(path) !== 'holds')
      return false
    this.#images = []
    this.disk.flush()
    this.disk.user.rot(`${FOLDER_PATH}/${path}`, position)
    return true
  }

  /** Paths that this device lacks. */
  needed(): string[] {
    const rows = this.#open?.connection.prepare('SELECT path FROM need WHERE device = 1').all()
    return (rows ?? []).map((row) => String((row as { path: unknown }).path))
  }

  /** The user deletes the database while nothing runs. */
  dropDatabase(): void {
    this.#replaceDatabase(undefined)
  }

  #replaceDatabase(image: Buffer | undefined): void {
    if (isOpen(this.#database)) this.#database.connection.close()
    this.#database = image
  }

  get isUnmounted(): boolean {
    return this.filesAt !== FOLDER_PATH
  }

  /** Copies everything somewhere safe, in the middle of whatever goes on. */
  takeBackup(folder: readonly TreeEntry[]): void {
    const at = this.#open ?? this.#database
    const database = isOpen(at) ? at.connection.serialize() : at
    this.backup = { atMs: this.#parts.time.nowMs, database, home: this.disk.tree(HOME), folder }
  }

  /** The database of the backup, and with it all else that is not the user's, while nothing runs. */
  putBackState(backup: Backup, what: 'database' | 'home'): void {
    this.#replaceDatabase(backup.database)
    if (what === 'database') return
    this.disk.settings.capacityBytes = Number.MAX_SAFE_INTEGER
    this.disk.user.remove(HOME)
    this.disk.user.mkdir(HOME)
    for (const { path, kind, content, mode } of backup.home) {
      if (kind === 'directory') this.disk.user.mkdir(`${HOME}/${path}`, mode)
      else if (content) this.disk.user.write(`${HOME}/${path}`, content, { mode })
    }
  }

  #end(): void {
    this.#alive.yes = false
    if (this.#database !== this.#open) this.#open?.connection.close()
    this.#open = undefined
    this.#images = []
    this.node = undefined
  }

  #diskCall(operation: DiskOperation, path: string): Promise<void> {
    const { time, random, diskDelayMs } = this.#parts
    const fault = this.#plannedFailure('disk', { operation, path }) ?? this.#faultOf(operation, path)
    if (fault) return Promise.reject(fault)
    const burns = this.#fuse >= 0 && path.includes(this.#fuseAt)
    if (burns && this.#fuseAt !== '') {
      this.#parts.count(`death awaits at ${this.#fuseAt}`)
      this.#fuseAt = ''
    }
    if (burns && this.#fuse-- === 0) {
      this.die(this.#fuseKind)
      return never()
    }
    const alive = this.#alive
    if (!alive.yes) return never()
    this.#letInterject(path)
    return new Promise((resolve) => {
      time.at(random.below(1_000) * 0.001 * diskDelayMs, () => {
        if (alive.yes) resolve()
      })
    })
  }

  /** No invented deletion: what a device says it deleted was not lying there all the time. */
  #checkDeletions(changes: readonly LocalChange[]): void {
    const deleted = changes.filter(({ record, isOurs }) => isOurs && record.deleted)
    if (deleted.length === 0) return
    const there = new Set(this.disk.tree(this.filesAt).map(({ path }) => path))
    for (const { record } of deleted) {
      const sinceMs = this.#parts.time.nowMs - (this.#changedMs.get(record.path) ?? 0)
      // What came back a moment ago may have come after the last look.
      if (there.has(record.path) && sinceMs > 5_000)
        this.invented.push(`${this.name} invented a deletion of ${record.path}`)
    }
  }

  #letInterject(path: string): void {
    const pending = this.#interjection
    if (!pending || pending.calls-- > 0) return
    const own = path.includes('/.peerfold') || this.isUnmounted
    const relative = path.startsWith(`${FOLDER_PATH}/`) ? path.slice(FOLDER_PATH.length + 1) : ''
    if (own || relative === '') return
    this.#interjection = undefined
    pending.deed(relative)
  }

  #plannedFailure(of: Failing, facts: ErrorFacts): PeerfoldError | undefined {
    const failure = this.#failure
    if (failure?.of !== of || !String(facts['path'] ?? '').includes(failure.at)) return undefined
    if (failure.calls-- > 0) return undefined
    this.#failure = undefined
    return new PeerfoldError(failure.code, 'planned', facts)
  }

  /** What the disk answers instead of doing the call. */
  #faultOf(operation: DiskOperation, path: string): PeerfoldError | undefined {
    const { count, random } = this.#parts
    const { unreadable, unreadableAs = 'PERMISSION_DENIED', broken, errorsPerMille, readOnly } = this.weather
    if (broken === path && operation === 'handle-read')
      return new PeerfoldError('IO_ERROR', 'simulated', { path, operation })
    if (readOnly && CHANGES.has(operation)) {
      count('fault: read-only disk')
      return new PeerfoldError('DISK_READ_ONLY', 'simulated', { path })
    }
    if (unreadable !== undefined && READS.has(operation) && `${path}/`.startsWith(`${unreadable}/`)) {
      count(`fault: ${operation} of an unreadable path`)
      return new PeerfoldError(unreadableAs, 'simulated', { path })
    }
    if (errorsPerMille === 0 || operation === 'close' || random.below(1_000) >= errorsPerMille)
      return undefined
    count('fault: I/O error')
    return new PeerfoldError('IO_ERROR', 'simulated', { path, operation })
  }

  #openIndex(isAlive: () => boolean): Job<IndexOperations> {
    const clock = this.#parts.time.clock()
    const found = this.#database
    const open = isOpen(found) ? found : openDatabase(found, () => clock.nowMs())
    this.#open = open
    const { connection, sql, changeCount } = open
    const changesAtStart = changeCount()
    const job = openInlineJob(indexOperations(connection, this.id, clock, sql))
    let changesBefore = 0
    return neverDead(
      {
        call: async (name, argument, transfer) => {
          if (name === 'recordLocal')
            this.#checkDeletions((argument as unknown as { changes: LocalChange[] }).changes)
          const failure = this.#plannedFailure('database', { name: String(name) })
          if (failure) throw failure
          const result = await job.call(name, argument, transfer)
          const changes = isAlive() ? changeCount() - changesAtStart : 0
          if (changes !== changesBefore && isAlive() && this.#parts.random.below(3) === 0)
            this.#remember(connection)
          changesBefore = changes
          if (name === 'makeDurable') this.#images = []
          if (this.#databaseFuse >= 0 && isAlive() && this.#databaseFuse-- === 0) {
            this.#parts.count(`death after the database was asked: ${String(name)}`)
            this.die(this.#databaseFuseKind)
          }
          return result
        },
        close: async () => {},
      },
      isAlive,
    )
  }

  /** What a power cut may bring back; a checkpoint now and then makes everything durable. */
  #remember(connection: Connection): void {
    if (this.#parts.random.below(10) === 0) this.#images = []
    this.#images.push(connection.serialize())
    if (this.#images.length > 5) this.#images.shift()
  }
}

/** An open database with the statements that were prepared for it: most of what a start costs. */
interface Database {
  readonly connection: Connection
  readonly sql: Statements
  /** Rows changed since it was opened. */
  readonly changeCount: () => number
}

function isOpen(found: Database | Buffer | undefined): found is Database {
  return found !== undefined && 'connection' in found
}

/** Bytes. An image is taken at every third change: of half the bytes of one with pages of 4,096. */
const PAGE_SIZE = 2_048

let empty: Buffer | undefined

/** Tables without rows. */
function emptyDatabase(): Buffer {
  const pages = openConnection({ file: ':memory:', steps: [] })
  pages.pragma(`page_size = ${PAGE_SIZE}`)
  // With nothing written there is no size of pages to keep.
  pages.exec('CREATE TABLE something (value); DROP TABLE something')
  const tables = openConnection({ file: ':memory:', steps: INDEX_STEPS, image: pages.serialize() })
  const image = tables.serialize()
  for (const connection of [pages, tables]) connection.close()
  return image
}

function openDatabase(image: Buffer | undefined, nowMs: () => number): Database {
  empty ??= emptyDatabase()
  const connection = openConnection({ file: ':memory:', steps: INDEX_STEPS, image: image ?? empty })
  const totalChanges = connection.prepare('SELECT total_changes()').pluck()
  return {
    connection,
    sql: prepareStatements(connection, nowMs),
    changeCount: () => Number(totalChanges.get()),
  }
}

function configOf({ name, settleMinutes }: DeviceParts): Config {
  const config = initialConfig(name)
  if (settleMinutes === undefined) return config
  const versions = { ...config.settings.versions, settleMinutes }
  return { ...config, settings: { ...config.settings, versions } }
}

/** A fresh one each time: one shared promise would remember everybody who ever waited for it. */
const never = (): Promise<never> => new Promise(() => {})

/** A dead program opens nothing. */
function whileAlive(fileSystem: FileSystem, isAlive: () => boolean): FileSystem {
  const guard =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      isAlive() ? work(...args) : never()
  return {
    openRoot: guard((path) => fileSystem.openRoot(path)),
    realPath: guard((path) => fileSystem.realPath(path)),
    makePath: guard((path, mode) => fileSystem.makePath(path, mode)),
  }
}

/** Calls of a dead program never return; those of a living one take a turn. */
function neverDead<Operations>(job: Job<Operations>, isAlive: () => boolean): Job<Operations> {
  return {
    call: (async (name: never, argument: never, transfer: never) => {
      if (!isAlive()) return never()
      const result = await job.call(name, argument, transfer)
      return isAlive() ? result : never()
    }) as Job<Operations>['call'],
    close: () => job.close(),
  }
}
