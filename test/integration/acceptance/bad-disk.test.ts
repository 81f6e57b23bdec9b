/**
 * Disks that do not do as they should. Promises that what cannot be read, written or found is
 * reported by name, that everything else goes on, that nothing is deleted elsewhere because of it,
 * and that the folder heals by itself when the cause is gone.
 */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { seededBytes } from '../../support/awkward-tree.ts'
import { eventually } from '../../support/deadline.ts'
import { openStage, pair, share, unprivilegedObstacle } from '../../support/real-nodes.ts'
import type { RealNode } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import { FOLDER, twoPlaces } from '../../support/two-places.ts'

const MIB = 1 << 20
const DEADLINE_MS = 30_000
/** A failed change is tried again after a minute at the latest. */
const RETRY_DEADLINE_MS = 90_000

async function untilError(node: RealNode, code: string, path?: string): Promise<void> {
  await eventually(DEADLINE_MS, `${node.name} reports ${code}`, async () => {
    const { errors } = await node.folder(FOLDER)
    return errors.some((error) => error.code === code && (path === undefined || error.path === path))
  })
}

async function untilReads(path: string, content: string): Promise<void> {
  await eventually(DEADLINE_MS, `${path} arrives`, () => readFileSync(path, 'utf8') === content)
}

describe('what this user may not read', () => {
  test('is reported by name, the others go on, and nothing is deleted elsewhere', async ({ skip }) => {
    const obstacle = await unprivilegedObstacle()
    if (obstacle !== undefined) skip(obstacle)
    const stage = openStage()
    const fill = (a: string, b: string): void => {
      chownSync(b, 65_534, 65_534)
      for (const name of ['private', 'open']) mkdirSync(join(a, name))
      for (const name of ['private/letter', 'open/one', 'open/two']) writeFileSync(join(a, name), name)
    }
    const places = await twoPlaces(stage, { fill, second: { unprivileged: true } })
    const [{ path: a }, { node: bob, path: b }] = places
    const before = await untilSame(DEADLINE_MS, FOLDER, places)

    chmodSync(join(b, 'private'), 0o000)
    writeFileSync(join(b, 'open', 'secret'), 'nobody reads this yet', { mode: 0o000 })
    chmodSync(join(b, 'open', 'secret'), 0o000)
    writeFileSync(join(b, 'open', 'after'), 'this one goes on')
    await untilReads(join(a, 'open', 'after'), 'this one goes on')
    const rescan = await bob.run('folder', 'rescan', FOLDER, '--wait')
    expect(rescan.exit).toBe(0)
    await untilError(bob, 'FILE_UNREADABLE', 'open/secret')
    const { errors } = await bob.folder(FOLDER)
    expect(errors.map(({ path }) => path)).toContain('private')
    expect(readFileSync(join(a, 'private', 'letter'), 'utf8')).toBe('private/letter')
    expect(readdirSync(join(a, 'open')).toSorted()).toEqual(['after', 'one', 'two'])

    chmodSync(join(b, 'private'), 0o755)
    chmodSync(join(b, 'open', 'secret'), 0o644)
    await untilReads(join(a, 'open', 'secret'), 'nobody reads this yet')
    const after = await untilSame(RETRY_DEADLINE_MS, FOLDER, places)
    expect([...after.keys()].toSorted()).toEqual([...before.keys(), 'open/after', 'open/secret'].toSorted())
    expect((await bob.folder(FOLDER)).errors).toEqual([])
  })

  test('is read-only, a directory and what is in it: it arrives, and what is deleted in it goes', async ({
    skip,
  }) => {
    const obstacle = await unprivilegedObstacle()
    if (obstacle !== undefined) skip(obstacle)
    const fill = (a: string, b: string): void => {
      chownSync(b, 65_534, 65_534)
      mkdirSync(join(a, 'mod'))
      for (const name of ['one', 'two']) writeFileSync(join(a, 'mod', name), name, { mode: 0o444 })
      chmodSync(join(a, 'mod'), 0o555)
    }
    const places = await twoPlaces(openStage(), { fill, second: { unprivileged: true } })
    const [{ node: ada, path: a }, { node: bob, path: b }] = places
    expect(statSync(join(b, 'mod')).mode & 0o777).toBe(0o555)
    rmSync(join(a, 'mod', 'one'))
    await ada.rescan(FOLDER)
    const tree = await untilSame(DEADLINE_MS, FOLDER, places)
    expect([...tree.keys()].toSorted()).toEqual(['mod', 'mod/two'])
    for (const path of [a, b]) expect(statSync(join(path, 'mod')).mode & 0o777).toBe(0o555)
    expect((await bob.folder(FOLDER)).errors).toEqual([])
  })

  test('a name that is no text is reported and stays where it is', async () => {
    const places = await twoPlaces(openStage(), { fill: (a) => writeFileSync(join(a, 'kept'), 'kept') })
    const [{ node: ada, path: a }, { path: b }] = places
    const odd = Buffer.concat([Buffer.from(`${a}/`), Buffer.from([0x66, 0xff, 0x67])])
    writeFileSync(odd, 'latin')
    writeFileSync(join(a, 'after'), 'goes on')
    await untilReads(join(b, 'after'), 'goes on')
    await eventually(DEADLINE_MS, 'the name is reported', async () =>
      (await ada.folder(FOLDER)).errors.some(({ code }) => code === 'NAME_NOT_UTF8'),
    )
    expect(readdirSync(b).toSorted()).toEqual(['.peerfold', 'after', 'kept'])
    rmSync(odd)
    await eventually(DEADLINE_MS, 'the report goes', async () => (await ada.folder(FOLDER)).errorCount === 0)
  })
})

