/**
 * The people at a memory disk. Promises that what they do is durable at once and asks no
 * permission; it happens in one step, without passing the engine's hook. Paths are absolute.
 * Never part of the engine.
 */
import { diskError } from './errno.ts'
import { type Inode, makeDurable } from './memory-inode.ts'
import type { NameChange } from './memory-journal.ts'
import { resolveInode, resolvePlace } from './memory-paths.ts'
import { MemoryErrno, type MemoryState, type Place } from './memory-state.ts'

export interface MemoryUser {
  /** Creates the file, or replaces its content in place (same inode). */
  write(path: string, bytes: Uint8Array | string, options?: { mode?: number; mtimeNs?: bigint }): void
  /** Changes part of an existing file in place. */
  writeAt(path: string, bytes: Uint8Array, position: number): void
  read(path: string): Uint8Array
  /** Removes a file, link or whole directory; nothing happens when it is absent. */
  remove(path: string): void
  rename(from: string, to: string): void
  link(from: string, to: string): void
  /** Creates a directory and those above it. */
  mkdir(path: string, mode?: number): void
  symlink(target: string, path: string): void
  chmod(path: string, mode: number): void
  setMtime(path: string, mtimeNs: bigint): void
  /** A FIFO, socket or device. */
  makeOther(path: string): void
  /** A name that is not valid UTF-8, listed as `shown`. */
  plantUnusableName(directory: string, shown: string): void
  /** When lstat says that it was touched last. */
  touchedNs(path: string): bigint
  /** Bit rot: other bytes, but every number lstat tells stays as it is. */
  rot(path: string, position: number): void
}

export function memoryUser(state: MemoryState, changed: (path: string) => void): MemoryUser {
  const textToBytes = (bytes: Uint8Array | string): Uint8Array =>
    typeof bytes === 'string' ? new TextEncoder().encode(bytes) : Uint8Array.from(bytes)

  /** Runs one step, makes it durable with everything it rests on, and tells the watcher. */
  const act = (path: string, step: () => NameChange | Inode | undefined): void => {
    try {
      settle(step())
    } catch (error) {
      if (error instanceof MemoryErrno) throw diskError(error.code, 'enter', path, error)
      throw error
    }
    changed(path)
  }
  const settle = (done: NameChange | Inode | undefined): void => {
    if (done === undefined) return
    if ('edits' in done) {
      state.journal.settle(done)
      for (const { directory } of done.edits) makeDurable(directory)
      done.inodes.forEach(makeDurable)
    } else {
      state.journal.settleInodes([done])
      makeDurable(done)
    }
  }
  /** A place whose directories are there after a power cut too. */
  const durablePlace = (path: string): Place => {
    const { above } = resolvePlace(state, path)
    state.journal.settleInodes(above)
    return resolvePlace(state, path)
  }
  const existing = (path: string): Inode => {
    const { entry } = durablePlace(path)
    if (entry === undefined) throw new MemoryErrno('ENOENT')
    return entry.inode
  }
  const setBytes = (inode: Inode, bytes: Uint8Array): Inode => {
    if (inode.kind !== 'file') throw new MemoryErrno('EISDIR')
    state.setContent(inode, bytes.length, () => inode.content.replace(bytes))
    return inode
  }
  const create = (place: Place, bytes: Uint8Array, mode: number): NameChange => {
    const inode = state.make('file', mode)
    const change = state.add(place, inode)
    setBytes(inode, bytes)
    return change
  }
  const empty = (directory: Inode): void => {
    for (const [key, { inode }] of [...directory.entries]) {
      empty(inode)
      settle(state.change({ edits: [{ directory, key, entry: undefined }], inodes: [inode], above: [] }))
    }
  }
  const removeTree = (path: string): void => {
    const { entry } = resolvePlace(state, path)
    if (entry === undefined) return
    act(path, () => {
      empty(entry.inode)
      return state.remove(durablePlace(path))
    })
  }
  const user: MemoryUser = {
    write: (path, bytes, options = {}) => {
      const content = textToBytes(bytes)
      act(path, () => {
        const place = durablePlace(path)
        if (place.entry === undefined) return create(place, content, options.mode ?? 0o644)
        return setBytes(place.entry.inode, content)
      })
      if (options.mode !== undefined) user.chmod(path, options.mode)
      if (options.mtimeNs !== undefined) user.setMtime(path, options.mtimeNs)
    },
    writeAt: (path, bytes, position) =>
      act(path, () => {
        const inode = existing(path)
        const size = Math.max(inode.content.size, position + bytes.length)
        state.setContent(inode, size, () => inode.content.write(bytes, position))
        return inode
      }),
    read: (path) => resolveInode(state, path).content.share(),
    remove: removeTree,
    rename: (from, to) => {
      act(to, () => {
        const source = durablePlace(from)
        return state.rename(source, durablePlace(to))
      })
      changed(from)
    },
    link: (from, to) =>
      act(to, () => {
        const source = durablePlace(from)
        return state.link(source, durablePlace(to))
      }),
    mkdir: (path, mode = 0o755) => {
      const names = path.split('/').filter((name) => name !== '')
      names.forEach((_, depth) => {
        const directory = `/${names.slice(0, depth + 1).join('/')}`
        if (resolvePlace(state, directory).entry !== undefined) return
        act(directory, () => state.add(durablePlace(directory), state.make('directory', mode)))
      })
    },
    symlink: (target, path) =>
      act(path, () => state.add(durablePlace(path), state.make('symlink', 0o777, target))),
    chmod: (path, mode) =>
      act(path, () => {
        const inode = existing(path)
        state.setMetadata(inode, { mode })
        return inode
      }),
    setMtime: (path, mtimeNs) =>
      act(path, () => {
        const inode = existing(path)
        state.setMetadata(inode, { mtimeNs })
        return inode
      }),
    makeOther: (path) => act(path, () => state.add(durablePlace(path), state.make('other', 0o644))),
    plantUnusableName: (directory, shown) =>
      act(directory, () => {
        const place = durablePlace(`${directory}/${shown}`)
        const inode = state.make('file', 0o644)
        // No name can contain a slash, so this key is never asked for.
        const edit = {
          directory: place.directory,
          key: `/${shown}`,
          entry: { name: undefined, shown, inode },
        }
        return state.change({ edits: [edit], inodes: [inode], above: [] })
      }),
    touchedNs: (path) => resolveInode(state, path).now.ctimeNs,
    rot: (path, position) => {
      const inode = resolveInode(state, path)
      const bytes = Uint8Array.from(inode.content.share())
      bytes[position] = (bytes[position] ?? 0) ^ 1
      inode.content.replace(bytes)
      inode.durableContent = bytes
    },
  }
  return user
}
