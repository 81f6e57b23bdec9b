/** History as the union of devices, and going back to a moment, on whole nodes with their peers coming and going. */
import { describe, expect, test } from 'vitest'
import type { PathHistory, RestoreProgress } from '../../src/node/api/node-port.ts'
import { calmWorld, FOLDER } from './calm-world.ts'
import type { CalmDevice, CalmWorld } from './calm-world.ts'

const YEAR_MS = 365 * 86_400_000

/** State and the names of the devices that keep it, newest first. */
function told(world: CalmWorld, { entries }: PathHistory): string[] {
  const nameOf = (id: string): string => world.devices.find(({ sim }) => sim.id === id)?.sim.name ?? id
  return entries.map(({ state, copies }) => [state, ...copies.map(({ device }) => nameOf(device))].join(' '))
}

async function goBack(
  world: CalmWorld,
  { node }: CalmDevice,
  atMs: number,
  path = '',
): Promise<RestoreProgress> {
  let last: RestoreProgress | undefined
  const run = async (): Promise<void> => {
    for await (const progress of node.restoreMoment(FOLDER, path, atMs)) last = progress
  }
  await world.during(run())
  if (!last) throw new Error('there was no progress')
  expect(last.finished).toBe(true)
  return last
}

async function twoDevices(seed: number, skewMs: readonly number[] = [0, 0]) {
  const world = await calmWorld(seed, { skewMs })
  const [a, b] = world.devices as [CalmDevice, CalmDevice]
  return { world, a, b }
}

async function save(world: CalmWorld, device: CalmDevice, path: string, content: string): Promise<void> {
  device.write(path, content)
  await world.settle()
}

describe('the history of a path', () => {
  test('is what all devices keep: a local save leaves its trace at the others', async () => {
    const { world, a, b } = await twoDevices(1)
    await save(world, a, 'essay', 'one')
    await save(world, a, 'essay', 'two')
    await save(world, b, 'essay', 'three')
    const here = await world.during(a.node.pathHistory(FOLDER, 'essay'))
    expect(told(world, here)).toEqual(['current', 'kept A', 'kept B'])
    expect(here.missing).toEqual([])
    const there = await world.during(b.node.pathHistory(FOLDER, 'essay'))
    expect(there.entries.map(({ hash, author }) => [hash, author])).toEqual(
      here.entries.map(({ hash, author }) => [hash, author]),
    )
    expect(here.entries.map(({ author }) => author?.name)).toEqual(['B', 'A', 'A'])
  })

  test('says who is away, and "not kept" only when nobody is', async () => {
    const { world, a, b } = await twoDevices(2)
    await save(world, a, 'essay', 'one')
    await save(world, a, 'essay', 'two')
    world.cut(a, b)
    await world.settle()
    await save(world, a, 'essay', 'three')
    await save(world, a, 'essay', 'four')
    const alone = await world.during(a.node.pathHistory(FOLDER, 'essay'))
    expect(told(world, alone)).toEqual(['current', 'away', 'away', 'away'])
    expect(alone.missing).toEqual([b.sim.id])
    world.heal(a, b)
    await world.settle()
    const both = await world.during(a.node.pathHistory(FOLDER, 'essay'))
    expect(told(world, both)).toEqual(['current', 'not-kept', 'kept B', 'kept B'])
  })

  test('tells a deletion with who did it', async () => {
    const { world, a, b } = await twoDevices(3)
    await save(world, a, 'essay', 'one')
    b.remove('essay')
    await world.settle()
    const { entries } = await world.during(b.node.pathHistory(FOLDER, 'essay'))
    expect(entries.map(({ state, author }) => [state, author?.name]).toSorted()).toEqual([
      ['deleted', 'B'],
      ['kept', 'A'],
    ])
  })

  test('shows times of a device whose clock is a year ahead by the clock of whoever asks', async () => {
    const { world, a, b } = await twoDevices(4, [0, YEAR_MS])
    await save(world, b, 'essay', 'one')
    const before = a.nowMs()
    await save(world, b, 'essay', 'two')
    const { entries } = await world.during(a.node.pathHistory(FOLDER, 'essay'))
    for (const { sinceMs } of entries) expect(Math.abs((sinceMs ?? 0) - before)).toBeLessThan(300_000)
  })
})

