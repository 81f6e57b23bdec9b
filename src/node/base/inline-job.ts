/**
 * The inline host of a job: operations run on the caller's thread. Promises the caller what the
 * worker host promises: arguments and results are copies, transferred buffers are gone, errors
 * are PeerfoldErrors. Used by unit tests and the simulator, where nothing may run in parallel.
 */
import { copyOf } from './copy.ts'
import type { Job } from './job.ts'
import { transferOf } from './job-transfer.ts'
import { createOperationRunner } from './operation-runner.ts'
import { fromPlainError, toPlainError } from './plain-error.ts'

export function openInlineJob<Operations extends object>(operations: Operations): Job<Operations> {
  const runner = createOperationRunner(operations)

  async function call(
    name: string,
    argument: unknown,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<unknown> {
    try {
      const received = copyOf(argument, transfer)
      const result = await runner.run(name, received)
      return copyOf(result, transferOf(result))
    } catch (error) {
      throw fromPlainError(toPlainError(error))
    }
  }

  return { call: call as Job<Operations>['call'], close: () => runner.close() }
}
