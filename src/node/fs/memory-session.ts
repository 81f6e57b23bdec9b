/**
 * The engine's way to a memory disk. Promises that every call first passes the injected hook and
 * then happens in one step, and that nothing opened before a kill or crash ever answers again.
 * Never lets a failure through without its code, operation and path.
 */
import { type DiskOperation, asDiskError } from './errno.ts'

/** Awaited before every call; may wait, throw a PeerfoldError, or never resolve. */
export type YieldNow = (operation: DiskOperation, path: string) => Promise<void>

export interface MemorySession {
  /** Runs `step` without interruption, after the hook. `path` is absolute. */
  call<Result>(operation: DiskOperation, path: string, step: () => Result): Promise<Result>
}

export interface SessionHost {
  readonly yieldNow: YieldNow
  /** Counts kills and crashes. */
  generation(): number
  onWrite(): void
  /** Such a call was made, and this is what the disk answered. */
  onRefusal(operation: DiskOperation, error: unknown): void
}

const READING: ReadonlySet<DiskOperation> = new Set([
  ...(['open-root', 'real-path', 'enter', 'lstat', 'list', 'read-link', 'open-read', 'open-write'] as const),
  ...(['free-bytes', 'handle-stat', 'handle-read', 'close'] as const),
])

/** What a call of a killed program comes to: it is never heard of again. */
function never(): Promise<never> {
  return new Promise(() => {})
}

export function memorySession(host: SessionHost): MemorySession {
  const born = host.generation()
  const isDead = (): boolean => host.generation() !== born
  return {
    call: async (operation, path, step) => {
      if (isDead()) return never()
      await host.yieldNow(operation, path)
      if (isDead()) return never()
      if (!READING.has(operation)) host.onWrite()
      try {
        return step()
      } catch (error) {
        const refusal = asDiskError(error, operation, path)
        host.onRefusal(operation, refusal)
        throw refusal
      }
    },
  }
}
