/** Snapshots under a clock of their own. */
import { describe, expect, test } from 'vitest'
import { Feed, SNAPSHOT_INTERVAL_MS } from '../../../src/node/api/feed.ts'
import { fakeNode } from '../../support/fake-node.ts'
import { manualClock } from '../../support/manual-clock.ts'

function feedOf() {
  const node = fakeNode()
  const clock = manualClock()
  const feed = new Feed({ read: () => node.status(), onChange: (listener) => node.onChange(listener) }, clock)
  const asked = () => node.calls.filter((call) => call === 'status').length
  return { node, clock, feed, asked }
}

/** Lets everything that is ready run. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('a feed', () => {
  test('asks nothing while nobody watches', async () => {
    const { node, asked } = feedOf()
    node.change()
    await settle()
    expect([asked(), node.listeners.size]).toEqual([0, 0])
  })

  test('asks at most four times a second, however much changes', async () => {
    const { node, clock, feed, asked } = feedOf()
    const watch = feed.watch()
    await watch.next()
    const before = asked()
    const taking = (async () => {
      let taken = 0
      for await (const _ of watch) taken++
      return taken
    })()
    for (let time = 0; time < 1_000; time += 10) {
      node.change()
      clock.advance(10)
      await settle()
    }
    clock.advance(SNAPSHOT_INTERVAL_MS)
    await settle()
    feed.stop()
    const taken = await taking
    expect(asked() - before).toBeGreaterThanOrEqual(4)
    expect(asked() - before).toBeLessThanOrEqual(6)
    expect(taken).toBe(asked() - before)
  })

  test('shows the last change, also when it came while the node was being asked', async () => {
    const { node, clock, feed } = feedOf()
    const watch = feed.watch()
    await watch.next()
    const { status } = node
    node.status = async () => {
      const answer = await status()
      node.status = status
      await node.addFolder({ id: 'late', path: '/late', devices: [] })
      node.change()
      return answer
    }
    node.change()
    clock.advance(0)
    expect((await watch.next()).value?.folders).toHaveLength(0)
    await settle()
    clock.advance(SNAPSHOT_INTERVAL_MS)
    expect((await watch.next()).value?.folders).toHaveLength(1)
    await watch.return()
  })

  test('a first snapshot that is read slowly does not hide a newer one that came meanwhile', async () => {
    const { node, clock, feed } = feedOf()
    const { status } = node
    const slow = Promise.withResolvers<void>()
    const old = await status()
    node.status = async () => {
      node.status = status
      await slow.promise
      return old
    }
    const watch = feed.watch()
    const first = watch.next()
    await node.addFolder({ id: 'late', path: '/late', devices: [] })
    node.change()
    clock.advance(0)
    await settle()
    slow.resolve()
    expect((await first).value?.folders).toHaveLength(1)
    await watch.return()
  })

  test('asks once for all who watch, and gives a slow one only the newest', async () => {
    const { node, clock, feed, asked } = feedOf()
    const quick = feed.watch()
    const slow = feed.watch()
    await quick.next()
    await slow.next()
    const before = asked()
    for (const id of ['a', 'b', 'c']) {
      await node.addFolder({ id, path: `/${id}`, devices: [] })
      node.change()
      clock.advance(SNAPSHOT_INTERVAL_MS)
      await quick.next()
    }
    expect(asked() - before).toBe(3)
    expect((await slow.next()).value?.folders).toHaveLength(3)
    await quick.return()
    expect(node.listeners.size).toBe(1)
    await slow.return()
    expect(node.listeners.size).toBe(0)
  })

  test('throws to its watchers what the node throws, and serves the next one', async () => {
    const { node, clock, feed } = feedOf()
    const watch = feed.watch()
    await watch.next()
    const { status } = node
    node.status = () => Promise.reject(new Error('the index is gone'))
    node.change()
    clock.advance(SNAPSHOT_INTERVAL_MS)
    await expect(watch.next()).rejects.toThrow('the index is gone')
    expect(node.listeners.size).toBe(0)
    node.status = status
    const again = feed.watch()
    expect((await again.next()).done).toBe(false)
    await again.return()
  })

  test('ends a watch that waits when it is aborted, or when the feed stops', async () => {
    const { node, feed } = feedOf()
    const controller = new AbortController()
    const aborted = feed.watch(controller.signal)
    const stopped = feed.watch()
    await aborted.next()
    await stopped.next()
    const ends = Promise.all([aborted.next(), stopped.next()])
    controller.abort()
    feed.stop()
    expect((await ends).map((end) => end.done)).toEqual([true, true])
    expect(node.listeners.size).toBe(0)
  })
})
