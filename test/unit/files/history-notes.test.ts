/** What is noted for the history gets there, in its order, whatever the disk refuses on the way. */
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { silentLog } from '../../../src/node/base/log.ts'
import type { HistoryChange } from '../../../src/node/durability/history.ts'
import { HistoryNotes } from '../../../src/node/files/history-notes.ts'

function line(path: string, contentHash?: string): HistoryChange {
  const is = contentHash === undefined ? undefined : ({ kind: 'file', contentHash } as const)
  return { timeMs: 0, path, is, was: undefined, device: 'd', name: 'laptop', source: 'local' }
}

function openNotes() {
  const world = { batches: [] as string[][], refuses: false, hasPlace: true }
  const notes = new HistoryNotes({
    log: silentLog(),
    append: async (lines) => {
      if (world.refuses) throw new PeerfoldError('DISK_FULL', 'no room')
      world.batches.push(lines.map(({ path }) => path))
    },
    hasPlace: async () => world.hasPlace,
  })
  return { notes, world }
}

test('what is noted is written before whoever notes goes on', async () => {
  const { notes, world } = openNotes()
  await notes.note([line('a'), line('b')])
  expect(world.batches).toEqual([['a', 'b']])
})

test('what is noted by many at once is written together', async () => {
  const { notes, world } = openNotes()
  await Promise.all(['a', 'b', 'c', 'd'].map((path) => notes.note([line(path)])))
  expect(world.batches).toEqual([['a', 'b', 'c', 'd']])
})

test('of those that note one thing after the other as well', async () => {
  const { notes, world } = openNotes()
  const four = [0, 1, 2, 3].map(async (who) => {
    for (let turn = 0; turn < 5; turn++) await notes.note([line(`${turn} by ${who}`)])
  })
  await Promise.all(four)
  expect(world.batches.map(({ length }) => length)).toEqual([4, 4, 4, 4, 4])
})

test('what the disk refused is written first when it has room again, and said to be missing until then', async () => {
  const { notes, world } = openNotes()
  world.refuses = true
  await notes.note([line('a')])
  await notes.note([line('b')])
  expect(notes.refusal).toMatchObject({ code: 'DISK_FULL' })
  world.refuses = false
  await notes.note([line('c')])
  expect([world.batches, notes.refusal]).toEqual([[['a', 'b', 'c']], undefined])
})

test('what was refused is written when there is nothing new to note', async () => {
  const { notes, world } = openNotes()
  world.refuses = true
  await notes.note([line('a')])
  world.refuses = false
  await notes.note([])
  expect(world.batches).toEqual([['a']])
})

test('where the log has no place it is written when there is one', async () => {
  const { notes, world } = openNotes()
  world.hasPlace = false
  await notes.note([line('a')])
  expect(world.batches).toEqual([])
  world.hasPlace = true
  await notes.note([])
  expect(world.batches).toEqual([['a']])
})

test('a change that is tried again and again is noted once, and one that came back is noted twice', async () => {
  const { notes, world } = openNotes()
  for (let tries = 0; tries < 3; tries++) await notes.note([line('a', '1')])
  await notes.note([line('a')])
  await notes.note([line('a', '1')])
  expect(world.batches).toEqual([['a'], ['a'], ['a']])
})

test('of more than can be kept the newest are written', async () => {
  const { notes, world } = openNotes()
  world.refuses = true
  for (let batch = 0; batch < 60; batch++)
    await notes.note(Array.from({ length: 1_000 }, (_, i) => line(`${batch}/${i}`)))
  world.refuses = false
  await notes.note([])
  const written = world.batches.flat()
  expect([written.length, written[0], written.at(-1)]).toEqual([50_000, '10/0', '59/999'])
})
