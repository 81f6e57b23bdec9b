/** An open file of the memory disk. Promises to reach its inode even after the name is gone. */
import type { WriteHandle } from './file-system.ts'
import { type Inode, makeDurable } from './memory-inode.ts'
import type { MemorySession } from './memory-session.ts'
import { MemoryErrno, type MemoryState } from './memory-state.ts'
import type { DiskOperation } from './errno.ts'

export function memoryHandle(
  state: MemoryState,
  session: MemorySession,
  inode: Inode,
  path: string,
  changed: () => void,
): WriteHandle {
  let open = true
  state.open(inode)
  const call = <Result>(operation: DiskOperation, step: () => Result): Promise<Result> =>
    session.call(operation, path, () => {
      if (!open) throw new MemoryErrno('EBADF')
      return step()
    })
  const change = (operation: DiskOperation, step: () => void): Promise<void> =>
    call(operation, () => {
      step()
      changed()
    })
  return {
    stat: () => call('handle-stat', () => state.statOf(inode)),
    read: (into, position) => call('handle-read', () => inode.content.read(into, position)),
    write: (bytes, position) => {
      // A real write takes the bytes when it is called, not when the disk gets round to it.
      const taken = Uint8Array.from(bytes)
      return change('handle-write', () => {
        const sizeAfter = Math.max(inode.content.size, position + taken.length)
        state.setContent(inode, sizeAfter, () => inode.content.write(taken, position))
      })
    },
    truncate: (size) =>
      change('handle-truncate', () => state.setContent(inode, size, () => inode.content.truncate(size))),
    setMode: (mode) => change('handle-set-mode', () => state.setMetadata(inode, { mode })),
    setMtime: (mtimeNs) => change('handle-set-mtime', () => state.setMetadata(inode, { mtimeNs })),
    sync: () => call('handle-sync', () => makeDurable(inode)),
    close: () =>
      session.call('close', path, () => {
        if (!open) return
        open = false
        state.closeHandle(inode)
      }),
  }
}
