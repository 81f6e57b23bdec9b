/**
 * The log behind a moment, on whole nodes: going back removes nothing but what the log says was not
 * there, however the index began anew, whatever the disk refused and wherever the program died.
 */
import { describe, expect, test } from 'vitest'
import { calmWorld, FOLDER } from './calm-world.ts'
import type { CalmDevice, CalmWorld } from './calm-world.ts'

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
    a.sim.disk.user.chmod(`/sync/${path}`, mode)
    await world.settle()
    expect(await stepsTo(world, b, atMs)).toEqual([])
  })

  test('a file that somebody wrote over when the disk had spoiled it', async () => {
    const { world, a, b, atMs } = await heldBy(2, { photo: 'the good content', other: 'x' })
    await world.pass(10 * MINUTE_MS)
    world.cut(a, b)
    await world.pass(MINUTE_MS)
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