describe('a version that only another device keeps', () => {
  test('is fetched and placed, and what was there is parked', async () => {
    const { world, a, b } = await twoDevices(5)
    const long = 'long '.repeat(1_000_000)
    await save(world, a, 'd/essay', long)
    await save(world, a, 'd/essay', 'short')
    const [, old] = (await world.during(a.node.pathHistory(FOLDER, 'd/essay'))).entries
    const { device, version } = old?.copies[0] ?? { device: '', version: '' }
    expect(device).toBe(b.sim.id)
    const entry = await world.during(a.node.restoreVersion(FOLDER, version, undefined, device))
    expect(entry).toMatchObject({ path: 'd/essay', size: long.length, hash: old?.hash })
    await world.settle()
    expect([a.tree()['d/essay'] === long, b.tree()['d/essay'] === long]).toEqual([true, true])
    const after = await world.during(a.node.pathHistory(FOLDER, 'd/essay'))
    expect(told(world, after)).toEqual(['current B', 'kept A B'])
  })

  test.each([
    {
      what: 'a version that nobody keeps',
      version: '20260101T000000000Z-0000-000000000000',
      code: 'VERSION_NOT_FOUND',
    },
    { what: 'a name that climbs', version: '../../../etc/passwd', code: 'VERSION_NOT_FOUND' },
  ])('$what is refused', async ({ version, code }) => {
    const { world, a, b } = await twoDevices(6)
    await expect(world.during(a.node.restoreVersion(FOLDER, version, 'x', b.sim.id))).rejects.toMatchObject({
      code,
    })
    world.cut(a, b)
    await world.settle()
    await expect(world.during(a.node.restoreVersion(FOLDER, version, 'x', b.sim.id))).rejects.toMatchObject({
      code: 'PEER_GONE',
    })
    await expect(world.during(a.node.restoreVersion(FOLDER, version, 'x', 'nobody'))).rejects.toMatchObject({
      code: 'DEVICE_NOT_FOUND',
    })
  })
})

/** A folder with a past: what it was at `atMs`, and what became of it since, by both devices. */
async function eventful(world: CalmWorld, a: CalmDevice, b: CalmDevice) {
  const from: Record<string, string> = {
    'notes/one': '1',
    'notes/two': '2',
    'notes/old/three': '3',
    letter: 'dear',
    becomes: 'a file',
    stays: 'the same',
  }
  for (const [path, content] of Object.entries(from)) a.write(path, content)
  await world.settle()
  const [past, atMs] = [a.tree(), a.nowMs()]
  expect(b.tree()).toEqual(past)
  a.write('notes/one', '1 edited here')
  await world.settle()
  b.write('notes/two', '2 edited there')
  b.remove('notes/old/three')
  b.remove('notes/old')
  a.sim.disk.user.rename('/sync/letter', '/sync/notes/letter')
  await world.settle()
  a.remove('becomes')
  await world.settle()
  a.write('becomes/a directory', 'in it')
  b.write('new/file', 'new')
  await world.settle()
  expect(b.tree()).toEqual(a.tree())
  return { past, atMs, now: a.tree() }
}

test('an edit that no scan had seen when an older content was put back is kept as what it is', async () => {
  const { world, a, b } = await twoDevices(16)
  a.write('note', 'first')
  await world.settle()
  b.write('note', 'second')
  await world.settle()
  const newest = async () =>
    (await world.during(a.node.listVersions(FOLDER, 'note', { limit: 10 }))).versions[0]!.id
  const first = await newest()
  a.write('note', 'an edit of ours, just saved')
  await world.during(a.node.restoreVersion(FOLDER, first, undefined, undefined))
  await world.settle()
  expect(b.tree()).toMatchObject({ note: 'first' })
  await world.during(a.node.restoreVersion(FOLDER, await newest(), undefined, undefined))
  await world.settle()
  expect(b.tree()).toMatchObject({ note: 'an edit of ours, just saved' })
})

