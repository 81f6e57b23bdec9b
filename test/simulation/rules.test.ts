/** Rules that come and go while the other device is away: nobody waits for what is nowhere any more. */
import { expect, test } from 'vitest'
import { twinDevices } from '../support/twin-devices.ts'
import type { TwinDevice, TwinDevices } from '../support/twin-devices.ts'
import { calmWorld, FOLDER } from './calm-world.ts'

async function setRules(world: TwinDevices, { device }: TwinDevice, rules: string[]): Promise<void> {
  const set = device.node!.setIgnore(FOLDER, rules)
  await world.pass(60_000)
  await set
}

test('what went while it was ignored, unseen by the other device, is not waited for', async () => {
  const world = await calmWorld(4, { skewMs: [0, 0] })
  const [a, b] = [world.devices[0]!, world.devices[1]!]
  a.write('gone on both', 'one')
  a.write('gone on one', 'other')
  await world.settle()
  world.cut(a, b)
  for (const one of [a, b]) {
    await world.during(one.node.setIgnore(FOLDER, ['gone*']))
    await world.settle()
    one.remove('gone on both')
  }
  a.remove('gone on one')
  for (const one of [a, b]) await world.during(one.node.setIgnore(FOLDER, []))
  await world.settle()
  world.heal(a, b)
  await world.settle()
  for (const { node, tree } of [a, b]) {
    expect(tree()).toEqual({ 'gone on one': 'other' })
    const { folders } = await world.during(node.status())
    expect(folders[0]).toMatchObject({ state: 'idle', need: { items: 0 }, status: { word: 'safe' } })
  }
})

test('what was withheld, ignored and wanted again is withheld again, and then a change of its own', async () => {
  const world = await calmWorld(6, { skewMs: [0, 0] })
  const [a, b] = [world.devices[0]!, world.devices[1]!]
  for (const name of ['x', 'y', 'z']) a.write(name, 'first')
  await world.settle()
  await world.during(a.node.setFolder(FOLDER, { mode: 'receive-only' }))
  for (const name of ['x', 'y', 'z']) a.write(name, `mine: ${name}`)
  await world.settle()
  for (const rules of [['x', 'y', 'z'], []]) {
    await world.during(a.node.setIgnore(FOLDER, rules))
    await world.settle()
  }
  const mine = { x: 'mine: x', y: 'mine: y', z: 'mine: z' }
  expect(a.tree()).toEqual(mine)
  expect(b.tree()).toEqual({ x: 'first', y: 'first', z: 'first' })
  b.write('y', 'theirs')
  await world.settle()
  await world.during(a.node.setFolder(FOLDER, { mode: 'send-receive' }))
  await world.settle()
  expect(a.tree()).toEqual(b.tree())
  expect(Object.values(a.tree())).toEqual(expect.arrayContaining([...Object.values(mine), 'theirs']))
})

test('a directory that stayed for what was ignored in it goes with that', async () => {
  const world = await twinDevices({}, {})
  const [a, b] = world.devices as [TwinDevice, TwinDevice]
  a.mkdir('d')
  a.mkdir('d/e')
  for (const name of ['d/shared', 'd/e/cache']) a.write(name, name)
  await world.rest()
  await setRules(world, a, ['cache'])
  b.remove('d')
  await world.rest()
  expect([a.names(), b.names()]).toEqual([['d/', 'd/e/', 'd/e/cache'], []])
  await setRules(world, a, [])
  await world.rest()
  expect([a.names(), b.names()]).toEqual([[], []])
})

test('what had no name to go by is placed when it is wanted and held again, however its name was freed', async () => {
  const world = await twinDevices({ caseInsensitive: true }, {})
  const [folding, plain] = world.devices as [TwinDevice, TwinDevice]
  plain.write('D', 'capital')
  await world.rest()
  plain.write('d', 'small')
  await world.pass(60_000)
  expect(folding.names()).toEqual(['D'])
  await setRules(world, plain, ['d', '!D'])
  plain.remove('D')
  await world.pass(60_000)
  expect(folding.names()).toEqual([])
  await setRules(world, plain, [])
  expect(folding.names()).toEqual(['d'])
  await world.rest()
})
