/**
 * What a scan must not miss and must not invent: whole nodes on memory disks, whose stamps are as coarse
 * as a test wants them. Everything that arrives is what somebody had on disk, whole, and the last
 * that was saved is what both have in the end.
 */
import { describe, expect, test } from 'vitest'
import { pairOf, twinDevices } from '../support/twin-devices.ts'
import type { TwinDevice } from '../support/twin-devices.ts'
import { FOLDER } from './device.ts'

const YEAR_MS = 365 * 86_400_000

/** Every content that ever stood at `path` on the device. */
function contentsOf(device: TwinDevice, path: string): Set<string> {
  const seen = new Set<string>()
  device.device.disk.onChange((changed) => {
    if (changed === `/sync/${path}` && device.names().includes(path)) seen.add(device.read(path))
  })
  return seen
}

describe('a save with the stamp of the save before', () => {
  test.each([
    { stamps: 'of a nanosecond', granularityNs: 1n },
    { stamps: 'of 10 ms', granularityNs: 10_000_000n },
    { stamps: 'of 2 s', granularityNs: 2_000_000_000n },
  ])('and the same size is found, stamps $stamps', async ({ granularityNs }) => {
    const { world, a, b } = await pairOf({ granularityNs }, {})
    for (let round = 0; round < 8; round++) {
      a.write('note', `content ${round}.0`)
      // Long enough for the first to be scanned within one tick of 2 s.
      await world.pass(350 + 40 * round)
      a.write('note', `content ${round}.1`)
      await world.rest()
      expect(b.read('note')).toBe(`content ${round}.1`)
    }
  })

  test('is found by the next full scan when no event told of it', async () => {
    const { world, a, b } = await pairOf({ granularityNs: 2_000_000_000n }, {})
    a.write('note', 'aaaa')
    await world.pass(400)
    const { mtimeNs } = a.device.disk.tree('/sync').find(({ path }) => path === 'note')!
    await world.restart(a, () => a.device.disk.user.write('/sync/note', 'bbbb', { mtimeNs }))
    await world.rest()
    expect(b.read('note')).toBe('bbbb')
  })
})

test('a save between the last look and the step that replaces the file has a name of its own, stamps of 2 s', async () => {
  const { world, a, b } = await pairOf({}, { granularityNs: 2_000_000_000n, diskDelayMs: 4 })
  const saves: string[] = []
  for (let wait = 0; wait < 900; wait += 15) {
    const name = `note ${wait}`
    a.write(name, 'first draft')
    await world.pass(1_000)
    a.write(name, 'other draft')
    await world.pass(wait)
    if (b.names().includes(name) && b.read(name) === 'first draft') {
      saves.push(`b saves ${String(wait).padStart(3)}`)
      b.device.disk.user.writeAt(`/sync/${name}`, Buffer.from(saves.at(-1)!), 0)
    }
    await world.pass(3_000)
  }
  await world.rest()
  const there = new Set(b.names().map((name) => b.read(name)))
  expect(saves.length).toBeGreaterThan(20)
  expect(saves.filter((save) => !there.has(save))).toEqual([])
})

test('another content of the same size with the old mtime put back is an edit', async () => {
  const { world, a, b } = await pairOf({}, {})
  a.write('table', 'old figures')
  await world.rest()
  const { mtimeNs } = a.device.disk.tree('/sync').find(({ path }) => path === 'table')!
  await world.pass(10_000)
  a.device.disk.user.write('/sync/table', 'new figures', { mtimeNs })
  await world.rest()
  expect(b.read('table')).toBe('new figures')
})

describe('a program that holds a file in its memory writes to it again before the disk has it, with no new stamp', () => {
  async function rewritten() {
    const pair = await pairOf({}, {})
    pair.a.write('base', 'state 1')
    await pair.world.rest()
    await pair.world.pass(90_000)
    pair.a.device.disk.user.writeAt('/sync/base', Buffer.from('state 2'), 0)
    await pair.world.pass(5_000)
    expect(pair.b.read('base')).toBe('state 2')
    return pair
  }

  test('that is an edit, which the next full scan finds', async () => {
    const { world, a, b } = await rewritten()
    a.device.disk.user.rot('/sync/base', 6)
    expect(a.read('base')).toBe('state 3')
    await world.pass(90_000)
    await world.rescan()
    await world.rest()
    expect([a.read('base'), b.read('base')]).toEqual(['state 3', 'state 3'])
  })

  test('other bytes that come after that scan are damage, and repaired', async () => {
    const { world, a, b } = await rewritten()
    await world.pass(90_000)
    await world.rescan()
    a.device.disk.user.rot('/sync/base', 6)
    await a.device.node?.startScrub(FOLDER)
    await world.pass(60_000)
    await world.rest()
    expect([a.read('base'), b.read('base')]).toEqual(['state 2', 'state 2'])
  })
})

test('an old copy put back with its old mtime is an edit, not a step back in time', async () => {
  const { world, a, b } = await pairOf({}, {})
  a.write('letter', 'first draft')
  await world.rest()
  const { mtimeNs } = a.device.disk.tree('/sync').find(({ path }) => path === 'letter')!
  await world.pass(60_000)
  a.write('letter', 'second draft')
  await world.rest()
  a.device.disk.user.write('/sync/letter', 'first draft', { mtimeNs })
  await world.rest()
  expect(b.read('letter')).toBe('first draft')
})

