/** The two lanes for reading: one file at a time each, the short one free of the long one. */
import { describe, expect, it } from 'vitest'
import { createReadWindows, SHORT_LANE_BYTES } from '../../../src/node/store/read-windows.ts'

describe('read windows', () => {
  it('lend one window to one file at a time, in order', async () => {
    const windows = createReadWindows()
    const events: string[] = []
    const { promise: firstMayEnd, resolve: endFirst } = Promise.withResolvers<void>()
    const first = windows.withWindow(1, async (window) => {
      events.push('first begins')
      await firstMayEnd
      events.push('first ends')
      return window
    })
    const second = windows.withWindow(1, async (window) => {
      events.push('second begins')
      return window
    })
    endFirst()
    expect(await first).toBe(await second)
    expect(events).toEqual(['first begins', 'first ends', 'second begins'])
  })

  it('let short files pass while a long one is read', async () => {
    const windows = createReadWindows()
    const { promise: longMayEnd, resolve: endLong } = Promise.withResolvers<void>()
    let longEnded = false
    const long = windows.withWindow(SHORT_LANE_BYTES + 1, async (window) => {
      await longMayEnd
      longEnded = true
      return window
    })
    const short = await windows.withWindow(SHORT_LANE_BYTES, async (window) => window)
    expect(longEnded).toBe(false)
    endLong()
    expect(await long).not.toBe(short)
  })

  it('go on after a file failed', async () => {
    const windows = createReadWindows()
    const failing = windows.withWindow(1, async () => Promise.reject(new RangeError('unreadable')))
    await expect(failing).rejects.toMatchObject({ message: 'unreadable' })
    expect(await windows.withWindow(1, async () => 'read')).toBe('read')
  })
})
