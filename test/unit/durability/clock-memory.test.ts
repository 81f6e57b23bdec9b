/** What the clock showed in the last day of running: how little is written, and what outlives a program. */
import { expect, test } from 'vitest'
import { DAY_MS } from '../../../src/node/core/retention.ts'
import { believedTime, seeClock, SPANS_LIMIT } from '../../../src/node/core/running-day.ts'
import type { Spans } from '../../../src/node/core/running-day.ts'
import { CLOCK } from '../../../src/node/durability/layout.ts'
import { ClockMemory } from '../../../src/node/durability/clock-memory.ts'
import { silentLog } from '../../../src/node/base/log.ts'
import { ClockLife } from '../../support/clock-life.ts'
import type { Deed } from '../../support/clock-life.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import { displace, put, storeOn } from '../../support/versions.ts'

const HOUR = 3_600_000

async function lifeOf(...deeds: Deed[]): Promise<ClockLife> {
  const life = new ClockLife(1)
  for (const deed of deeds) await life.act(deed)
  return life
}

test('a stamp that only an older span covers is written down as well', async () => {
  const life = await lifeOf(
    ...([{ does: 'run', ms: HOUR }, { does: 'park' }, { does: 'set', ms: -90 * DAY_MS }] as const),
    ...([
      { does: 'run', ms: 22 * HOUR },
      { does: 'set', ms: -90 * DAY_MS },
    ] as const),
    ...([
      { does: 'run', ms: HOUR },
      { does: 'set', ms: 180 * DAY_MS - 23.5 * HOUR },
    ] as const),
    ...([{ does: 'park' }, { does: 'crash', ms: -90 * DAY_MS }, { does: 'run', ms: 2 * HOUR }] as const),
  )
  expect(await life.forgotten()).toEqual([])
})

test('while the clock is steady, parking and running write once a day', async () => {
  const life = await lifeOf({ does: 'park' })
  const before = life.writes
  const days = 5
  for (let hour = 0; hour < days * 24; hour++) {
    await life.act({ does: 'run', ms: HOUR })
    await life.act({ does: 'park' })
  }
  // Of the file: made, written, renamed; the rest are looks at directories.
  const each = before
  expect(life.writes - before).toBeLessThanOrEqual(days * each)
  const rested = life.writes
  await life.act({ does: 'end', ms: 8 * HOUR })
  await life.act({ does: 'run', ms: HOUR })
  await life.act({ does: 'park' })
  expect(life.writes, 'an ordinary start').toBe(rested)
})

test('running counts although no program ever ends in order', async () => {
  const life = await lifeOf({ does: 'park' })
  for (let week = 0; week < 200; week++) {
    await life.act({ does: 'run', ms: HOUR })
    await life.act({ does: 'crash', ms: 7 * DAY_MS })
  }
  // A day of running is half a year then, and no more.
  expect((await life.late()).ms).toBeLessThan(26 * 7 * DAY_MS)
})

test.each(['lost', 'damaged'])('a file that is %s is made up for by the newest content', async (how) => {
  const folder = memoryFolder(1)
  const root = await folder.open()
  const parkedMs = folder.clock.nowMs()
  folder.disk.user.write('/folder/a', 'old')
  await displace(root, storeOn(root, 1, folder.clock), 'a', 'old', 'new')
  if (how === 'damaged') await put(root, CLOCK, '{"format":1,"ranMs":1e999,"spans":[null]}')
  folder.clock.add(400 * DAY_MS)
  const { nowMs } = await new ClockMemory({ root, clock: folder.clock, log: silentLog() }).time()
  expect(nowMs).toBeLessThanOrEqual(parkedMs)
})

test('a clock that jumps at every look costs no more memory than so much, and nothing is forgotten', () => {
  let spans: Spans = []
  for (let look = 0; look < 2 * SPANS_LIMIT; look++)
    spans = seeClock(spans, look * 1_000, (look % 2 ? 1 : -1) * look * DAY_MS)
  expect(spans.length).toBe(SPANS_LIMIT)
  for (const atMs of [0, DAY_MS, -998 * DAY_MS, 999 * DAY_MS])
    expect(spans.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs)).toBe(true)
  expect(believedTime(spans, 2 * SPANS_LIMIT * 1_000, 5_000 * DAY_MS).nowMs).toBeLessThan(DAY_MS)
})
