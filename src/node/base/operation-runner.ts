/**
 * What both hosts of a job do around its operations. Promises that an operation is looked up by
 * its own name only, that running ones can be waited for, and that a job's `close` runs once,
 * last. Never runs an operation after closing has begun.
 */
import { PeerfoldError } from './errors.ts'

type Operation = (argument: unknown) => Promise<unknown>

export interface OperationRunner {
  run(name: string, argument: unknown): Promise<unknown>
  /** Waits for what runs, then lets the job let go of what it holds (its operation `close`, if any). */
  close(): Promise<void>
}

export function createOperationRunner(operations: object): OperationRunner {
  const running = new Set<Promise<unknown>>()
  let closed: Promise<void> | undefined

  async function closeAll(): Promise<void> {
    await Promise.allSettled(running)
    if (Object.hasOwn(operations, 'close')) await findOperation(operations, 'close')(undefined)
  }

  return {
    async run(name, argument) {
      if (closed !== undefined) throw jobClosed(name)
      const result = findOperation(operations, name)(argument)
      running.add(result)
      try {
        return await result
      } finally {
        running.delete(result)
      }
    },
    close: () => (closed ??= closeAll()),
  }
}

export function jobClosed(operation: string): PeerfoldError {
  return new PeerfoldError('CANCELLED', 'the job is closed', { operation })
}

function findOperation(operations: object, name: string): Operation {
  const operation = Object.hasOwn(operations, name) ? Reflect.get(operations, name) : undefined
  if (typeof operation !== 'function') {
    throw new PeerfoldError('INTERNAL', 'the job has no such operation', { operation: name })
  }
  // async: an operation that throws before its first await must reject like any other.
  return async (argument) => (operation as Operation).call(operations, argument)
}
