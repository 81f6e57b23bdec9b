/**
 * An open regular file on disk. Promises that reads and writes are whole (short ones are
 * repeated) and that a closed handle never reaches a descriptor that was given to someone else.
 * Never opens anything: see disk-file-system.ts.
 */
import type { DiskCalls } from './disk-calls.ts'
import { fileStat } from './disk-stat.ts'
import { secondsText } from './disk-times.ts'
import { type DiskOperation, asDiskError, diskError } from './errno.ts'
import type { WriteHandle } from './file-system.ts'
import type { RelativePath } from './relative-path.ts'

/** Takes over `fd`; close() gives it back. */
export function diskHandle(calls: DiskCalls, fd: number, path: RelativePath): WriteHandle {
  let open = true
  const attempt = async <Result>(operation: DiskOperation, run: () => Promise<Result>): Promise<Result> => {
    if (!open) throw diskError('EBADF', operation, path)
    try {
      return await run()
    } catch (error) {
      throw asDiskError(error, operation, path)
    }
  }
  const readAll = async (into: Uint8Array, position: number): Promise<number> => {
    let done = 0
    while (done < into.length) {
      const count = await calls.read(fd, into, done, into.length - done, position + done)
      if (count === 0) break
      done += count
    }
    return done
  }
  const writeAll = async (bytes: Uint8Array, position: number): Promise<void> => {
    let done = 0
    while (done < bytes.length) {
      const count = await calls.write(fd, bytes, done, bytes.length - done, position + done)
      if (count === 0) throw diskError('EIO', 'handle-write', path)
      done += count
    }
  }
  const setMtime = async (mtimeNs: bigint): Promise<void> => {
    const seconds = secondsText(mtimeNs)
    await calls.futimes(fd, seconds, seconds)
  }
  return {
    stat: () => attempt('handle-stat', async () => fileStat(await calls.fstat(fd))),
    read: (into, position) => attempt('handle-read', () => readAll(into, position)),
    write: (bytes, position) => attempt('handle-write', () => writeAll(bytes, position)),
    truncate: (size) => attempt('handle-truncate', () => calls.ftruncate(fd, size)),
    setMode: (mode) => attempt('handle-set-mode', () => calls.fchmod(fd, mode)),
    setMtime: (mtimeNs) => attempt('handle-set-mtime', () => setMtime(mtimeNs)),
    sync: () => attempt('handle-sync', () => calls.fsync(fd)),
    close: async () => {
      if (!open) return
      open = false
      await calls.close(fd).catch((error: unknown) => {
        throw asDiskError(error, 'close', path)
      })
    },
  }
}
