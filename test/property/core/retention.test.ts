/** Thinning out ends the same however often it runs, and never takes the last of a path before its time. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS, planRetention } from '../../../src/node/core/retention.ts'
import type { KeptContent } from '../../../src/node/core/retention.ts'

const NOW = Date.UTC(2026, 10, 20, 15, 42)
const POLICY = { keepMs: 30 * DAY_MS, budgetBytes: Number.MAX_SAFE_INTEGER }

const contents = fc
  .array(
    fc.record({
      path: fc.constantFrom('a', 'b', 'c'),
      displacedAtMs: fc.integer({ min: NOW - 40 * DAY_MS, max: NOW }),
      bytes: fc.nat(1_000),
    }),
    { maxLength: 60 },
  )
  .map((list) =>
    list.map((content, place): KeptContent => ({ ...content, id: `v${String(place).padStart(3, '0')}` })),
  )

const after = (list: readonly KeptContent[], nowMs: number, policy = POLICY): KeptContent[] => {
  const time = { nowMs, lastDay: [{ fromMs: nowMs - DAY_MS + 60_000, toMs: nowMs }] }
  const gone = new Set(planRetention(list, policy, time).goes.map(({ id }) => id))
  return list.filter(({ id }) => !gone.has(id))
}

test('thinning at any moments before ends as thinning once', () => {
  fc.assert(
    fc.property(
      contents,
      fc.array(fc.integer({ min: 0, max: 40 * DAY_MS }), { maxLength: 5 }),
      (list, ages) => {
        let often: readonly KeptContent[] = list
        for (const age of ages.toSorted((a, b) => b - a)) {
          // What was displaced later was not there yet.
          const there = often.filter(({ displacedAtMs }) => displacedAtMs <= NOW - age)
          const later = often.filter((content) => !there.includes(content))
          often = [...after(there, NOW - age), ...later]
        }
        const ids = (kept: readonly KeptContent[]) => kept.map(({ id }) => id).sort()
        expect(ids(after(often, NOW))).toEqual(ids(after(list, NOW)))
      },
    ),
  )
})

test('the last of every path stays while it is young enough, and the budget holds but for the last day', () => {
  fc.assert(
    fc.property(contents, fc.nat(20_000), (list, budgetBytes) => {
      for (const [path, history] of Map.groupBy(after(list, NOW), (content) => content.path)) {
        const last = Math.max(...list.filter((content) => content.path === path).map((c) => c.displacedAtMs))
        expect(history.some(({ displacedAtMs }) => displacedAtMs === last)).toBe(true)
      }
      const kept = after(list, NOW, { ...POLICY, budgetBytes })
      const old = kept.filter(({ displacedAtMs }) => NOW - displacedAtMs >= DAY_MS)
      const bytes = kept.reduce((sum, content) => sum + content.bytes, 0)
      expect(old.length === 0 || bytes <= budgetBytes).toBe(true)
      expect(after(kept, NOW, { ...POLICY, budgetBytes })).toEqual(kept)
    }),
  )
})
