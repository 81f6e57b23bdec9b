/**
 * The node on a real machine: disk, threads, sockets, HOME. Promises one daemon per home, that a
 * damaged configuration stops the start and a damaged index is set aside and rebuilt, and that
 * whatever was opened is closed again when a start fails half-way. Never decides anything about
 * files.
 */
import type { RpcPort } from './api/message-port.ts'
import { systemClock } from './base/clock.ts'
import type { Clock } from './base/clock.ts'
import { codeOf, PeerfoldError, textOf } from './base/errors.ts'
import { openWorkerJob } from './base/job-hosts.ts'
import type { Job } from './base/job.ts'
import { jsonLog } from './base/log.ts'
import type { Log } from './base/log.ts'
import { systemRandom } from './base/random.ts'
import type {
  Exported,
  ExportProgress,
  ExportRequest,
  Offline,
  ServeHandle,
  ServeOptions,
} from './cli/offline.ts'
import { encodeConfig, initialConfig, parseConfig } from './config/config-file.ts'
import { createConfigStore } from './config/config-store.ts'
import type { ConfigStore } from './config/config-store.ts'
import type { Config } from './config/schema.ts'
import { DEFAULT_SETTINGS } from './config/settings.ts'
import { lockHome } from './db/home-lock.ts'
import { exportVersions } from './durability/export.ts'
import { checkedFile } from './fs/checked-file.ts'
import { createChokidarWatcher } from './fs/chokidar-watcher.ts'
import { openFace } from './face.ts'
import { createDiskFileSystem } from './fs/disk-file-system.ts'
import type { FolderRoot } from './fs/file-system.ts'
import { homeFile } from './fs/home-files.ts'
import { directoryWith, plainDirectory } from './fs/plain-directory.ts'
import type { IndexOperations } from './index/index-port.ts'
import { openAddressBook } from './net/address-book.ts'
import { deviceIdOf, generateIdentity } from './net/identity.ts'
import { createNetwork } from './net/libp2p-network.ts'
import { createNode } from './node.ts'
import { openNotices } from './observe/notices.ts'
import type { Notices } from './observe/notices.ts'
import { BLOCK_JOB_URL } from './store/block-job.ts'
import type { BlockOperations } from './store/block-job.ts'
import type { WalkOperations } from './sync/walk-job.ts'

/** Files of a home. */
const IDENTITY = 'identity.key'
const CONFIG = 'config.json'
const MARK = 'sequences.json'
const ADDRESSES = 'addresses.json'
const NOTICES = 'notices.json'
const DATABASE = 'index.db'

const fileSystem = createDiskFileSystem()

export const offline: Offline = {
  initHome,
  readIdentity,
  serve: (home, options) => runNode(home, options),
  exportVersions: exportFolder,
}

async function initHome(home: string, name: string): Promise<{ id: string; name: string }> {
  await fileSystem.makePath(home, 0o700)
  return withHome(home, async (root) => {
    const identity = homeFile(root, IDENTITY, { keepPrevious: false })
    if ((await identity.read()) !== undefined)
      throw new PeerfoldError('ALREADY_INITIALISED', 'this home has an identity already', { home })
    // The key comes last: a home without one was not finished, and nothing trusts it yet.
    const config = homeFile(root, CONFIG)
    const before = await config.read()
    if (before !== undefined && !isFresh(parseConfig(before)))
      throw new PeerfoldError('IDENTITY_DAMAGED', 'the configuration is there, the key is not', { home })
    const made = initialConfig(name.trim())
    await config.replace(encodeConfig(made))
    const key = generateIdentity()
    await identity.replace(key)
    return { id: deviceIdOf(key), name: made.device.name }
  })
}

function isFresh({ devices, folders }: Config): boolean {
  return devices.length === 0 && folders.length === 0
}

async function readIdentity(home: string): Promise<{ id: string }> {
  return withHome(home, async (root) => ({ id: deviceIdOf(await readKey(root)) }))
}