/** A file system of our own at `path`, gone when the test ends. */
function mountMemory(path: string, sizeMib: number, skip: (reason: string) => void): void {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'peerfold-test', path], { stdio: 'pipe' })
  } catch (error) {
    skip(`no file system can be mounted here: ${String(error).split('\n')[0]}`)
  }
  onTestFinished(() => {
    // Lazily: a node that is being ended may still hold it.
    execFileSync('umount', ['--lazy', path])
  })
}

describe('a disk that is full', () => {
  test(
    'is reported, small files go on, and the rest follows when there is room',
    { timeout: 240_000 },
    async ({ skip }) => {
      const stage = openStage()
      const [a, b] = [stage.make('a'), stage.make('b')]
      mountMemory(b, 16, skip)
      const [ada, bob] = await Promise.all([stage.node('ada'), stage.node('bob')])
      await pair(ada, bob)
      await share(ada, FOLDER, a, [bob])
      await share(bob, FOLDER, b, [ada])
      const places = [
        { node: ada, path: a },
        { node: bob, path: b },
      ]
      writeFileSync(join(a, 'first'), 'first')
      await untilSame(DEADLINE_MS, FOLDER, places)
      writeFileSync(join(a, 'large'), seededBytes(1, 40 * MIB))
      await untilError(bob, 'DISK_FULL', 'large')
      writeFileSync(join(a, 'small'), 'small')
      await untilReads(join(b, 'small'), 'small')
      expect(readFileSync(join(b, 'first'), 'utf8')).toBe('first')

      execFileSync('mount', ['-o', 'remount,size=128m', b])
      const tree = await untilSame(RETRY_DEADLINE_MS, FOLDER, places)
      expect([...tree.keys()].toSorted()).toEqual(['first', 'large', 'small'])
      expect((await bob.folder(FOLDER)).errors).toEqual([])
    },
  )
})

