/** Which statements of a path are heard together when there are too many changes to tell apart. */
import { expect, test } from 'vitest'
import { mergeable, MERGED_LIMIT } from '../../../src/node/core/mergeable.ts'
import type { Announced, Stance } from '../../../src/node/core/record.ts'
import { recordOf } from '../../support/index-folder.ts'

/** Changes by as many devices as nobody has. */
function invented(count: number, prefix = 'm'): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${prefix}${String(i).padStart(4, '0')}/1`, 1]),
  )
}

const says = (version: Record<string, number>, stance: Stance = 'holds'): Announced => ({
  record: recordOf({ path: 'a', version }),
  stance,
  reason: '',
  sequence: 1,
})
const heard = (said: Record<string, Announced>) => [
  ...mergeable(new Map(Object.entries(said)), 'self').keys(),
]

test('who invents changes leaves out itself, whatever its place among the others', () => {
  const liar = says(invented(MERGED_LIMIT))
  const [self, b] = [says({ 'self/7': 1 }), says({ 'b/1': 1 })]
  expect(heard({ self, b, liar })).toEqual(['self', 'b'])
  expect(heard({ liar, b, self })).toEqual(['b', 'self'])
  expect(heard({ self, b, c: says(invented(MERGED_LIMIT - 2)) })).toEqual(['self', 'b', 'c'])
})

test('what adds nothing is heard above the limit, and what is not held always', () => {
  const version = invented(MERGED_LIMIT + 20)
  const [self, b, c] = [says(version), says({ ...version, 'm0001/1': 2 }), says({ 'c/1': 1 })]
  const d = says(invented(5, 'd'), 'unwanted')
  expect(heard({ self, b, c, d })).toEqual(['self', 'b', 'd'])
})
