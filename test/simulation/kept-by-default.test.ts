/** What a folder keeps of the past when nobody ever set anything. */
import { expect, test } from 'vitest'
import { calmWorld, FOLDER } from './calm-world.ts'
import type { CalmDevice } from './calm-world.ts'

const DAY = 24 * 3_600_000

test('what others replace and delete is kept for 30 days by default, and then goes', async () => {
  const world = await calmWorld(120, { skewMs: [0, 0] })
  const [a, b] = world.devices as [CalmDevice, CalmDevice]
  const kept = async (): Promise<string[]> => {
    const { versions } = await world.during(b.node.listVersions(FOLDER, undefined, { limit: 10 }))
    return versions.map(({ cause, path }) => `${cause} ${path}`).toSorted()
  }
  a.write('letter', 'first')
  a.write('photo', 'precious')
  await world.settle()
  a.write('letter', 'second')
  a.remove('photo')
  await world.settle()
  expect(await kept()).toEqual(['deleted photo', 'replaced letter'])
  await world.pass(29 * DAY)
  expect(await kept()).toEqual(['deleted photo', 'replaced letter'])
  await world.pass(3 * DAY)
  expect(await kept()).toEqual([])
})
