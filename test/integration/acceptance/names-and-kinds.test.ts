/**
 * Names and kinds on real disks: what is long, linked, no file at all, or beyond what the disk holds.
 * Promises that what can be synced arrives as it is, and that the rest is said by name.
 */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { VersionPage } from '../../../src/node/api/node-port.ts'
import { eventually } from '../../support/deadline.ts'
import { openStage } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import { FOLDER, twoPlaces } from '../../support/two-places.ts'

const MIB = 1 << 20
const DEADLINE_MS = 30_000
/** A failed change is tried again after a minute at the latest. */
const RETRY_DEADLINE_MS = 90_000

async function untilReads(path: string, content: string): Promise<void> {
  await eventually(DEADLINE_MS, `${path} arrives`, () => readFileSync(path, 'utf8') === content)
}

test('a path of 3,000 bytes and names of 255 bytes arrive, are edited, and go', async () => {
  const names = Array.from({ length: 15 }, (_, depth) => `${depth}`.padEnd(199, 'n'))
  const long = '语'.repeat(85)
  const places = await twoPlaces(openStage(), {
    fill: (a) => {
      mkdirSync(join(a, ...names), { recursive: true })
      writeFileSync(join(a, ...names, 'end'), 'deep')
      writeFileSync(join(a, long), 'long')
    },
  })
  const [{ path: a }, { path: b }] = places
  expect(Buffer.byteLength(join(...names, 'end'))).toBeGreaterThanOrEqual(3_000)
  expect(readFileSync(join(b, ...names, 'end'), 'utf8')).toBe('deep')
  writeFileSync(join(b, ...names, 'end'), 'edited')
  await untilReads(join(a, ...names, 'end'), 'edited')
  // Deleted before the edit is recorded here, the deletion is one of the former content: the edit stays.
  await untilSame(DEADLINE_MS, FOLDER, places)
  rmSync(join(a, names[0] ?? ''), { recursive: true })
  expect([...(await untilSame(DEADLINE_MS, FOLDER, places)).keys()]).toEqual([long])
})

test('FIFOs, sockets and devices are named, never opened, and stop nothing', async () => {
  const places = await twoPlaces(openStage(), { fill: (a) => writeFileSync(join(a, 'file'), 'file') })
  const [{ node: ada, path: a }, { path: b }] = places
  const special = ['fifo', 'socket']
  execFileSync('mkfifo', [join(a, 'fifo')])
  const server = createServer().listen(join(a, 'socket'))
  onTestFinished(() => void server.close())
  if (process.getuid?.() === 0) {
    execFileSync('mknod', [join(a, 'device'), 'c', '1', '7'])
    special.unshift('device')
  }
  writeFileSync(join(a, 'after'), 'after')
  await untilReads(join(b, 'after'), 'after')
  await ada.rescan(FOLDER)
  const { leftOut, leftOutCount, errorCount, status } = await ada.folder(FOLDER)
  expect(leftOut.map(({ path, code }) => `${path} ${code}`).toSorted()).toEqual(
    special.map((name) => `${name} KIND_UNSUPPORTED`),
  )
  expect([leftOutCount, errorCount, status.word]).toEqual([special.length, 0, 'safe'])
  expect((await ada.run('status')).exit).toBe(0)
  expect(readdirSync(b).toSorted()).toEqual(['.peerfold', 'after', 'file'])
})

test('hard links are two files to others, and a change that comes parts them', async () => {
  const places = await twoPlaces(openStage(), {
    fill: (a) => {
      writeFileSync(join(a, 'one'), 'shared')
      linkSync(join(a, 'one'), join(a, 'two'))
    },
  })
  const [{ path: a }, { path: b }] = places
  expect(readFileSync(join(b, 'two'), 'utf8')).toBe('shared')
  appendFileSync(join(a, 'one'), ' and edited')
  await places[0].node.rescan(FOLDER)
  await untilReads(join(b, 'one'), 'shared and edited')
  await untilReads(join(b, 'two'), 'shared and edited')
  writeFileSync(join(b, 'one'), 'of its own')
  await untilReads(join(a, 'one'), 'of its own')
  await untilSame(DEADLINE_MS, FOLDER, places)
  expect(readFileSync(join(a, 'two'), 'utf8')).toBe('shared and edited')
  expect(statSync(join(a, 'two')).ino).not.toBe(statSync(join(a, 'one')).ino)
})