describe('going back to a moment', () => {
  test('gives the folder as it was on every device, and can be undone', async () => {
    const { world, a, b } = await twoDevices(7)
    const { past, atMs, now } = await eventful(world, a, b)
    const plan = await world.during(a.node.planRestore(FOLDER, '', atMs))
    expect(a.tree()).toEqual(now)
    expect(plan.steps.map(({ does, path }) => `${does} ${path}`)).toEqual([
      'remove becomes/a directory',
      'remove becomes',
      'make notes/old',
      'restore becomes',
      'restore letter',
      'restore notes/old/three',
      'restore notes/one',
      'restore notes/two',
      'remove notes/letter',
      'remove new/file',
      'remove new',
    ])
    expect(plan).toMatchObject({ restored: 5, made: 1, removed: 5, lostCount: 0, device: a.sim.id })
    const froms = plan.steps.map(({ from }) => from)
    expect(froms).toContain('elsewhere')
    expect(froms).toContain('here')
    const done = await goBack(world, a, atMs)
    expect(done).toMatchObject({ done: 11, total: 11, problemCount: 0 })
    await world.settle()
    expect([a.tree(), b.tree()]).toEqual([past, past])
    expect((await world.during(a.node.planRestore(FOLDER, '', atMs))).steps).toEqual([])
    await goBack(world, a, done.startedMs)
    await world.settle()
    expect([a.tree(), b.tree()]).toEqual([now, now])
  })

  test('of a directory or a file leaves everything else', async () => {
    const { world, a, b } = await twoDevices(8)
    const { past, atMs, now } = await eventful(world, a, b)
    await goBack(world, a, atMs, 'notes')
    await goBack(world, a, atMs, 'becomes')
    await world.settle()
    const within = (path: string): boolean => /^(notes|becomes)(\/|$)/.test(path)
    const expected = Object.fromEntries([
      ...Object.entries(past).filter(([path]) => within(path)),
      ...Object.entries(now).filter(([path]) => !within(path)),
    ])
    expect(a.tree()).toEqual(expected)
    expect(b.tree()).toEqual(expected)
  })

  test('does what it can while a device is away, and the rest when it is back', async () => {
    const { world, a, b } = await twoDevices(9)
    const { past, atMs, now } = await eventful(world, a, b)
    world.cut(a, b)
    await world.settle()
    const plan = await world.during(a.node.planRestore(FOLDER, '', atMs))
    const away = ['becomes', 'notes/one']
    expect(plan.lost).toEqual(away.map((path) => ({ path, why: 'away' })))
    expect(plan.missing).toEqual([b.sim.id])
    const alone = await goBack(world, a, atMs)
    expect(alone.problems).toMatchObject(away.map((path) => ({ path, code: 'PEER_GONE' })))
    expect(a.tree()).toEqual({ ...past, becomes: now['becomes'], 'notes/one': now['notes/one'] })
    world.heal(a, b)
    await world.settle()
    expect(await goBack(world, a, atMs)).toMatchObject({ total: 3, problemCount: 0 })
    await world.settle()
    expect([a.tree(), b.tree()]).toEqual([past, past])
  })

  test('says what no device keeps, and leaves what is there', async () => {
    const { world, a, b } = await twoDevices(10)
    await save(world, a, 'other', 'x')
    world.cut(a, b)
    await world.settle()
    await save(world, a, 'essay', 'never parked')
    const atMs = a.nowMs()
    await save(world, a, 'essay', 'saved over it')
    world.heal(a, b)
    await world.settle()
    const plan = await world.during(a.node.planRestore(FOLDER, '', atMs))
    expect(plan).toMatchObject({ lostCount: 1, lost: [{ path: 'essay', why: 'not-kept' }], missing: [] })
    expect(await goBack(world, a, atMs)).toMatchObject({ problems: [{ code: 'VERSION_NOT_FOUND' }] })
    expect(a.tree()['essay']).toBe('saved over it')
  })

  test('goes on after it was killed anywhere', async () => {
    let halfWay = 0
    for (let seed = 20; seed < 32; seed++) {
      const { world, a, b } = await twoDevices(seed)
      const { past, atMs, now } = await eventful(world, a, b)
      a.sim.light(100 + (seed - 20) * 16, 'kill')
      void goBack(world, a, atMs).catch(() => {})
      await world.pass(60_000)
      const left = JSON.stringify(a.tree())
      if (!a.sim.running && left !== JSON.stringify(now) && left !== JSON.stringify(past)) halfWay++
      if (a.sim.running) a.sim.die('kill')
      await world.start(a)
      await world.settle()
      expect(await goBack(world, a, atMs)).toMatchObject({ problemCount: 0 })
      await world.settle()
      expect([a.tree(), b.tree()], `seed ${seed}`).toEqual([past, past])
      expect(a.sim.disk.tree('/sync').filter(({ path }) => path.endsWith('.tmp'))).toEqual([])
    }
    expect(halfWay).toBeGreaterThan(5)
  })

  test('goes on after a disk that failed now and then, or lost what was not synced', async () => {
    let troubled = 0
    for (let seed = 40; seed < 46; seed++) {
      const { world, a, b } = await twoDevices(seed)
      const { past, atMs } = await eventful(world, a, b)
      a.sim.weather = { errorsPerMille: 15 }
      let isClean = false
      goBack(world, a, atMs).then(
        ({ problemCount }) => (isClean = problemCount === 0),
        () => {},
      )
      if (seed % 2 === 0) a.sim.light(200, 'crash')
      await world.pass(300_000)
      if (!isClean) troubled++
      if (a.sim.running) a.sim.die('crash')
      await world.start(a)
      await world.settle()
      expect(await goBack(world, a, atMs)).toMatchObject({ problemCount: 0 })
      await world.settle()
      expect([a.tree(), b.tree()], `seed ${seed}`).toEqual([past, past])
    }
    expect(troubled).toBeGreaterThan(2)
  })

  test('ends when nobody takes its progress any more, and goes on when it is asked again', async () => {
    const { world, a, b } = await twoDevices(11)
    const { past, atMs } = await eventful(world, a, b)
    const begin = async (): Promise<void> => {
      for await (const _ of a.node.restoreMoment(FOLDER, '', atMs)) break
    }
    await world.during(begin())
    await world.settle()
    expect(a.tree()).not.toEqual(past)
    await goBack(world, a, atMs)
    await world.settle()
    expect(b.tree()).toEqual(past)
  })

  test('leaves what is ignored here, whatever it was then', async () => {
    const { world, a, b } = await twoDevices(12)
    const { past, atMs } = await eventful(world, a, b)
    await world.during(a.node.setIgnore(FOLDER, ['/new', '/notes/one']))
    await world.settle()
    await goBack(world, a, atMs)
    await world.settle()
    expect(a.tree()).toEqual({ ...past, 'notes/one': '1 edited here', new: '/', 'new/file': 'new' })
  })

  test('reads the log of another device when the own one does not reach back, by what its clock shows', async () => {
    const world = await calmWorld(13, { skewMs: [0, YEAR_MS] })
    const [a, b] = world.devices as [CalmDevice, CalmDevice]
    const { past, atMs } = await eventful(world, a, b)
    await world.during(a.sim.stop())
    a.sim.disk.user.remove('/sync/.peerfold/versions/history.log')
    world.cut(a, b)
    await world.start(a)
    await world.settle()
    await expect(world.during(a.node.planRestore(FOLDER, '', atMs))).rejects.toMatchObject({
      code: 'HISTORY_TOO_SHORT',
    })
    world.heal(a, b)
    await world.settle()
    const plan = await world.during(a.node.planRestore(FOLDER, '', atMs))
    expect(plan).toMatchObject({ device: b.sim.id, lostCount: 0 })
    expect(Math.abs(plan.aheadMs - YEAR_MS)).toBeLessThan(10_000)
    await goBack(world, a, atMs)
    await world.settle()
    expect([a.tree(), b.tree()]).toEqual([past, past])
  })

  test('takes a clock that was a year off for what it was: the order of the log decides', async () => {
    const world = await calmWorld(14, { skewMs: [YEAR_MS, 0] })
    const [a, b] = world.devices as [CalmDevice, CalmDevice]
    const { past, atMs } = await eventful(world, a, b)
    const done = await goBack(world, a, atMs)
    await world.settle()
    expect([a.tree(), b.tree()]).toEqual([past, past])
    expect(done.problemCount).toBe(0)
  })

  test('replaces nothing that was saved after the plan was made', async () => {
    const { world, a, b } = await twoDevices(15)
    const { past, atMs } = await eventful(world, a, b)
    let isSaved = false
    const run = async (): Promise<RestoreProgress | undefined> => {
      let last: RestoreProgress | undefined
      for await (const progress of a.node.restoreMoment(FOLDER, '', atMs)) {
        if (!isSaved) a.write('notes/two', 'saved just now')
        isSaved = true
        last = progress
      }
      return last
    }
    const last = await world.during(run())
    expect(last).toMatchObject({ problems: [{ path: 'notes/two', code: 'FILE_CHANGED' }] })
    await world.settle()
    expect(b.tree()).toEqual({ ...past, 'notes/two': 'saved just now' })
  })
})