async function readKey(root: FolderRoot): Promise<Uint8Array> {
  const bytes = await homeFile(root, IDENTITY).read()
  if (!bytes) throw new PeerfoldError('NOT_INITIALISED', 'this home has no identity', { home: root.path })
  try {
    deviceIdOf(bytes)
    return bytes
  } catch (cause) {
    throw new PeerfoldError('IDENTITY_DAMAGED', 'the device key cannot be read', { home: root.path }, cause)
  }
}

async function withHome<T>(home: string, work: (root: FolderRoot) => Promise<T>): Promise<T> {
  const root = await openHome(home)
  try {
    return await work(root)
  } finally {
    await root.close()
  }
}

async function openHome(home: string): Promise<FolderRoot> {
  try {
    return await fileSystem.openRoot(home)
  } catch (error) {
    if (codeOf(error) !== 'FOLDER_PATH_MISSING') throw error
    throw new PeerfoldError('NOT_INITIALISED', 'there is no such home', { home }, error)
  }
}

// ---- the daemon ------------------------------------------------------------------------------

/** Steps to undo, last first; each runs even when another fails. */
class Cleanup {
  readonly #steps: (() => Promise<unknown> | void)[] = []

  add(step: () => Promise<unknown> | void): void {
    this.#steps.push(step)
  }

  async run(log: Log): Promise<void> {
    for (const step of this.#steps.splice(0).toReversed()) {
      try {
        await step()
      } catch (error) {
        log.error('a part did not stop in order', { reason: textOf(error) })
      }
    }
  }
}

export interface RunOptions extends ServeOptions {
  /** Whether there is a door for browsers and programs; without one only connect() reaches the node. */
  readonly door?: boolean
}

export interface RunningNode extends ServeHandle {
  /** Serves the contract to our own window, whose port this is. */
  connect(port: RpcPort): void
  /** Root of a folder on the disk; undefined when there is no such folder. */
  findFolderPath(folder: string): string | undefined
}

/** Runs the node until it is stopped, and resolves when it serves; see Offline.serve. */
export async function runNode(home: string, options: RunOptions): Promise<RunningNode> {
  const clock = systemClock()
  const write = (line: string): void => void process.stderr.write(`${line}\n`)
  const log = jsonLog(write, options.logLevel ?? 'info', () => clock.nowMs())
  const cleanup = new Cleanup()
  try {
    const failed = Promise.withResolvers<PeerfoldError>()
    const handle = await start(home, options, { clock, log, cleanup, fail: failed.resolve })
    const stopped = Promise.race([
      handle.stopped,
      failed.promise.then(async (error) => {
        log.error('a worker died; the node ends', { reason: error.message, ...error.facts })
        await cleanup.run(log)
        throw error
      }),
    ])
    return { ...handle, stopped }
  } catch (error) {
    await cleanup.run(log)
    throw error
  }
}

interface StartParts {
  readonly clock: Clock
  readonly log: Log
  readonly cleanup: Cleanup
  /** A part that the node cannot do without is gone: the process ends, for its supervisor to restart. */
  fail(error: PeerfoldError): void
}