test('a file that changes while it is read is never announced torn', async () => {
  const { world, a, b } = await pairOf({}, {})
  const seen = contentsOf(b, 'log')
  const written = new Set<string>()
  for (let line = 0; line < 60; line++) {
    const text = `line ${line} `.repeat(20_000)
    written.add(text)
    a.write('log', text)
    await world.pass(137)
  }
  await world.rest()
  expect(b.read('log')).toBe('line 59 '.repeat(20_000))
  for (const text of seen) expect(written.has(text)).toBe(true)
})

test('a file that is rewritten without end delays no other, and arrives when it rests', async () => {
  const { world, a, b } = await pairOf({}, {})
  for (let turn = 0; turn < 100; turn++) {
    a.write('busy', `turn ${turn}`)
    if (turn === 20) a.write('calm', 'calm')
    await world.pass(60)
  }
  expect(b.names()).toContain('calm')
  await world.rest()
  expect(b.read('busy')).toBe('turn 99')
})

test('a file that grows while it is read arrives as it is in the end', async () => {
  const { world, a, b } = await pairOf({}, {})
  let text = ''
  for (let part = 0; part < 30; part++) {
    text += `${part}:`.padEnd(40_000, '.')
    a.write('film', text)
    await world.pass(90)
  }
  await world.rest()
  expect(b.read('film')).toBe(text)
})

test('a file replaced during its transfer arrives as one or the other, never as a mixture', async () => {
  const { world, a, b } = await pairOf({}, {})
  const seen = contentsOf(b, 'picture')
  const texts = ['first ', 'second', 'third '].map((word) => word.repeat(100_000))
  for (const text of texts) {
    a.write('picture~', text)
    a.rename('picture~', 'picture')
    await world.pass(420)
  }
  await world.rest()
  expect(b.read('picture')).toBe(texts[2])
  expect([...seen].filter((text) => !texts.includes(text))).toEqual([])
})

test('a file deleted while a slow device takes it in stays deleted, whenever that is', async () => {
  for (let wait = 0; wait <= 1_500; wait += 300) {
    const world = await twinDevices({}, { diskDelayMs: 150 })
    const [a, b] = world.devices as [TwinDevice, TwinDevice]
    a.write('film', 'frame '.repeat(200_000))
    await world.pass(1_500 + wait)
    a.remove('film')
    await world.rest()
    expect([a.names(), b.names()], `${wait} ms`).toEqual([[], []])
  }
})

test('a folder that is made send-only while a file arrives takes it no more', async () => {
  let metUnderWay = 0
  for (const wait of [300, 750, 1_200]) {
    const world = await twinDevices({}, { diskDelayMs: 150 })
    const [a, b] = world.devices as [TwinDevice, TwinDevice]
    a.write('film', 'old')
    await world.rest()
    a.write('film', 'frame '.repeat(8_000_000))
    await world.pass(1_500 + wait)
    let isSet = false
    void b.device.node!.setFolder(FOLDER, { mode: 'send-only' }).then(() => (isSet = true))
    for (let pass = 0; pass < 200 && !isSet; pass++) await world.pass(20)
    const [then] = [b.read('film')]
    await world.pass(30_000)
    expect(b.read('film'), `${wait} ms`).toBe(then)
    if (then === 'old') metUnderWay++
  }
  expect(metUnderWay).toBeGreaterThan(0)
})

describe('what editors do when they save', () => {
  const dances: Record<string, (a: TwinDevice, text: string) => void> = {
    'a new file takes the name': (a, text) => {
      a.write('.note.swp', text)
      a.rename('.note.swp', 'note')
    },
    'the old one is kept as a backup for a moment': (a, text) => {
      a.rename('note', 'note~')
      a.write('note', text)
      a.remove('note~')
    },
    'the file is emptied and written': (a, text) => {
      a.write('note', '')
      a.write('note', text)
    },
    'the file is removed and made anew': (a, text) => {
      a.remove('note')
      a.write('note', text)
    },
  }
  test.each(Object.entries(dances))('%s', async (_, dance) => {
    const { world, a, b } = await pairOf({}, {})
    a.write('note', 'version 0')
    await world.rest()
    for (let version = 1; version <= 5; version++) {
      dance(a, `version ${version}`)
      await world.pass(version * 130)
    }
    await world.rest()
    expect(a.names()).toEqual(['note'])
    expect(b.names()).toEqual(['note'])
    expect(b.read('note')).toBe('version 5')
  })
})

describe('a clock that is off by a year', () => {
  test.each([
    { way: 'behind', skewMs: -YEAR_MS },
    { way: 'ahead', skewMs: YEAR_MS },
  ])('$way: what was edited after it was seen wins, on both sides', async ({ skewMs }) => {
    const { world, a, b } = await pairOf({}, { skewMs })
    a.write('plan', 'by A')
    await world.rest()
    b.write('plan', 'by B, who saw it')
    await world.rest()
    expect(a.read('plan')).toBe('by B, who saw it')
    a.write('plan', 'by A again')
    await world.rest()
    expect(b.read('plan')).toBe('by A again')
    expect([...a.names(), ...b.names()]).toEqual(['plan', 'plan'])
  })
})
