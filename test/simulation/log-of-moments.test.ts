/**
 * The log behind a moment, on whole nodes: going back removes nothing but what the log says was not
 * there, however the index began anew, whatever the disk refused and wherever the program died.
 */
import { describe, expect, test } from 'vitest'
import type { RestoreProgress } from '../../src/node/api/node-port.ts'
import { calmWorld, FOLDER } from './calm-world.ts'
import type { CalmDevice, CalmWorld } from './calm-world.ts'

const FOLDER_PATH = '/sync'
const MINUTE_MS = 60_000

async function twoDevices(seed: number) {
  const world = await calmWorld(seed, { skewMs: [0, 0] })
  const [a, b] = world.devices as [CalmDevice, CalmDevice]
  return { world, a, b }
}

/** Two devices that hold these files, and a moment of B's at which they did. */
async function heldBy(seed: number, files: Readonly<Record<string, string>>) {
  const { world, a, b } = await twoDevices(seed)
  for (const [path, content] of Object.entries(files)) a.write(path, content)
  await world.settle()
  const atMs = b.nowMs()
  await world.pass(MINUTE_MS)
  return { world, a, b, atMs }
}

async function stepsTo(world: CalmWorld, { node }: CalmDevice, atMs: number): Promise<string[]> {
  const { steps } = await world.during(node.planRestore(FOLDER, '', atMs))
  return steps.map(({ does, path }) => `${does} ${path}`)
}

describe('what was changed and not made is never removed', () => {
  test.each([
    { what: 'a file whose mode', path: 'photo', mode: 0o600 },
    { what: 'a directory whose mode', path: 'album', mode: 0o700 },
  ])('$what another device changed', async ({ path, mode }) => {
    const { world, a, b, atMs } = await heldBy(1, { photo: 'content', 'album/other': 'x' })
    a.sim.disk.user.chmod(`${FOLDER_PATH}/${path}`, mode)
    await world.settle()
    expect(await stepsTo(world, b, atMs)).toEqual([])
  })

  test('a file that somebody wrote over when the disk had spoiled it', async () => {
    const { world, a, b, atMs } = await heldBy(2, { photo: 'the good content', other: 'x' })
    await world.pass(10 * MINUTE_MS)
    world.cut(a, b)
    await world.pass(MINUTE_MS)
    await world.during(b.node.rescanFolder(FOLDER, true))
    expect(b.sim.rot('photo', 4)).toBe(true)
    await world.during(b.node.startScrub(FOLDER))
    await world.pass(10 * MINUTE_MS)
    expect(b.sim.stanceOf('photo')).toBe('damaged')
    b.write('photo', 'written anew by a person, and longer')
    await world.settle()
    const { steps, lost } = await world.during(b.node.planRestore(FOLDER, '', atMs))
    expect([steps, lost]).toEqual([[], [{ path: 'photo', why: 'away' }]])
  })

  test('a directory that stays only for what is ignored in it comes back as one of the folder', async () => {
    const { world, a, b } = await twoDevices(3)
    a.write('album/photo', 'x')
    await world.settle()
    await world.during(b.node.setIgnore(FOLDER, ['*.o']))
    b.write('album/cache.o', 'o')
    await world.settle()
    const atMs = b.nowMs()
    await world.pass(MINUTE_MS)
    a.remove('album/photo')
    a.remove('album')
    await world.settle()
    expect(b.tree()).toEqual({ album: '/', 'album/cache.o': 'o' })
    expect(await stepsTo(world, b, atMs)).toEqual(['make album', 'restore album/photo'])
  })
})

describe('no change is made that the log does not know', () => {
  test('a program that dies at any call of the log has noted what it then records', async () => {
    let deaths = 0
    for (let calls = 0; calls < 12; calls++) {
      const { world, a, b, atMs } = await heldBy(200 + calls, { photo: 'content', other: 'x' })
      b.sim.light(calls, 'kill', '/history.log')
      a.remove('photo')
      await world.pass(MINUTE_MS)
      if (b.sim.running) continue
      deaths++
      await world.start(b)
      await world.settle()
      expect(b.tree()).toEqual({ other: 'x' })
      expect(await stepsTo(world, b, atMs), `call ${calls}`).toEqual(['restore photo'])
    }
    expect(deaths).toBeGreaterThan(3)
  })

  test('what a full disk refuses the log is written when there is room', async () => {
    let refused = 0
    for (let calls = 0; calls < 12; calls++) {
      const { world, a, b, atMs } = await heldBy(300 + calls, { photo: 'content', other: 'x' })
      b.sim.failCall('disk', calls, 'DISK_FULL', '/history.log')
      a.remove('photo')
      await world.settle()
      if (!b.sim.hasFailed) break
      refused++
      await world.settle()
      expect(b.tree()).toEqual({ other: 'x' })
      expect(await stepsTo(world, b, atMs), `call ${calls}`).toEqual(['restore photo'])
    }
    expect(refused).toBeGreaterThan(3)
  })
})

