/** Frames that wait for their reader. */
import { expect, test } from 'vitest'
import { FrameQueue } from '../../../src/node/net/frame-queue.ts'

function setUp(highBytes = 1000) {
  const asked: string[] = []
  const queue = new FrameQueue(highBytes, {
    pause: () => void asked.push('pause'),
    resume: () => void asked.push('resume'),
  })
  return { queue, asked, reader: queue[Symbol.asyncIterator]() }
}

test('it asks once to pause above its bound, and once to go on below a quarter of it', async () => {
  const { queue, asked, reader } = setUp()
  for (let count = 0; count < 10; count++) queue.push(new Uint8Array(150))
  expect(asked).toEqual(['pause'])
  expect(queue.paused).toBe(true)
  for (let count = 0; count < 9; count++) await reader.next()
  expect(asked).toEqual(['pause', 'resume'])
  await reader.next()
  expect(queue.paused).toBe(false)
})

test('empty frames count too', () => {
  const { queue, asked } = setUp()
  for (let count = 0; count < 20; count++) queue.push(new Uint8Array(0))
  expect(asked).toEqual(['pause'])
})

test('the end ends a waiting reader, and what nobody read is not delivered', async () => {
  const { queue, reader } = setUp()
  const waiting = reader.next()
  queue.end()
  expect(await waiting).toEqual({ done: true, value: undefined })
  queue.push(Uint8Array.of(1))
  expect(await reader.next()).toEqual({ done: true, value: undefined })
})

test('a reader that leaves while waiting is let go, and the next one reads on', async () => {
  const { queue, reader } = setUp()
  const waiting = reader.next()
  await reader.return?.()
  expect((await waiting).done).toBe(true)
  queue.push(Uint8Array.of(1))
  for await (const frame of queue) {
    expect(frame).toEqual(Uint8Array.of(1))
    break
  }
})

test('two readers at a time are refused', async () => {
  const { queue, reader } = setUp()
  void reader.next()
  await expect(queue[Symbol.asyncIterator]().next()).rejects.toThrow('one reader')
  queue.end()
})
