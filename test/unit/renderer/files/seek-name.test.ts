/** A name in a long directory, found by halving. */
import { expect, test } from 'vitest'
import { seekName } from '../../../../src/renderer/screens/files/seek-name.ts'

const numbered = (letters: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${letters}${String(index).padStart(6, '0')}`)

const directories = numbered('Trip ', 1_000).map((path) => ({ kind: 'directory' as const, path }))
const files = [...numbered('IMG_', 50_000), 'Zebra', ...numbered('scan-', 50_000), 'zoo'].map((name) => ({
  kind: 'file' as const,
  path: `deep/${name}`,
}))
const entries = [...directories, ...files]

async function seek(prefix: string, among: readonly (typeof entries)[number][] = entries) {
  let looks = 0
  const index = await seekName(prefix, among.length, async (at) => (looks++, among[at]))
  return { name: index === undefined ? undefined : among[index]?.path, looks }
}

test.each([
  { prefix: 'scan-049', name: 'deep/scan-049000' },
  { prefix: 'SCAN-0', name: 'deep/scan-000000' },
  { prefix: 'img_04', name: 'deep/IMG_040000' },
  { prefix: 'trip 0009', name: 'Trip 000900' },
  { prefix: 'zo', name: 'deep/zoo' },
  { prefix: 'q', name: undefined },
])('"$prefix" leads to $name', async ({ prefix, name }) => {
  const found = await seek(prefix)
  expect(found.name).toBe(name)
  expect(found.looks).toBeLessThan(150)
})

test('in another order it may find nothing, but never a row that begins otherwise', async () => {
  const { name } = await seek('scan-000100', entries.toReversed())
  expect([undefined, 'deep/scan-000100']).toContain(name)
})

test('an empty directory has no such name', async () => {
  expect((await seek('a', [])).name).toBeUndefined()
})
