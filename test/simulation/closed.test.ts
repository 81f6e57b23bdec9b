/**
 * Files and directories whose mode forbids what the engine has to do with them, on nodes that are not
 * root: whole nodes on memory disks, which ask for permission as a disk does.
 */
import { expect, test } from 'vitest'
import { FAIR } from './device.ts'
import { pairOf } from '../support/twin-devices.ts'
import type { TwinDevice } from '../support/twin-devices.ts'

async function errorsOf(device: TwinDevice): Promise<Record<string, string>> {
  return Object.fromEntries((await device.folder()).errors.map(({ path, code }) => [path, code]))
}

/** Permission bits of a path in the folder. */
function modeOf({ device }: TwinDevice, path: string): string | undefined {
  return device.disk
    .tree('/sync')
    .find((entry) => entry.path === path)
    ?.mode.toString(8)
}

const chmod = ({ device }: TwinDevice, path: string, mode: number): void =>
  device.disk.user.chmod(`/sync/${path}`, mode)

/** Temporaries of ours that lie in the folder. */
function leftovers({ device }: TwinDevice): string[] {
  return device.disk
    .tree('/sync')
    .map(({ path }) => path)
    .filter((path) => path.endsWith('.tmp'))
}

test('a read-only file whose placing was cut by a kill is placed by the next start', async () => {
  const { world, a, b } = await pairOf({}, {})
  world.cut(a, b)
  a.device.disk.user.write('/sync/object', 'object', { mode: 0o444 })
  await world.pass(5_000)
  const isReady = (): boolean => leftovers(b).some((path) => modeOf(b, path) === '444')
  const stop = b.device.disk.onChange(() => {
    if (isReady()) b.device.die('kill')
  })
  world.heal(a, b)
  await world.pass(30_000)
  stop()
  expect([b.device.running, isReady(), b.names()]).toEqual([false, true, []])
  await world.restart(b)
  await world.rest()
  expect([b.read('object'), modeOf(b, 'object')]).toEqual(['object', '444'])
  expect(leftovers(b)).toEqual([])
  expect(await errorsOf(b)).toEqual({})
})

/** A directory of A's that nobody may write in, with what Go's module cache looks like. */
function fillCache(a: TwinDevice): void {
  a.mkdir('mod')
  a.mkdir('mod/deep')
  for (const name of ['mod/f', 'mod/deep/g', 'mod/kept', 'mod/edited'])
    a.device.disk.user.write(`/sync/${name}`, name, { mode: 0o444 })
  chmod(a, 'mod/deep', 0o555)
  chmod(a, 'mod', 0o555)
}

test.each(['555', '444', '111', '000'])(
  'a deletion in a directory whose mode is 0%s by now is carried out, and the mode stays',
  async (mode) => {
    const { world, a, b } = await pairOf({}, {})
    fillCache(a)
    await world.rest()
    world.cut(a, b)
    chmod(a, 'mod', 0o755)
    a.remove('mod/f')
    await world.rescan()
    chmod(a, 'mod', Number.parseInt(mode, 8))
    await world.rescan()
    world.heal(a, b)
    await world.pass(60_000)
    expect(b.names()).toEqual(a.names())
    expect(b.names()).not.toContain('mod/f')
    expect(Number.parseInt(modeOf(b, 'mod') ?? '', 8)).toBe(Number.parseInt(mode, 8))
  },
)

test('what is in a read-only directory arrives with it', async () => {
  const { world, a, b } = await pairOf({}, {})
  fillCache(a)
  await world.rest()
  expect(b.names()).toEqual(a.names())
  expect(b.read('mod/deep/g')).toBe('mod/deep/g')
  for (const device of [a, b])
    expect(['mod', 'mod/deep', 'mod/f'].map((path) => modeOf(device, path))).toEqual(['555', '555', '444'])
  expect(await errorsOf(b)).toEqual({})
})

test('what was deleted, edited, moved and made in it while a device was away follows', async () => {
  const { world, a, b } = await pairOf({}, {})
  fillCache(a)
  a.write('outer', 'outer')
  await world.rest()
  world.cut(a, b)
  for (const path of ['mod', 'mod/deep']) chmod(a, path, 0o755)
  a.remove('mod/f')
  a.write('mod/edited', 'edited')
  a.rename('mod/deep/g', 'moved out')
  a.rename('outer', 'mod/moved in')
  a.device.disk.user.symlink('kept', '/sync/mod/link')
  a.mkdir('mod/new')
  a.write('mod/new/file', 'new')
  for (const path of ['mod', 'mod/deep', 'mod/new']) chmod(a, path, 0o555)
  await world.pass(5_000)
  world.heal(a, b)
  await world.rest()
  expect(b.names()).toEqual(a.names())
  expect([b.read('mod/edited'), b.read('mod/new/file'), b.read('moved out')]).toEqual([
    ...['edited', 'new', 'mod/deep/g'],
  ])
  await world.rescan()
  await world.rest()
  for (const device of [a, b])
    expect(['mod', 'mod/deep', 'mod/new'].map((path) => modeOf(device, path))).toEqual(['555', '555', '555'])
  expect([await errorsOf(a), await errorsOf(b)]).toEqual([{}, {}])
})