test('links in circles, to themselves and to nowhere arrive as they are, and nobody walks in circles', async () => {
  const targets: Readonly<Record<string, string>> = {
    ...{ self: 'self', here: '.', up: '..', egg: 'hen', hen: 'egg', nowhere: 'not/there' },
    'papers/back': '../papers',
  }
  const places = await twoPlaces(openStage(), {
    fill: (a) => {
      mkdirSync(join(a, 'papers'))
      for (const [path, target] of Object.entries(targets)) symlinkSync(target, join(a, path))
      writeFileSync(join(a, 'papers', 'letter'), 'letter')
    },
  })
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  const linksOf = (root: string): unknown =>
    Object.fromEntries(Object.keys(targets).map((path) => [path, readlinkSync(join(root, path))]))
  expect(linksOf(b)).toEqual(targets)
  // A circle turned round on one side, while the other writes through a link that leads back.
  unlinkSync(join(b, 'papers', 'back'))
  symlinkSync('../papers/back', join(b, 'papers', 'back'))
  appendFileSync(join(a, 'here', 'papers', 'letter'), ' and more')
  for (const node of [ada, bob]) await node.rescan(FOLDER)
  const tree = await untilSame(DEADLINE_MS, FOLDER, places)
  expect([...tree.keys()].toSorted()).toEqual(['papers', 'papers/letter', ...Object.keys(targets)].toSorted())
  expect(readlinkSync(join(a, 'papers', 'back'))).toBe('../papers/back')
  expect(readFileSync(join(b, 'papers', 'letter'), 'utf8')).toBe('letter and more')
  for (const { node } of places) expect((await node.folder(FOLDER)).errorCount).toBe(0)
})

test('a file that is given a name no other device can have is said by name, kept, and back with a good one', async () => {
  const places = await twoPlaces(openStage(), { fill: (a) => writeFileSync(join(a, 'letter'), 'letter') })
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  const unnamed = Buffer.concat([Buffer.from(join(a, 'letter-')), Buffer.from([0xff, 0xfe])])
  renameSync(join(a, 'letter'), unnamed)
  await ada.rescan(FOLDER)
  const { errors, status } = await ada.folder(FOLDER)
  expect(errors).toMatchObject([{ path: expect.stringContaining('letter-'), code: 'NAME_NOT_UTF8' }])
  expect(status.word).toBe('needs-you')
  await eventually(DEADLINE_MS, 'it is gone under its old name', () => !existsSync(join(b, 'letter')))
  expect(readFileSync(unnamed, 'utf8')).toBe('letter')
  const { body } = await bob.request<VersionPage>('GET', `/folders/${FOLDER}/versions?path=letter`)
  expect(body.versions.map(({ size, cause }) => ({ size, cause }))).toEqual([{ size: 6, cause: 'deleted' }])
  renameSync(unnamed, join(a, 'letter-2'))
  await ada.rescan(FOLDER)
  await untilReads(join(b, 'letter-2'), 'letter')
  expect((await ada.folder(FOLDER)).errorCount).toBe(0)
})

test('a directory that became a link to elsewhere lets nothing out of the folder', async () => {
  const stage = openStage()
  const outside = stage.make('outside')
  writeFileSync(join(outside, 'letter'), 'private')
  const places = await twoPlaces(stage, {
    fill: (a) => {
      mkdirSync(join(a, 'papers'))
      writeFileSync(join(a, 'papers', 'letter'), 'shared')
    },
  })
  const [{ path: a }, { node: bob, path: b }] = places
  rmSync(join(b, 'papers'), { recursive: true })
  symlinkSync(outside, join(b, 'papers'))
  writeFileSync(join(a, 'papers', 'letter'), 'edited')
  writeFileSync(join(a, 'papers', 'new'), 'new')
  await bob.rescan(FOLDER)
  const tree = await untilSame(RETRY_DEADLINE_MS, FOLDER, places)
  expect(readFileSync(join(outside, 'letter'), 'utf8')).toBe('private')
  expect(readdirSync(outside)).toEqual(['letter'])
  // The edit beats the deletion, and the directory keeps the name.
  expect([...tree.keys()]).toContain('papers/letter')
  expect(readFileSync(join(a, 'papers', 'letter'), 'utf8')).toBe('edited')
})