async function start(home: string, options: RunOptions, parts: StartParts): Promise<RunningNode> {
  const { clock, log, cleanup, fail } = parts
  const random = systemRandom()
  const root = await openHome(home)
  cleanup.add(() => root.close())
  const key = await readKey(root)
  const lock = await lockHome(root.path)
  cleanup.add(() => lock.release())
  const config = await openConfig(root)
  const { settings } = config.get()
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default

  const notices = await openNoticeList(root, parts)
  await noticePutBack(root, notices)
  // Nobody can send back what this device deleted alone.
  const shared = config.get().folders.filter(({ devices }) => devices.length > 0)
  const index = await openIndex(root, deviceIdOf(key), parts, async (kept) => {
    const params = kept === undefined ? {} : { kept }
    for (const { id: folder } of shared) await notices.add('index-lost', { folder, params })
  })
  cleanup.add(() => index.close())
  const walks = openWorkerJob<WalkOperations>(new URL('./sync/walk-job.ts', import.meta.url), undefined, {
    name: 'walks',
    onDeath: fail,
  })
  cleanup.add(() => walks.close())
  const blocks = openWorkerJob<BlockOperations>(
    BLOCK_JOB_URL,
    {},
    {
      name: 'blocks',
      onDeath: fail,
    },
  )
  cleanup.add(() => blocks.close())
  const watcher = createChokidarWatcher({
    clock,
    onError: (error, folder) => log.warn('watching has gaps', { folder, reason: error.message }),
  })
  cleanup.add(() => watcher.close())

  const addresses = homeFile(root, ADDRESSES, { keepPrevious: false })
  const listen = options.listen ?? (isDefault(settings.listen) ? undefined : settings.listen)
  const network = createNetwork(
    { clock, random, log, privateKey: key, addressBook: await openAddressBook(addresses, log) },
    { listen, discovery: options.discovery ?? settings.discovery },
  )
  const stopped = Promise.withResolvers<void>()
  const markFile = checkedFile(homeFile(root, MARK, { keepPrevious: false }), () => {
    log.error('the high-water mark is damaged; every folder is announced anew', { file: MARK })
    void notices.add('mark-damaged')
  })
  const wish = Promise.withResolvers<void>()
  const node = await createNode({
    fileSystem,
    watcher,
    network,
    index,
    walks,
    blocks,
    config,
    markFile,
    notices,
    place: await placeOf(root),
    clock,
    random,
    log,
    version,
    home: await fileSystem.realPath(home),
    requestStop: () => wish.resolve(),
  })
  cleanup.add(() => node.close())
  await node.start()
  const face = await openFace(
    {
      home: root,
      node,
      device: node.id,
      interface: await builtInterface(),
      clock,
      random,
      log,
      version,
    },
    options.door === false ? undefined : { ...settings.api, ...options.api },
  )
  cleanup.add(() => face.close())
  log.info('node is up', { id: node.id, url: face.url, listening: network.listening() })

  const stop = (): Promise<void> => {
    cleanup.run(log).then(stopped.resolve, stopped.reject)
    return stopped.promise
  }
  void wish.promise.then(stop)
  return {
    url: face.url ?? '',
    id: node.id,
    listening: network.listening(),
    invite: face.invite,
    connect: face.connect,
    findFolderPath: (folder) => config.get().folders.find(({ id }) => id === folder)?.path,
    stop,
    stopped: stopped.promise,
  }
}

/** A copy of a home has other inodes, be it on another machine or put back from a backup. */
async function placeOf(root: FolderRoot): Promise<string> {
  const [home, database] = await Promise.all([root.lstat(''), root.lstat(DATABASE)])
  return `${home?.inode}/${database?.inode}`
}

/** Only a listed address binds the node to it; the default may fall back to a free port. */
function isDefault(listen: readonly string[]): boolean {
  return JSON.stringify(listen) === JSON.stringify(DEFAULT_SETTINGS.listen)
}

async function openConfig(root: FolderRoot): Promise<ConfigStore> {
  try {
    return await createConfigStore(homeFile(root, CONFIG))
  } catch (error) {
    // There is a key, so there was a configuration: its absence is damage, never an empty list.
    if (codeOf(error) !== 'NOT_INITIALISED') throw error
    throw new PeerfoldError('CONFIG_DAMAGED', 'the configuration is missing', { home: root.path }, error)
  }
}

async function openNoticeList(root: FolderRoot, { clock, log }: StartParts): Promise<Notices> {
  let isDamaged = false
  const file = checkedFile(homeFile(root, NOTICES, { keepPrevious: false }), () => (isDamaged = true))
  const notices = await openNotices(file, clock, log)
  if (isDamaged) {
    log.error('the list of notices is damaged; it begins anew', { file: NOTICES })
    await notices.add('notices-lost')
  }
  return notices
}

/** Every change makes the copy differ from the configuration: where it does not, it was put back. */
async function noticePutBack(root: FolderRoot, notices: Notices): Promise<void> {
  const file = homeFile(root, CONFIG)
  const [now, before] = await Promise.all([file.read(), file.readPrevious()])
  if (!now || !before || Buffer.compare(now, before) !== 0) return
  await notices.add('config-put-back')
  // Said once: it holds nothing else.
  await root.unlink(`${CONFIG}.previous`)
}

