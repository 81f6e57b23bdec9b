import { describe, expect, test } from 'vitest'
import { Arrivals, type Picture } from '../../../src/node/cli/demo-arrivals.ts'
import type { FileStat } from '../../../src/node/fs/file-system.ts'

function file(size: number, mtimeMs: number, ctimeMs: number): FileStat {
  const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n
  return {
    kind: 'file',
    size,
    mode: 0o644,
    mtimeNs: ns(mtimeMs),
    ctimeNs: ns(ctimeMs),
    inode: 1n,
    device: 1n,
    links: 1,
  }
}

const folder = (files: Record<string, FileStat> = {}): Picture => new Map(Object.entries(files))
const saved = file(5, 1_000, 1_000)
const arrived = file(5, 1_000, 1_130)

describe('what moved between two folders', () => {
  test('a file on one side only, or in two states, has not arrived', () => {
    const arrivals = new Arrivals()
    expect(arrivals.look([folder({ a: saved }), folder()], 0)).toEqual([])
    expect(arrivals.look([folder({ a: saved }), folder({ a: file(4, 1_000, 1_130) })], 0)).toEqual([])
    expect(arrivals.count).toBe(0)
  })

  test.each([
    { from: 0, pictures: [folder({ a: saved }), folder({ a: arrived })] },
    { from: 1, pictures: [folder({ a: arrived }), folder({ a: saved })] },
  ] as const)(
    'the side $from that has the older change is where it came from, told once',
    ({ from, pictures }) => {
      const arrivals = new Arrivals()
      const movement = { kind: 'arrived', path: 'a', from, bytes: 5, afterMs: 130 }
      expect(arrivals.look(pictures, 0)).toEqual([movement])
      expect(arrivals.look(pictures, 100)).toEqual([])
    },
  )

  test('a deletion that no look caught halfway is told without a direction', () => {
    const arrivals = new Arrivals()
    arrivals.look([folder({ a: saved }), folder({ a: arrived })], 0)
    expect(arrivals.look([folder(), folder()], 100)).toEqual([
      { kind: 'deleted', path: 'a', from: undefined, bytes: 0, afterMs: 0 },
    ])
  })

  test('a deletion is told when both sides lack it, from the side that lacked it first', () => {
    const arrivals = new Arrivals()
    arrivals.look([folder({ a: saved }), folder({ a: arrived })], 0)
    expect(arrivals.look([folder({ a: saved }), folder()], 500)).toEqual([])
    const movement = { kind: 'deleted', path: 'a', from: 1, bytes: 0, afterMs: 200 }
    expect(arrivals.look([folder(), folder()], 700)).toEqual([movement])
    expect(arrivals.count).toBe(0)
  })
})