describe('what only was found is not removed', () => {
  const FILES = { photo: 'content', 'album/other': 'x' }
  const TREE = { ...FILES, album: '/' }

  async function goBack({ world, b, atMs }: Awaited<ReturnType<typeof heldBy>>): Promise<RestoreProgress> {
    let last: RestoreProgress | undefined
    const run = async (): Promise<void> => {
      for await (const progress of b.node.restoreMoment(FOLDER, '', atMs)) last = progress
    }
    await world.during(run())
    await world.settle()
    if (!last?.finished) throw new Error('it did not finish')
    return last
  }

  async function loseDatabase({ world, b }: Awaited<ReturnType<typeof heldBy>>): Promise<void> {
    await world.during(b.sim.stop())
    b.sim.dropDatabase()
    await world.start(b)
    await world.settle()
  }

  async function addAgain({ world, a, b }: Awaited<ReturnType<typeof heldBy>>): Promise<void> {
    await world.during(b.node.removeFolder(FOLDER))
    await world.pass(MINUTE_MS)
    await world.during(b.node.addFolder({ id: FOLDER, path: FOLDER_PATH, devices: [a.sim.id], guard: null }))
    await world.settle()
  }

  test.each([
    { what: 'the database was lost', begin: loseDatabase },
    { what: 'the folder was removed and added again', begin: addAgain },
  ])('going back to before $what leaves everything, and undoes what was done since', async ({ begin }) => {
    const scene = await heldBy(4, FILES)
    const { world, a, b } = scene
    await begin(scene)
    expect(await stepsTo(world, b, scene.atMs)).toEqual([])
    b.write('photo', 'edited since')
    b.write('new', 'made since')
    a.remove('album/other')
    a.remove('album')
    await world.settle()
    expect(await stepsTo(world, b, scene.atMs)).toEqual([
      'make album',
      'restore album/other',
      'restore photo',
      'remove new',
    ])
    expect(await goBack(scene)).toMatchObject({ problemCount: 0 })
    expect([a.tree(), b.tree()]).toEqual([TREE, TREE])
  })

  test('nor what the log is silent about, which the plan says', async () => {
    const scene = await heldBy(5, FILES)
    const { world, b, atMs } = scene
    await world.during(b.sim.stop())
    b.sim.dropDatabase()
    b.write('unseen', 'made while nothing ran')
    await world.start(b)
    await world.settle()
    const { steps, unsure, unsureCount } = await world.during(b.node.planRestore(FOLDER, '', atMs))
    expect({ steps, unsure, unsureCount }).toEqual({ steps: [], unsure: ['unseen'], unsureCount: 1 })
  })

  test('a moment in the middle of the first scan removes nothing', async () => {
    const { world, a, b } = await twoDevices(6)
    await world.during(a.node.removeFolder(FOLDER))
    await world.pass(MINUTE_MS)
    a.sim.disk.user.remove(`${FOLDER_PATH}/.peerfold/versions`)
    for (let i = 0; i < 520; i++) a.write(`f${i}`, `content ${i}`)
    await world.during(a.node.addFolder({ id: FOLDER, path: FOLDER_PATH, devices: [b.sim.id], guard: null }))
    await world.settle()
    const log = a.sim.disk
      .tree(`${FOLDER_PATH}/.peerfold/versions`)
      .find(({ path }) => path === 'history.log')
    const lines = Buffer.from(log?.content ?? '')
      .toString()
      .trim()
      .split('\n')
    const [first, ...later] = [...new Set(lines.map((line) => (JSON.parse(line) as { time: number }).time))]
    expect(later.length).toBeGreaterThan(0)
    const plan = await world.during(a.node.planRestore(FOLDER, '', first ?? 0))
    expect(plan).toMatchObject({ removed: 0, restored: 0, lostCount: 0 })
    expect(plan.unsureCount).toBeGreaterThan(0)
  })

  test('a file that was ignored at that moment stays', async () => {
    const { world, b } = await heldBy(7, FILES)
    await world.during(b.node.setIgnore(FOLDER, ['/photo', '/notes']))
    b.write('notes', 'never seen')
    await world.settle()
    const atMs = b.nowMs()
    await world.pass(MINUTE_MS)
    await world.during(b.node.setIgnore(FOLDER, []))
    await world.settle()
    b.write('new', 'made since')
    await world.settle()
    expect(await stepsTo(world, b, atMs)).toEqual(['remove new'])
  })

  test('a file in a directory that could not be read at that moment stays', async () => {
    const { world, b } = await twoDevices(8)
    b.write('closed/diary', 'never seen')
    b.sim.weather = { errorsPerMille: 0, unreadable: `${FOLDER_PATH}/closed` }
    await world.settle()
    b.write('other', 'x')
    await world.settle()
    const atMs = b.nowMs()
    await world.pass(MINUTE_MS)
    b.sim.weather = { errorsPerMille: 0 }
    await world.settle()
    expect(b.sim.stanceOf('closed/diary')).toBe('holds')
    expect(await stepsTo(world, b, atMs)).toEqual([])
  })
})
