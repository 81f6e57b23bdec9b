/**
 * The one entry of every worker thread: loads a job module by URL, opens it and answers calls.
 * Promises an answer to every call it receives. Never knows what a job does.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { transferOf } from './job-transfer.ts'
import { createOperationRunner } from './operation-runner.ts'
import type { OperationRunner } from './operation-runner.ts'
import { toPlainError } from './plain-error.ts'
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts'

interface JobModule {
  open(settings: unknown): object | Promise<object>
}

const port = parentPort
if (port === null) throw new Error('worker-entry.ts is started by worker-job.ts only')

function post(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  port!.postMessage(message, [...transfer])
}

async function answer(runner: OperationRunner, call: Extract<ToWorker, { kind: 'call' }>): Promise<void> {
  try {
    const value = await runner.run(call.name, call.argument)
    post({ kind: 'result', id: call.id, value }, transferOf(value))
  } catch (error) {
    post({ kind: 'error', id: call.id, error: toPlainError(error) })
  }
}

async function end(runner: OperationRunner): Promise<void> {
  try {
    await runner.close()
    post({ kind: 'closed', error: undefined })
  } catch (error) {
    post({ kind: 'closed', error: toPlainError(error) })
  }
}

try {
  const start = workerData as WorkerStart
  const module = (await import(start.moduleUrl)) as JobModule
  const runner = createOperationRunner(await module.open(start.settings))
  // Calls sent before this line wait in the port.
  port.on('message', (message: ToWorker) => {
    void (message.kind === 'call' ? answer(runner, message) : end(runner))
  })
} catch (error) {
  post({ kind: 'openFailed', error: toPlainError(error) })
}