/**
 * A damaged database is set aside, said, and made anew, and so is one that is gone: everything in it can
 * be rebuilt but the memory of deletions. `onLoss` ends before the traces of the loss do.
 */
async function openIndex(
  root: FolderRoot,
  self: string,
  parts: StartParts,
  onLoss: (kept?: string) => Promise<void>,
): Promise<Job<IndexOperations>> {
  const { log, clock } = parts
  // There is one from the first start on; before it no folder can be shared.
  if ((await root.lstat(DATABASE)) === undefined) await onLoss()
  try {
    return await openIndexOnce(root, self, parts)
  } catch (error) {
    if (codeOf(error) !== 'DATABASE_DAMAGED') throw error
    const suffix = `damaged-${Math.trunc(clock.nowMs())}`
    const kept = `${DATABASE}.${suffix}`
    log.error('the index is damaged; it is set aside and rebuilt', { reason: textOf(error), kept })
    await onLoss(kept)
    for (const tail of ['', '-wal', '-shm']) {
      const name = `${DATABASE}${tail}`
      if ((await root.lstat(name)) !== undefined) await root.rename(name, `${name}.${suffix}`)
    }
    return openIndexOnce(root, self, parts)
  }
}

async function openIndexOnce(
  root: FolderRoot,
  self: string,
  { fail }: StartParts,
): Promise<Job<IndexOperations>> {
  const settings = { file: `${root.path}/${DATABASE}`, self }
  let isOpen = false
  const index = openWorkerJob<IndexOperations>(new URL('./index/index-job.ts', import.meta.url), settings, {
    name: 'index',
    // A file that cannot be opened is the caller's matter.
    onDeath: (error) => isOpen && fail(error),
  })
  // Any question: the worker opens the file before it answers the first.
  await index.call('findContent', { contentHash: '', folders: [], limit: 1 })
  isOpen = true
  return index
}

/** The interface as the build left it, beside our package.json, wherever that is. */
async function builtInterface() {
  const root = await directoryWith('package.json', import.meta.dirname)
  return root === undefined ? undefined : plainDirectory(`${root}/dist/renderer`)
}

// ---- without a daemon ------------------------------------------------------------------------

async function exportFolder(
  { home, folder, to }: ExportRequest,
  onProgress: (done: ExportProgress) => void,
): Promise<Exported> {
  const path = await folderPath(home, folder)
  const from = await fileSystem.openRoot(path)
  try {
    await fileSystem.makePath(to, 0o755)
    const [inside, outside] = [await fileSystem.realPath(path), await fileSystem.realPath(to)]
    if (outside === inside || outside.startsWith(`${inside}/`))
      throw new PeerfoldError('FOLDER_PATH_OVERLAPS', 'the target lies inside the folder', { to })
    const target = await fileSystem.openRoot(to)
    try {
      const result = await exportVersions(from, target, {
        onProgress: ({ done, total }) => onProgress({ files: done, total }),
      })
      const { exported, bytes, problems } = result
      return {
        files: exported,
        bytes,
        problems: problems.map(({ path, code, message }) => ({ path, code, message })),
      }
    } finally {
      await target.close()
    }
  } finally {
    await from.close()
  }
}

/** A folder id of this home, else the path of a folder's directory: works without any configuration. */
async function folderPath(home: string, folder: string): Promise<string> {
  try {
    const bytes = await withHome(home, (root) => homeFile(root, CONFIG).read())
    const known = bytes && parseConfig(bytes).folders.find(({ id }) => id === folder)
    if (known) return known.path
  } catch (error) {
    if (!folder.includes('/')) throw error
    // A damaged home must not keep old content from being saved: the path is enough.
  }
  if (!folder.includes('/'))
    throw new PeerfoldError('FOLDER_NOT_FOUND', 'this home has no such folder', { folder })
  return folder
}