test('a read-only directory goes with all that is in it', async () => {
  const { world, a, b } = await pairOf({}, {})
  a.mkdir('outer')
  a.mkdir('outer/mod')
  a.write('outer/mod/f', 'f')
  for (const path of ['outer/mod', 'outer']) chmod(a, path, 0o555)
  await world.rest()
  expect(b.names()).toEqual(['outer/', 'outer/mod/', 'outer/mod/f'])
  a.remove('outer/mod')
  await world.rest()
  expect([b.names(), modeOf(b, 'outer')]).toEqual([['outer/'], '555'])
  a.remove('outer')
  await world.rest()
  expect(b.names()).toEqual([])
  expect(await errorsOf(b)).toEqual({})
})

test('two edits of a file in a read-only directory both stay, one as a conflict copy', async () => {
  const { world, a, b } = await pairOf({}, {})
  fillCache(a)
  await world.rest()
  world.cut(a, b)
  a.write('mod/edited', 'by a')
  b.write('mod/edited', 'by b')
  await world.pass(5_000)
  world.heal(a, b)
  await world.rest()
  expect(b.names()).toEqual(a.names())
  const copy = a.names().find((name) => name.startsWith('mod/edited ') || name.includes('conflict'))
  expect([a.read('mod/edited'), a.read(copy ?? '')].toSorted()).toEqual(['by a', 'by b'])
  expect([modeOf(a, 'mod'), modeOf(b, 'mod')]).toEqual(['555', '555'])
})

test('looked at all the while its mode stays what it was, with all that is in it', async () => {
  const { world, a, b } = await pairOf({}, { diskDelayMs: 5 })
  a.mkdir('mod')
  for (let i = 0; i < 60; i++) a.write(`mod/${i}`, `content ${i}`)
  chmod(a, 'mod', 0o555)
  let opened = 0
  const stop = b.device.disk.onChange((path) => {
    if (path === '/sync/mod' && modeOf(b, 'mod') === '755') opened++
  })
  for (let i = 0; i < 40; i++) {
    await world.pass(100)
    void b.device.node?.rescanFolder('shared', true)
  }
  await world.rest()
  stop()
  await world.rescan()
  await world.rest()
  expect(opened).toBeGreaterThan(1)
  expect(b.names()).toEqual(a.names())
  expect([modeOf(a, 'mod'), modeOf(b, 'mod')]).toEqual(['555', '555'])
})

test.each(['kill', 'crash'] as const)(
  'a %s while it is open leaves it closed after the next start',
  async (kind) => {
    const { world, a, b } = await pairOf({}, {})
    world.cut(a, b)
    fillCache(a)
    await world.pass(5_000)
    const stop = b.device.disk.onChange((path) => {
      if (path !== '/sync/mod' || modeOf(b, 'mod') !== '755') return
      // What was done lasts, as it mostly does.
      b.device.disk.flush()
      b.device.die(kind)
    })
    world.heal(a, b)
    await world.pass(30_000)
    stop()
    expect([b.device.running, modeOf(b, 'mod')]).toEqual([false, '755'])
    await world.restart(b)
    await world.rest()
    await world.rescan()
    await world.rest()
    expect(b.names()).toEqual(a.names())
    expect([modeOf(a, 'mod'), modeOf(b, 'mod')]).toEqual(['555', '555'])
    expect(b.device.disk.tree('/sync/.peerfold/open')).toEqual([])
  },
)

test('a step that fails in a read-only directory is tried again ever later, not at once for ever', async () => {
  const { world, a, b } = await pairOf({}, {})
  a.mkdir('mod')
  a.write('mod/f', 'one')
  chmod(a, 'mod', 0o555)
  await world.rest()
  b.device.weather = { ...FAIR, unreadable: '/sync/.peerfold/versions', unreadableAs: 'IO_ERROR' }
  a.write('mod/f', 'two')
  await world.pass(5_000)
  let changes = 0
  const stop = b.device.disk.onChange(() => changes++)
  await world.pass(600_000)
  stop()
  expect(await errorsOf(b)).toEqual({ 'mod/f': 'IO_ERROR' })
  // Ten to twenty tries, each of which opens the directory and closes it.
  expect(changes).toBeLessThan(300)
  b.device.weather = FAIR
  await world.rest()
  expect(b.read('mod/f')).toBe('two')
})
