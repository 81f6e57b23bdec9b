/** What the watcher makes of its worker's news and death. The worker here is a stand-in. */
import { describe, expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import type { Job } from '../../../src/node/base/job.ts'
import { createChokidarWatcher } from '../../../src/node/fs/chokidar-watcher.ts'
import type { WatchHint } from '../../../src/node/fs/file-system.ts'
import type { WatchJobOperations, WatchNews } from '../../../src/node/fs/watch-job.ts'

interface StandIn {
  readonly watched: { id: number; root: string }[]
  tell(news: WatchNews[]): void
  die(): void
  closed: boolean
}

function scene() {
  const clock = createFakeClock()
  const workers: StandIn[] = []
  const hints: WatchHint[] = []
  const errors: string[] = []
  const openJob = (onDeath: (error: Error) => void): Job<WatchJobOperations> => {
    let waiting = Promise.withResolvers<WatchNews[]>()
    const worker: StandIn = {
      watched: [],
      closed: false,
      tell: (news) => {
        waiting.resolve(news)
        waiting = Promise.withResolvers()
      },
      die: () => {
        const error = new PeerfoldError('INTERNAL', 'the worker failed')
        waiting.promise.catch(() => undefined)
        waiting.reject(error)
        onDeath(error)
      },
    }
    workers.push(worker)
    const call = async (name: string, argument: unknown): Promise<unknown> => {
      if (name === 'watch') worker.watched.push(argument as { id: number; root: string })
      if (name === 'stop') worker.tell([])
      return name === 'news' ? waiting.promise : undefined
    }
    return {
      call: call as Job<WatchJobOperations>['call'],
      close: async () => {
        worker.closed = true
      },
    }
  }
  const onError = (error: Error, root: string): void => void errors.push(`${root}: ${error.message}`)
  const watcher = createChokidarWatcher({ clock, onError, openJob })
  return { clock, workers, hints, errors, watcher, onHint: (hint: WatchHint): void => void hints.push(hint) }
}

describe('the chokidar watcher', () => {
  test('passes on hints and errors of the worker', async () => {
    const { clock, workers, hints, errors, watcher, onHint } = scene()
    await watcher.watch('/f', onHint)
    const { id } = workers[0]!.watched[0]!
    workers[0]!.tell([{ id, hints: ['a', undefined], errors: ['ENOSPC: no more watches'] }])
    await clock.advance(0)
    workers[0]!.tell([{ id, hints: ['b'], errors: [] }])
    await clock.advance(0)
    expect(hints).toEqual(['a', undefined, 'b'])
    expect(errors).toEqual(['/f: ENOSPC: no more watches'])
  })

  test('replaces a dead worker, watches again, and says to look everywhere before and after', async () => {
    const { clock, workers, hints, errors, watcher, onHint } = scene()
    await watcher.watch('/f', onHint)
    workers[0]!.die()
    expect(hints).toEqual([undefined])
    expect(errors).toEqual(['/f: the worker failed'])
    await clock.advance(999)
    expect(workers).toHaveLength(1)
    await clock.advance(1)
    expect(workers[1]!.watched.map(({ root }) => root)).toEqual(['/f'])
    expect(hints).toEqual([undefined, undefined])
    workers[1]!.tell([{ id: workers[1]!.watched[0]!.id, hints: ['a'], errors: [] }])
    await clock.advance(0)
    expect(hints).toEqual([undefined, undefined, 'a'])
  })

  test('replaces it more and more slowly when it keeps dying, and not once closed', async () => {
    const { clock, workers, watcher, onHint } = scene()
    await watcher.watch('/f', onHint)
    const births: number[] = []
    for (let death = 0; death < 8; death++) {
      const diedMs = clock.monotonicMs()
      workers.at(-1)!.die()
      const count = workers.length
      while (workers.length === count) await clock.advance(1_000)
      births.push(clock.monotonicMs() - diedMs)
    }
    expect(births).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    const count = workers.length
    workers.at(-1)!.die()
    await watcher.close()
    await clock.advance(600_000)
    expect(workers).toHaveLength(count)
  })

  test('closes its worker, twice without harm', async () => {
    const { workers, watcher, onHint } = scene()
    await watcher.watch('/f', onHint)
    await watcher.close()
    await watcher.close()
    expect(workers[0]!.closed).toBe(true)
  })
})
