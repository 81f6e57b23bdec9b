/** Two names of one file on one device are two files on another: what is done to one is done to both there. */
import { expect, test } from 'vitest'
import type { CalmDevice } from './calm-world.ts'
import { calmWorld } from './calm-world.ts'
import { FOLDER_PATH } from './device.ts'

const facts = ({ sim }: CalmDevice): Record<string, string> =>
  Object.fromEntries(
    sim.disk
      .tree(FOLDER_PATH)
      .filter(({ path }) => !path.startsWith('.peerfold'))
      .map(({ path, mode, mtimeNs }) => [path, `${mode.toString(8)} ${mtimeNs}`]),
  )

test.each([
  { what: 'time', change: (b: CalmDevice) => b.sim.disk.user.setMtime(`${FOLDER_PATH}/m`, 77_000_000_000n) },
  { what: 'mode', change: (b: CalmDevice) => b.sim.disk.user.chmod(`${FOLDER_PATH}/m`, 0o755) },
])('a $what that comes to one name of a file comes to the other, everywhere', async ({ change }) => {
  const world = await calmWorld(5, { skewMs: [0, 0], unseenPercent: 0 })
  const [a, b] = [world.devices[0]!, world.devices[1]!]
  a.write('m', 'content')
  a.sim.disk.user.link(`${FOLDER_PATH}/m`, `${FOLDER_PATH}/n`)
  await world.settle()
  change(b)
  await world.pass(60_000)
  expect(facts(a)).toEqual(facts(b))
  await world.settle()
  expect(facts(a)).toEqual(facts(b))
})