test(
  'a disk that turns read-only is named, gives what it has, and goes on when it is writable',
  { timeout: 240_000 },
  async ({ skip }) => {
    const stage = openStage()
    let isMounted = false
    const places = await twoPlaces(stage, {
      fill: (a, b) => {
        writeFileSync(join(a, 'first'), 'first')
        try {
          execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'peerfold-test', b], { stdio: 'pipe' })
          isMounted = true
        } catch (error) {
          skip(`no file system can be mounted here: ${String(error).split('\n')[0]}`)
        }
      },
    })
    const [{ path: a }, { node: bob, path: b }] = places
    onTestFinished(() => void (isMounted && execFileSync('umount', ['--lazy', b])))
    writeFileSync(join(b, 'own'), 'of this disk')
    execFileSync('mount', ['-o', 'remount,ro', b])
    await untilReads(join(a, 'own'), 'of this disk')
    writeFileSync(join(a, 'new'), 'new')
    await eventually(DEADLINE_MS, 'it is named', async () =>
      (await bob.folder(FOLDER)).errors.some(({ path, code }) => path === 'new' && code === 'DISK_READ_ONLY'),
    )
    expect(await bob.stop()).toBe(0)
    execFileSync('mount', ['-o', 'remount,rw', b])
    writeFileSync(join(b, 'while down'), 'written while the node was down')
    execFileSync('mount', ['-o', 'remount,ro', b])
    await bob.start()
    await untilReads(join(a, 'while down'), 'written while the node was down')
    execFileSync('mount', ['-o', 'remount,rw', b])
    const tree = await untilSame(RETRY_DEADLINE_MS, FOLDER, places)
    expect([...tree.keys()].toSorted()).toEqual(['first', 'new', 'own', 'while down'])
    expect((await bob.folder(FOLDER)).errors).toEqual([])
  },
)

/** A FAT disk in a file, mounted at `path`, gone when the test ends; skips where there can be none. */
function mountFat(image: string, path: string, skip: (reason: string) => void): void {
  writeFileSync(image, '')
  truncateSync(image, 64 * MIB)
  try {
    execFileSync('mkfs.vfat', [image], { stdio: 'pipe' })
    execFileSync('mount', ['-o', 'loop', image, path], { stdio: 'pipe' })
  } catch (error) {
    skip(`no FAT disk can be made here: ${String(error).split('\n')[0]}`)
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', path]))
}

test(
  'a FAT disk: names it takes for one, names it refuses and links are named, the rest goes both ways',
  { timeout: 240_000 },
  async ({ skip }) => {
    const stage = openStage()
    const places = await twoPlaces(stage, {
      fill: (a, b) => {
        mountFat(join(stage.directory, 'fat.img'), b, skip)
        writeFileSync(join(a, 'plain'), 'plain')
      },
    })
    const [{ node: ada, path: a }, { node: bob, path: b }] = places
    writeFileSync(join(a, 'README'), 'the first')
    await untilReads(join(b, 'README'), 'the first')
    writeFileSync(join(a, 'readme'), 'the second')
    writeFileSync(join(a, '12:30'), 'noon')
    symlinkSync('plain', join(a, 'link'))
    await eventually(DEADLINE_MS, 'three are named', async () => {
      const { errors } = await bob.folder(FOLDER)
      const said = errors.map(({ path, code }) => `${path} ${code}`).toSorted()
      return said.join() === '12:30 NAME_UNUSABLE,link SYMLINK_UNSUPPORTED,readme NAME_COLLISION'
    })
    expect(readFileSync(join(b, 'README'), 'utf8')).toBe('the first')
    await eventually(
      DEADLINE_MS,
      'the other device says so',
      async () => (await ada.folder(FOLDER)).status.reason === 'device-errors',
    )
    writeFileSync(join(b, 'plain'), 'edited on FAT')
    await untilReads(join(a, 'plain'), 'edited on FAT')
    for (const name of ['README', '12:30', 'link']) rmSync(join(a, name))
    await untilReads(join(b, 'readme'), 'the second')
    expect(existsSync(join(a, 'readme'))).toBe(true)
    await eventually(DEADLINE_MS, 'nothing is wrong', async () => (await bob.folder(FOLDER)).errorCount === 0)
  },
)