describe('a folder whose root is not what it was', () => {
  const fill = (a: string): void => {
    mkdirSync(join(a, 'papers'))
    for (let index = 0; index < 20; index++) writeFileSync(join(a, 'papers', `${index}`), `paper ${index}`)
  }

  test(
    'has lost its marker, or is gone altogether: nothing is deleted elsewhere, and it goes on when it is back',
    { timeout: 240_000 },
    async () => {
      const stage = openStage()
      const places = await twoPlaces(stage, { fill })
      const [{ node: ada, path: a }, { node: bob, path: b }] = places
      renameSync(join(b, '.peerfold'), join(stage.directory, 'marker'))
      rmSync(join(b, 'papers'), { recursive: true })
      await bob.run('folder', 'rescan', FOLDER, '--wait')
      await untilError(bob, 'FOLDER_MARKER_MISSING')
      expect((await bob.folder(FOLDER)).state).toBe('error')
      writeFileSync(join(a, 'new'), 'new') // what is placed into an empty mount point is lost
      await ada.rescan(FOLDER)
      expect(readdirSync(join(a, 'papers'))).toHaveLength(20)
      // A parking that was under way may have made its directory again; nothing is placed.
      expect(readdirSync(b).filter((name) => name !== '.peerfold')).toEqual([])
      rmSync(join(b, '.peerfold'), { recursive: true, force: true })

      // With the marker back, the absence of the papers is what a user did.
      renameSync(join(stage.directory, 'marker'), join(b, '.peerfold'))
      mkdirSync(join(b, 'papers'))
      for (let index = 0; index < 20; index++) writeFileSync(join(b, 'papers', `${index}`), `paper ${index}`)
      const tree = await untilSame(RETRY_DEADLINE_MS, FOLDER, places)
      expect(tree.size).toBe(22)

      const away = join(stage.directory, 'away')
      renameSync(b, away)
      await bob.run('folder', 'rescan', FOLDER, '--wait')
      await untilError(bob, 'FOLDER_PATH_MISSING')
      expect((await bob.folder(FOLDER)).state).toBe('error')
      await ada.rescan(FOLDER)
      expect(readdirSync(join(a, 'papers'))).toHaveLength(20)
      renameSync(away, b)
      writeFileSync(join(a, 'newer'), 'newer')
      expect((await untilSame(RETRY_DEADLINE_MS, FOLDER, places)).size).toBe(23)
    },
  )

  test(
    'is unmounted while the node is down: it starts, says so, and deletes nothing',
    { timeout: 240_000 },
    async ({ skip }) => {
      const stage = openStage()
      const source = stage.make('disk')
      let mounted = false
      const bind = (path: string): void => {
        execFileSync('mount', ['--bind', source, path], { stdio: 'pipe' })
        mounted = true
      }
      const places = await twoPlaces(stage, {
        fill: (a, b) => {
          fill(a)
          try {
            bind(b)
          } catch (error) {
            skip(`no directory can be mounted here: ${String(error).split('\n')[0]}`)
          }
        },
      })
      const [{ node: ada, path: a }, { node: bob, path: b }] = places
      onTestFinished(() => void (mounted && execFileSync('umount', ['--lazy', b])))
      expect(await bob.stop()).toBe(0)
      execFileSync('umount', ['--lazy', b])
      mounted = false
      await bob.start()
      await untilError(bob, 'FOLDER_MARKER_MISSING')
      await ada.rescan(FOLDER)
      expect(readdirSync(join(a, 'papers'))).toHaveLength(20)
      expect(readdirSync(b)).toEqual([])
      bind(b)
      writeFileSync(join(a, 'new'), 'new')
      expect((await untilSame(RETRY_DEADLINE_MS, FOLDER, places)).size).toBe(22)
    },
  )

  test(
    'is unmounted under a running node and another disk with the same content is put there',
    { timeout: 240_000 },
    async ({ skip }) => {
      const stage = openStage()
      const places = await twoPlaces(stage, {
        fill: (a, b) => {
          fill(a)
          mountMemory(b, 16, skip)
        },
      })
      const [{ node: ada, path: a }, { node: bob, path: b }] = places
      const saved = stage.make('saved')
      execFileSync('cp', ['-a', `${b}/.`, saved])
      execFileSync('umount', ['--lazy', b])
      await bob.run('folder', 'rescan', FOLDER, '--wait')
      await untilError(bob, 'FOLDER_MARKER_MISSING')
      await ada.rescan(FOLDER)
      expect(readdirSync(join(a, 'papers'))).toHaveLength(20)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'peerfold-test', b])
      execFileSync('cp', ['-a', `${saved}/.`, b])
      await untilSame(RETRY_DEADLINE_MS, FOLDER, places)
      // The new disk is watched as the old one was.
      writeFileSync(join(b, 'papers', '3'), 'edited on the new disk')
      await untilReads(join(a, 'papers', '3'), 'edited on the new disk')
      rmSync(join(b, 'papers', '4'))
      expect((await untilSame(DEADLINE_MS, FOLDER, places)).has('papers/4')).toBe(false)
    },
  )

  test('inside it is unmounted, and nothing counts as deleted', { timeout: 240_000 }, async ({ skip }) => {
    const stage = openStage()
    const disk = stage.make('disk')
    const [a, b] = ['a', 'b'].map((name) => join(stage.directory, name)) as [string, string]
    const mount = (): void => void execFileSync('mount', ['--bind', disk, join(a, 'disk')], { stdio: 'pipe' })
    const unmount = (): void => void execFileSync('umount', ['--lazy', join(a, 'disk')])
    mountMemory(disk, 16, skip)
    const [{ node: ada, path }, { node: bob }] = await twoPlaces(stage, {
      fill: () => {
        mkdirSync(join(a, 'disk'))
        mount()
        for (const name of ['disk/photo', 'disk/other', 'plain']) writeFileSync(join(a, name), name)
      },
    })
    const places = [
      { node: ada, path },
      { node: bob, path: b },
    ]
    let isMounted = true
    onTestFinished(() => void (isMounted && unmount()))
    unmount()
    isMounted = false
    await ada.rescan(FOLDER)
    await untilError(ada, 'DISK_AWAY', 'disk')
    expect(await ada.stop()).toBe(0)
    await ada.start()
    await untilError(ada, 'DISK_AWAY', 'disk')
    // The rest goes on, and nothing is placed where the disk would hide it.
    writeFileSync(join(b, 'disk', 'new'), 'new')
    rmSync(join(a, 'plain'))
    writeFileSync(join(a, 'after'), 'after')
    await untilReads(join(b, 'after'), 'after')
    await bob.rescan(FOLDER)
    await untilError(ada, 'DISK_AWAY', 'disk/new')
    expect(readdirSync(join(a, 'disk'))).toEqual([])
    expect(readdirSync(join(b, 'disk')).toSorted()).toEqual(['new', 'other', 'photo'])
    mount()
    isMounted = true
    rmSync(join(a, 'disk', 'other'))
    await ada.rescan(FOLDER)
    const tree = await untilSame(RETRY_DEADLINE_MS, FOLDER, places)
    expect([...tree.keys()].toSorted()).toEqual(['after', 'disk', 'disk/new', 'disk/photo'])
    expect((await ada.folder(FOLDER)).errors).toEqual([])
  })
})
