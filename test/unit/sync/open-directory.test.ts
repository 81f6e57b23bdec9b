/** A directory is open for the moment of a step, and never for longer, whoever comes and goes meanwhile. */
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { codeOf } from '../../../src/node/base/errors.ts'
import { systemClock } from '../../../src/node/base/clock.ts'
import { silentLog } from '../../../src/node/base/log.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import type { ErrorCode } from '../../../src/node/base/errors.ts'
import { createFaultyFileSystem } from '../../../src/node/fs/faulty-file-system.ts'
import { createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'
import { closeLeftOpen, noteOpen } from '../../../src/node/sync/left-open.ts'
import { callInDirectory, inOpenDirectory, inOwnDirectory } from '../../../src/node/sync/open-directory.ts'
import { PathLocks } from '../../../src/node/sync/path-locks.ts'

async function folderWith(mode: number, refuse: Partial<Record<string, ErrorCode>> = {}, seed = 1) {
  const disk = createMemoryDisk({ clock: createFakeClock(), random: seededRandom(seed) })
  disk.user.mkdir('/sync/mod')
  disk.user.mkdir('/sync/.peerfold')
  disk.user.chmod('/sync/mod', mode)
  const asked: string[] = []
  const { fileSystem } = createFaultyFileSystem(disk.fileSystem, ({ operation }) => {
    asked.push(operation)
    return refuse[operation]
  })
  const root = await fileSystem.openRoot('/sync')
  asked.length = 0
  const parts = { root, locks: new PathLocks(), log: silentLog(), clock: systemClock() }
  const modeNow = async (): Promise<string> => ((await root.lstat('mod'))?.mode ?? 0).toString(8)
  const make = async (name: string): Promise<void> => (await root.createFile(`mod/${name}`, 0o600)).close()
  return { ...{ disk, root, parts, asked, modeNow, make } }
}

test.each([
  { mode: 0o555, open: '755' },
  { mode: 0o070, open: '770' },
  { mode: 0o000, open: '700' },
  { mode: 0o300, open: '700' },
])('what is closed is open for its owner while the work lasts ($open)', async ({ mode, open }) => {
  const { parts, modeNow, make } = await folderWith(mode)
  const during = await inOpenDirectory(parts, 'mod', async () => {
    await make('file')
    return modeNow()
  })
  expect([during, await modeNow()]).toEqual([open, mode.toString(8)])
  expect(parts.locks.isHeld('mod')).toBe(false)
})

test('it is closed again when the work fails, whose error is told', async () => {
  const { parts, modeNow } = await folderWith(0o555)
  const failing = inOpenDirectory(parts, 'mod', () => Promise.reject(new Error('the disk failed')))
  await expect(failing).rejects.toThrow('the disk failed')
  expect(await modeNow()).toBe('555')
})

test('of several in it at once the last one closes it, and who comes while it closes opens it anew', async () => {
  const { parts, modeNow, make } = await folderWith(0o555)
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const works = gates.map(({ promise }, i) =>
    inOpenDirectory(parts, 'mod', async () => {
      await promise
      await make(`${i}`)
    }),
  )
  gates[0]?.resolve()
  await works[0]
  expect([await modeNow(), parts.locks.isHeld('mod')]).toEqual(['755', true])
  gates[1]?.resolve()
  const late = parts.locks.hold(['other'], () => inOpenDirectory(parts, 'mod', () => make('late')))
  await Promise.all([works[1], late])
  expect(await modeNow()).toBe('555')
  expect(parts.locks.isHeld('mod')).toBe(false)
})

test('who holds it alone waits until it is closed, and the other way round', async () => {
  const { parts, modeNow } = await folderWith(0o555)
  const seen: string[] = []
  const note = async (): Promise<void> => void seen.push(await modeNow())
  const steps = [
    inOpenDirectory(parts, 'mod', note),
    parts.locks.hold(['mod'], note),
    inOpenDirectory(parts, 'mod', note),
    parts.locks.hold(['mod'], () => inOwnDirectory(parts, 'mod', note)),
  ]
  await Promise.all(steps)
  expect(seen.toSorted()).toEqual(['555', '755', '755', '755'])
  expect(await modeNow()).toBe('555')
})

test('a mode that somebody sets meanwhile stays', async () => {
  const { disk, parts, modeNow } = await folderWith(0o555)
  await inOpenDirectory(parts, 'mod', async () => disk.user.chmod('/sync/mod', 0o750))
  expect(await modeNow()).toBe('750')
})

test('another directory that has the name by the end is left as it is', async () => {
  const { disk, parts, modeNow } = await folderWith(0o555)
  await inOpenDirectory(parts, 'mod', async () => {
    disk.user.rename('/sync/mod', '/sync/moved')
    disk.user.mkdir('/sync/mod', 0o755)
  })
  expect(await modeNow()).toBe('755')
})

test('what may not be opened is worked in as far as the disk allows, and the refusal is told', async () => {
  const { parts, modeNow, make } = await folderWith(0o555, { 'set-mode': 'PERMISSION_DENIED' })
  expect(await inOpenDirectory(parts, 'mod', async () => 'allowed')).toBe('allowed')
  const refused = await inOpenDirectory(parts, 'mod', () => make('file')).catch(codeOf)
  expect([refused, await modeNow()]).toEqual(['PERMISSION_DENIED', '555'])
})

test('one call is made as it is first: where nothing is closed it costs nothing', async () => {
  const open = await folderWith(0o755)
  await callInDirectory(open.parts, 'mod', () => open.make('file'))
  expect(open.asked).toEqual(['create-file', 'close'])
  const closed = await folderWith(0o555)
  await callInDirectory(closed.parts, 'mod', () => closed.make('file'))
  expect([await closed.modeNow(), await closed.root.lstat('mod/file')]).toMatchObject([
    '555',
    { kind: 'file' },
  ])
})

test('a step in an open directory costs one look', async () => {
  const { parts, asked } = await folderWith(0o755)
  await inOpenDirectory(parts, 'mod', async () => {})
  expect(asked).toEqual(['lstat'])
})

const NOTES = '/sync/.peerfold/open'

test('nothing of it is noted when it is over, whether it could be opened or not', async () => {
  for (const refuse of [{}, { 'set-mode': 'PERMISSION_DENIED' }] as const) {
    const { disk, parts } = await folderWith(0o555, refuse)
    for (let i = 0; i < 2; i++) await inOpenDirectory(parts, 'mod', async () => {})
    expect(disk.tree(NOTES)).toEqual([])
  }
})

test('a disk without symbolic links opens it without a note', async () => {
  const { parts, modeNow, make } = await folderWith(0o555, { 'make-symlink': 'SYMLINK_UNSUPPORTED' })
  await inOpenDirectory(parts, 'mod', () => make('file'))
  expect(await modeNow()).toBe('555')
})

test.each([
  { what: 'was left open is closed', left: 0o755, stays: '555' },
  { what: 'was closed already stays', left: 0o555, stays: '555' },
  { what: 'a person gave another mode keeps it', left: 0o777, stays: '777' },
])('at the next start what $what', async ({ left, stays }) => {
  const { disk, parts, modeNow } = await folderWith(left)
  await noteOpen(parts, 'mod', 0o500)
  // Noted twice: of a start whose notes could not be removed.
  await noteOpen(parts, 'mod', 0o555)
  await closeLeftOpen(parts)
  expect([await modeNow(), disk.tree(NOTES)]).toEqual([stays, []])
})

test('notes of what is gone, and what is no note, are removed', async () => {
  const { disk, parts } = await folderWith(0o755)
  await noteOpen(parts, 'gone', 0o555)
  disk.user.symlink('somewhere', `${NOTES}/odd`)
  await closeLeftOpen(parts)
  expect(disk.tree(NOTES)).toEqual([])
})

test.each(['while it is open', 'when it was closed again'])(
  'a power cut %s leaves no directory open behind the next start',
  async (when) => {
    const left = new Set<string>()
    for (let seed = 1; seed <= 60; seed++) {
      const { disk, parts } = await folderWith(0o555, {}, seed)
      for (const path of ['', '.peerfold', 'mod']) await parts.root.syncDirectory(path)
      const isCut = Promise.withResolvers<void>()
      const cut = (): void => {
        disk.crash()
        isCut.resolve()
      }
      const step = inOpenDirectory(parts, 'mod', async () => {
        await (await parts.root.createFile('mod/file', 0o600)).close()
        await parts.root.syncDirectory('mod')
        if (when === 'while it is open') cut()
      })
      // What a dead program asked for is never answered.
      await Promise.race([step, isCut.promise])
      if (when === 'when it was closed again') cut()
      const root = await disk.fileSystem.openRoot('/sync')
      const modeNow = async (): Promise<string> => ((await root.lstat('mod'))?.mode ?? 0).toString(8)
      left.add(await modeNow())
      await closeLeftOpen({ ...parts, root })
      expect(await modeNow(), `seed ${seed}`).toBe('555')
    }
    expect(left.has('755')).toBe(when === 'while it is open')
  },
)
