/** One suite against both hosts of a job; then what only a thread can do: die. */
import { afterEach, describe, expect, it } from 'vitest'
import type { PeerfoldError } from '../../../src/node/base/errors.ts'
import type { Job } from '../../../src/node/base/job.ts'
import { openInlineJob, openWorkerJob } from '../../../src/node/base/job-hosts.ts'
import type { WorkerJobOptions } from '../../../src/node/base/job-hosts.ts'
import { open } from './echo-job.ts'
import type { EchoOperations, EchoSettings } from './echo-job.ts'

type Host = (settings: EchoSettings) => Job<EchoOperations>

const echoJob = new URL('./echo-job.ts', import.meta.url)
const inline: Host = (settings) => openInlineJob(open(settings))
const worker = (settings: EchoSettings, options?: WorkerJobOptions): Job<EchoOperations> =>
  openWorkerJob<EchoOperations>(echoJob, settings, options)

const jobs: Job<EchoOperations>[] = []
afterEach(async () => {
  await Promise.allSettled(jobs.splice(0).map((job) => job.close()))
})
function keep(job: Job<EchoOperations>): Job<EchoOperations> {
  jobs.push(job)
  return job
}

describe.each<[string, Host]>([
  ['inline', inline],
  ['worker', worker],
])('the %s host of a job', (_name, openHost) => {
  it('opens the module with its settings and returns what an operation returned', async () => {
    const job = keep(openHost({ greeting: 'hello' }))
    expect(await job.call('greet', { name: 'Ada' })).toBe('hello Ada')
  })

  it('carries bigints, maps and bytes both ways as copies', async () => {
    const job = keep(openHost({ greeting: '' }))
    const value = { big: 1760000000123456789n, map: new Map([['a', new Uint8Array([1, 2])]]) }
    const back = await job.call('echo', { value })
    expect(back).toEqual(value)
    expect(back).not.toBe(value)
  })

  it('takes a transferred buffer away from the caller', async () => {
    const job = keep(openHost({ greeting: '' }))
    const bytes = new Uint8Array(1000)
    expect(await job.call('length', { bytes }, [bytes.buffer])).toBe(1000)
    expect(bytes.length).toBe(0)
  })

  it('hands over buffers that the operation marked', async () => {
    const job = keep(openHost({ greeting: '' }))
    const { bytes } = await job.call('make', { size: 1 << 20 })
    expect(bytes.length).toBe(1 << 20)
    expect(bytes[(1 << 20) - 1]).toBe(7)
  })

  it('carries a PeerfoldError with code, message and facts', async () => {
    const job = keep(openHost({ greeting: '' }))
    await expect(job.call('refuse', { path: 'a/b' })).rejects.toMatchObject({
      name: 'PeerfoldError',
      code: 'DISK_FULL',
      message: 'no room',
      facts: { path: 'a/b', needed: 5 },
    })
  })

  it('turns any other error into INTERNAL', async () => {
    const job = keep(openHost({ greeting: '' }))
    await expect(job.call('stumble', {})).rejects.toMatchObject({ code: 'INTERNAL', message: 'wrong' })
    const missing = job.call('toString' as 'stumble', {})
    await expect(missing).rejects.toMatchObject({ code: 'INTERNAL' })
  })

  it('rejects an argument or a result that cannot be cloned and goes on', async () => {
    const job = keep(openHost({ greeting: 'still' }))
    await expect(job.call('echo', { value: () => 1 })).rejects.toMatchObject({ code: 'INTERNAL' })
    await expect(job.call('uncloneable', {})).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await job.call('greet', { name: 'here' })).toBe('still here')
  })

  it('lets running operations finish before it closes, and refuses new ones', async () => {
    const job = openHost({ greeting: '' })
    const waiting = job.call('wait', {})
    await job.call('release', {})
    const closing = job.close()
    await expect(job.call('greet', { name: 'late' })).rejects.toMatchObject({ code: 'CANCELLED' })
    await closing
    expect(await waiting).toBe('done')
    await job.close()
  })

  it('says when the job could not close', async () => {
    const job = openHost({ greeting: '', failClose: true })
    await job.call('greet', { name: '' })
    await expect(job.close()).rejects.toMatchObject({ code: 'IO_ERROR' })
  })
})

/** Opens a worker that is expected to die; `death` resolves with the report. */
function doomedWorker(settings: EchoSettings, options: WorkerJobOptions = {}) {
  const { promise: death, resolve } = Promise.withResolvers<PeerfoldError>()
  let reports = 0
  const onDeath = (error: PeerfoldError): void => {
    reports += 1
    resolve(error)
  }
  const job = worker(settings, { name: 'doomed', ...options, onDeath })
  return { job, death, reports: () => reports }
}

describe('a worker that dies', () => {
  it('rejects pending and later calls and is reported once', async () => {
    const { job, death, reports } = doomedWorker({ greeting: '' })
    const waiting = job.call('wait', {})
    const dying = job.call('die', { exitCode: 3 })
    await expect(waiting).rejects.toMatchObject({
      code: 'INTERNAL',
      facts: { worker: 'doomed', exitCode: 3 },
    })
    await expect(dying).rejects.toMatchObject({ code: 'INTERNAL' })
    await expect(job.call('greet', { name: '' })).rejects.toMatchObject({ code: 'INTERNAL' })
    expect((await death).facts).toMatchObject({ exitCode: 3 })
    await job.close()
    expect(reports()).toBe(1)
  })

  it('is reported with the error that nobody caught', async () => {
    const { job, death, reports } = doomedWorker({ greeting: '' })
    await job.call('throwLater', {}).catch(() => undefined) // may be answered before the throw
    expect(String((await death).cause)).toContain('nobody caught this')
    await job.close()
    expect(reports()).toBe(1)
  })

  it('dies of its own memory limit alone', async () => {
    const { job, death } = doomedWorker({ greeting: '' }, { resourceLimits: { maxOldGenerationSizeMb: 16 } })
    await expect(job.call('devour', {})).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await death).toMatchObject({ cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } })
    await job.close()
  })

  it('dies of the error with which its module could not be opened', async () => {
    const { job, death } = doomedWorker({ greeting: '', failOpen: true })
    await expect(job.call('greet', { name: '' })).rejects.toMatchObject({
      code: 'CONFIG_DAMAGED',
      facts: { greeting: 'no' },
    })
    expect(await death).toMatchObject({ code: 'CONFIG_DAMAGED' })
    await job.close()
  })

  it('is not reported when it was closed', async () => {
    const { job, reports } = doomedWorker({ greeting: 'hi' })
    expect(await job.call('greet', { name: 'you' })).toBe('hi you')
    await job.close()
    expect(reports()).toBe(0)
  })
})