test.each([
  { what: 'a moment that is still to come', path: '', inMs: 60_000, code: 'BAD_INPUT' },
  { what: 'a path that never was', path: 'esay', inMs: -1, code: 'FILE_NOT_FOUND' },
])('$what is refused', async ({ path, inMs, code }) => {
  const { world, a } = await twoDevices(17)
  await save(world, a, 'essay', 'one')
  const atMs = a.nowMs() + inMs
  await expect(world.during(a.node.planRestore(FOLDER, path, atMs))).rejects.toMatchObject({ code })
  await expect(goBack(world, a, atMs, path)).rejects.toMatchObject({ code })
})

test('a third device tells what the other two do not keep', async () => {
  const world = await calmWorld(16, { skewMs: [0, 0, 0] })
  const [a, b, c] = world.devices as [CalmDevice, CalmDevice, CalmDevice]
  await save(world, a, 'essay', 'one')
  const atMs = a.nowMs()
  world.cut(a, b)
  await world.settle()
  await save(world, a, 'essay', 'two')
  // B hears of it from C, and parks as C did.
  expect(told(world, await world.during(a.node.pathHistory(FOLDER, 'essay')))).toEqual(['current', 'kept C'])
  world.cut(a, c)
  world.heal(a, b)
  await world.settle()
  const found = await world.during(a.node.pathHistory(FOLDER, 'essay'))
  expect(told(world, found)).toEqual(['current', 'kept B'])
  expect(found.missing).toEqual([c.sim.id])
  expect(await goBack(world, a, atMs)).toMatchObject({ problemCount: 0 })
  expect(a.tree()).toEqual({ essay: 'one' })
})
