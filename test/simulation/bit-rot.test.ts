/**
 * Disks that spoil what they hold. Promises whole nodes on twins in virtual time: what rots is never
 * told to others as a change, is named, and comes back from whoever has it.
 */
import { expect, test } from 'vitest'
import type { FolderView, ScrubView, VersionEntry } from '../../src/node/api/node-port.ts'
import { seededRandom } from '../../src/node/base/random.ts'
import type { MemoryDiskSettings } from '../../src/node/fs/memory-state.ts'
import { deviceIdOf, generateIdentity } from '../../src/node/net/identity.ts'
import { createMemoryLab } from '../../src/node/net/memory-network.ts'
import { amount } from '../support/tier.ts'
import { FOLDER, FOLDER_PATH, SimDevice } from './device.ts'
import { entries, hashOf } from './people.ts'
import { VirtualTime } from './virtual-time.ts'
import { simulate } from './world.ts'

const GOOD = 'the good content, which somebody wrote'
const SECOND_MS = 1_000
const HOUR_MS = 3_600 * SECOND_MS
const DAY_MS = 24 * HOUR_MS

type DiskOf = (name: string) => Partial<MemoryDiskSettings>

/** Devices that share one folder, and a time that passes when it is told to. */
class Household {
  readonly devices: readonly SimDevice[]
  readonly #time = new VirtualTime()
  readonly #added = new Set<SimDevice>()
  readonly #lab

  constructor(names: string, diskOf: DiskOf = () => ({})) {
    const random = seededRandom(7)
    const fork = () => seededRandom(random.below(2 ** 32))
    this.#lab = createMemoryLab({ clock: this.#time.clock(), random: fork() })
    this.devices = [...names].map((name) => {
      const id = deviceIdOf(generateIdentity(fork()))
      const parts = { id, name, time: this.#time, random: fork(), lab: this.#lab }
      const diskSettings = diskOf(name)
      return new SimDevice({ ...parts, diskSettings, diskDelayMs: 0, count: () => {}, log: () => {} })
    })
  }

  at(i: number): SimDevice {
    const device = this.devices[i]
    if (!device) throw new Error(`no device ${i}`)
    return device
  }

  async start(...which: number[]): Promise<void> {
    for (const i of which) {
      const device = this.at(i)
      const others = this.devices.filter((other) => other !== device).map(({ id }) => id)
      await this.during(device.start(others, !this.#added.has(device)))
      this.#added.add(device)
    }
  }

  async pass(ms: number): Promise<void> {
    await this.#time.advance(ms)
  }

  cut(one: number, other: number): void {
    this.#lab.cut(this.at(one).id, this.at(other).id)
  }

  heal(one: number, other: number): void {
    this.#lab.heal(this.at(one).id, this.at(other).id)
  }

  /** Lets time pass until the promise settles. */
  async during<T>(work: Promise<T>): Promise<T> {
    let done = false
    void work.catch(() => {}).finally(() => (done = true))
    await this.#time.advance(10 * 60_000, () => done)
    if (!done) throw new Error('the call did not end')
    return work
  }

  /** Everything is read once more, to the end. */
  async scrub(i: number): Promise<ScrubView> {
    const { node } = this.at(i)
    if (!node) throw new Error('the device does not run')
    await this.during(node.startScrub(FOLDER))
    for (let tries = 0; tries < 1_000; tries++) {
      await this.pass(10 * SECOND_MS)
      const [view] = await this.during(node.listScrubs())
      if (view?.state === 'idle') return view
    }
    throw new Error('the scrub did not end')
  }

  async folder(i: number): Promise<FolderView> {
    const status = await this.during(this.at(i).node!.status())
    return status.folders[0]!
  }

  async versions(i: number): Promise<readonly VersionEntry[]> {
    return (await this.during(this.at(i).node!.listVersions(FOLDER, undefined, { limit: 100 }))).versions
  }

  read(i: number, path: string): string {
    return Buffer.from(this.at(i).disk.user.read(`${FOLDER_PATH}/${path}`)).toString()
  }

  has(i: number, path: string): boolean {
    return this.at(i)
      .disk.tree(FOLDER_PATH)
      .some((entry) => entry.path === path)
  }

  write(i: number, path: string, content: string): void {
    this.at(i).disk.user.write(`${FOLDER_PATH}/${path}`, content)
  }

  rot(i: number, path: string, position = 4): void {
    if (!this.at(i).rot(path, position)) throw new Error('the file is not at rest')
  }

  /** What people see: contents by path, all but `big`. */
  files(i: number): Record<string, string> {
    const seen = entries(this.at(i)).filter(({ path, kind }) => kind === 'file' && path !== 'big')
    return Object.fromEntries(seen.map(({ path }) => [path, this.read(i, path)]))
  }

  /** All is looked at, and what comes of it settles. */
  async rescan(...which: number[]): Promise<void> {
    for (const i of which) {
      if (!this.at(i).running) {
        await this.start(i)
        await this.pass(60 * SECOND_MS)
      }
      await this.during(this.at(i).node!.rescanFolder(FOLDER, true))
      await this.pass(60 * SECOND_MS)
    }
  }

  stance(i: number, path: string, of = i): string | undefined {
    return this.at(i).stanceOf(path, this.at(of).id)
  }
}

/** All devices have the file and were quiet for a while. */
async function sharing(names: string, ...more: [] | [DiskOf]): Promise<Household> {
  const home = new Household(names, ...more)
  await home.start(...home.devices.keys())
  home.write(0, 'a', GOOD)
  home.write(0, 'big', `${GOOD}\n`.repeat(20_000))
  await home.pass(120 * SECOND_MS)
  for (const i of home.devices.keys()) {
    await home.during(home.at(i).node!.rescanFolder(FOLDER, true))
    expect(home.read(i, 'a')).toBe(GOOD)
  }
  await home.pass(60 * SECOND_MS)
  return home
}

test('a file that rots at rest is found by the scrub, repaired from another device, and kept aside as damaged', async () => {
  const home = await sharing('AB')
  home.rot(0, 'a')
  const rotten = home.read(0, 'a')
  expect(rotten).not.toBe(GOOD)
  expect(await home.scrub(0)).toMatchObject({ found: 1, damaged: 0, items: 2 })
  await home.pass(30 * SECOND_MS)
  expect([home.read(0, 'a'), home.read(1, 'a')]).toEqual([GOOD, GOOD])
  expect(await home.versions(0)).toMatchObject([{ path: 'a', cause: 'damaged' }])
  expect(await home.versions(1)).toEqual([])
  expect((await home.folder(0)).status.word).toBe('safe')
  expect((await home.folder(1)).status.word).toBe('safe')
})

test('rot that nobody can mend is named, told to the others, not counted as a copy, and heals when a good copy comes', async () => {
  const home = await sharing('ABC')
  home.cut(0, 2)
  home.cut(1, 2)
  await home.pass(60 * SECOND_MS)
  home.rot(0, 'a')
  home.rot(1, 'a', 9)
  const rotten = home.read(0, 'a')
  expect(await home.scrub(0)).toMatchObject({ found: 1 })
  // B had not looked: it serves nothing of what rotted there, and looks because it was asked.
  await home.pass(60 * SECOND_MS)
  expect(home.stance(1, 'a')).toBe('damaged')
  expect([home.stance(0, 'a'), home.stance(1, 'a', 0), home.stance(0, 'a', 1)]).toEqual(
    Array(3).fill('damaged'),
  )
  const folder = await home.folder(0)
  expect(folder.status).toMatchObject({ word: 'needs-you', reason: 'errors' })
  expect(folder.errors).toMatchObject([{ path: 'a', code: 'FILE_DAMAGED' }])
  expect(home.read(0, 'a')).toBe(rotten)
  await expect(home.during(home.at(0).node!.downloadFile(FOLDER, 'a'))).rejects.toMatchObject({
    code: 'FILE_DAMAGED',
  })
  home.heal(0, 2)
  await home.pass(120 * SECOND_MS)
  expect(home.read(0, 'a')).toBe(GOOD)
  await home.pass(60 * SECOND_MS)
  expect([home.read(1, 'a'), home.read(2, 'a')]).toEqual([GOOD, GOOD])
  expect((await home.folder(0)).errors).toEqual([])
  for (const i of [0, 1]) expect(await home.versions(i)).toMatchObject([{ path: 'a', cause: 'damaged' }])
})

test('rot is no change whatever scans pass over it', async () => {
  const home = await sharing('AB')
  home.rot(0, 'a')
  home.rot(0, 'big', 300_000)
  const before = [0, 1].map((i) => home.at(i).statements('a'))
  for (const i of [0, 1]) await home.during(home.at(i).node!.rescanFolder(FOLDER, true))
  await home.pass(2 * HOUR_MS)
  expect([0, 1].map((i) => home.at(i).statements('a'))).toEqual(before)
  expect(home.read(1, 'a')).toBe(GOOD)
})

test('of a large file only what rotted is fetched', async () => {
  const home = await sharing('AB')
  home.rot(0, 'big', 300_000)
  await home.scrub(0)
  await home.pass(30 * SECOND_MS)
  expect(home.read(0, 'big')).toBe(`${GOOD}\n`.repeat(20_000))
  const { recent } = await home.during(home.at(0).node!.transfers())
  const [back] = recent.filter(({ direction, path }) => direction === 'in' && path === 'big')
  expect(back?.reused).toBeGreaterThan((back?.size ?? 0) / 2)
})

test('what a person writes into a damaged file is an edit of theirs', async () => {
  const home = await sharing('AB')
  home.cut(0, 1)
  home.rot(0, 'a')
  await home.scrub(0)
  expect(home.stance(0, 'a')).toBe('damaged')
  home.write(0, 'a', 'written anew')
  await home.pass(60 * SECOND_MS)
  expect(home.stance(0, 'a')).toBe('holds')
  home.heal(0, 1)
  await home.pass(120 * SECOND_MS)
  expect([home.read(0, 'a'), home.read(1, 'a')]).toEqual(['written anew', 'written anew'])
})

test('a damaged file that a person deletes is deleted everywhere, and one that was deleted elsewhere goes', async () => {
  const home = await sharing('AB')
  home.cut(0, 1)
  home.rot(0, 'a')
  home.rot(0, 'big', 9)
  await home.scrub(0)
  home.at(0).disk.user.remove(`${FOLDER_PATH}/a`)
  home.at(1).disk.user.remove(`${FOLDER_PATH}/big`)
  await home.pass(60 * SECOND_MS)
  home.heal(0, 1)
  await home.pass(120 * SECOND_MS)
  for (const i of [0, 1]) for (const path of ['a', 'big']) expect(home.has(i, path)).toBe(false)
  expect(await home.versions(0)).toMatchObject([{ path: 'big', cause: 'damaged' }])
  expect(await home.versions(1)).toMatchObject([{ path: 'a', cause: 'deleted' }])
})

test('a newer version from elsewhere takes the place of a damaged file', async () => {
  const home = await sharing('AB')
  home.cut(0, 1)
  home.rot(0, 'a')
  await home.scrub(0)
  home.write(1, 'a', 'a newer version')
  await home.pass(60 * SECOND_MS)
  home.heal(0, 1)
  await home.pass(120 * SECOND_MS)
  expect([home.read(0, 'a'), home.read(1, 'a')]).toEqual(['a newer version', 'a newer version'])
  expect(await home.versions(0)).toMatchObject([{ path: 'a', cause: 'damaged' }])
})

test('a file that the disk cannot read is named and repaired, and the pass goes on behind it', async () => {
  const home = await sharing('AB')
  home.at(0).weather = { errorsPerMille: 0, broken: `${FOLDER_PATH}/a` }
  expect(await home.scrub(0)).toMatchObject({ items: 2, found: 1 })
  await home.pass(30 * SECOND_MS)
  expect(await home.versions(0)).toMatchObject([{ path: 'a', cause: 'damaged' }])
  home.at(0).weather = { errorsPerMille: 0 }
  expect([home.read(0, 'a'), home.stance(0, 'a')]).toEqual([GOOD, 'holds'])
})

test.each([
  { what: 'a directory that nobody may enter', unreadable: 'aa' },
  { what: 'a file that cannot be looked at', unreadable: 'aa/x', unreadableAs: 'IO_ERROR' as const },
])('$what keeps a pass from nothing behind it', async ({ unreadable, unreadableAs }) => {
  const home = await sharing('AB')
  home.at(0).disk.user.mkdir(`${FOLDER_PATH}/aa`)
  home.write(0, 'aa/x', 'x')
  home.write(0, 'zz', GOOD)
  await home.pass(60 * SECOND_MS)
  for (const i of [0, 1]) await home.during(home.at(i).node!.rescanFolder(FOLDER, true))
  await home.pass(60 * SECOND_MS)
  home.rot(0, 'zz')
  home.at(0).weather = { errorsPerMille: 0, unreadable: `${FOLDER_PATH}/${unreadable}`, unreadableAs }
  expect(await home.scrub(0)).toMatchObject({ found: 1, damaged: 0 })
  await home.pass(30 * SECOND_MS)
  expect(home.read(0, 'zz')).toBe(GOOD)
  expect([0, 1].map((i) => home.stance(i, 'aa/x'))).toEqual(['holds', 'holds'])
})

test('of a file with two names both come back, and neither passes for an edit', async () => {
  const home = await sharing('AB')
  home.at(0).disk.user.link(`${FOLDER_PATH}/a`, `${FOLDER_PATH}/z`)
  await home.pass(60 * SECOND_MS)
  await home.during(home.at(0).node!.rescanFolder(FOLDER, true))
  await home.pass(60 * SECOND_MS)
  home.rot(0, 'a')
  expect(home.read(0, 'z')).not.toBe(GOOD)
  await home.scrub(0)
  await home.pass(60 * SECOND_MS)
  for (const i of [0, 1]) expect([home.read(i, 'a'), home.read(i, 'z')]).toEqual([GOOD, GOOD])
})

test('a damaged file that reads well again is held again', async () => {
  const home = await sharing('AB')
  home.cut(0, 1)
  home.rot(0, 'a')
  await home.scrub(0)
  expect(home.stance(0, 'a')).toBe('damaged')
  // The very byte flips back.
  home.at(0).disk.user.rot(`${FOLDER_PATH}/a`, 4)
  expect(home.read(0, 'a')).toBe(GOOD)
  await home.pass(2 * HOUR_MS)
  expect(home.stance(0, 'a')).toBe('holds')
})

test('a file that could not be read for a while, and gives way to a directory, keeps a name of its own', async () => {
  const home = await sharing('AB')
  home.cut(0, 1)
  home.write(0, 'c', 'a file that nobody else has')
  home.at(1).disk.user.mkdir(`${FOLDER_PATH}/c`)
  home.write(1, 'c/b', 'in a directory')
  await home.rescan(0, 1)
  home.at(0).weather = { errorsPerMille: 0, broken: `${FOLDER_PATH}/c` }
  await home.scrub(0)
  expect(home.stance(0, 'c')).toBe('damaged')
  home.at(0).weather = { errorsPerMille: 0 }
  home.heal(0, 1)
  await home.rescan(1, 0)
  for (const i of [0, 1]) {
    const contents = Object.values(home.files(i)).toSorted()
    expect(contents).toEqual(['a file that nobody else has', 'in a directory', GOOD])
  }
})

test('a file that could not be read for a moment, and that nobody else has, is held again within minutes', async () => {
  const home = await sharing('AB')
  home.cut(0, 1)
  home.write(0, 'c', 'a file that nobody else has')
  await home.rescan(0)
  home.at(0).weather = { errorsPerMille: 0, broken: `${FOLDER_PATH}/c` }
  await home.scrub(0)
  expect(home.stance(0, 'c')).toBe('damaged')
  home.at(0).weather = { errorsPerMille: 0 }
  await home.pass(5 * 60 * SECOND_MS)
  expect(home.stance(0, 'c')).toBe('holds')
})

test('a kill in the middle of a repair leaves no edit behind', async () => {
  for (let calls = 0; calls < 60; calls += 3) {
    const home = await sharing('AB')
    home.cut(0, 1)
    home.rot(0, 'a')
    await home.scrub(0)
    home.heal(0, 1)
    home.at(0).light(calls, calls % 2 === 0 ? 'kill' : 'crash')
    await home.pass(60 * SECOND_MS)
    home.at(0).light(-1, 'kill')
    if (!home.at(0).running) await home.start(0)
    await home.pass(120 * SECOND_MS)
    expect([home.read(0, 'a'), home.read(1, 'a')], `${calls} calls`).toEqual([GOOD, GOOD])
  }
})

test('a kept version that rots is named by the scrub, and comes back only on purpose', async () => {
  const home = await sharing('AB')
  home.write(1, 'a', 'a newer version')
  await home.pass(60 * SECOND_MS)
  const [kept] = await home.versions(0)
  const { node } = home.at(0)
  expect(await home.scrub(0)).toMatchObject({ items: 3, found: 0, damagedVersions: [] })
  const place = home
    .at(0)
    .disk.tree(FOLDER_PATH)
    .find(({ path }) => path.endsWith(`${kept?.id}.content`))
  home.at(0).disk.user.rot(`${FOLDER_PATH}/${place?.path}`, 4)
  expect(await home.scrub(0)).toMatchObject({ found: 1, damaged: 0, damagedVersions: [kept?.id] })
  expect(await home.versions(0)).toMatchObject([{ id: kept?.id, damaged: true }])
  const back = (evenDamaged: boolean) =>
    home.during(node!.restoreVersion(FOLDER, kept?.id ?? '', 'back', undefined, undefined, evenDamaged))
  await expect(back(false)).rejects.toMatchObject({ code: 'VERSION_DAMAGED' })
  expect(home.has(0, 'back')).toBe(false)
  await back(true)
  expect(home.has(0, 'back')).toBe(true)
})

test('damaged bytes that were set aside are no part of the history, and come back only on purpose', async () => {
  const home = await sharing('AB')
  home.rot(0, 'a')
  const rotten = home.read(0, 'a')
  await home.scrub(0)
  await home.pass(30 * SECOND_MS)
  const [aside] = await home.versions(0)
  expect(aside).toMatchObject({ cause: 'damaged', damaged: true })
  const { entries } = await home.during(home.at(0).node!.pathHistory(FOLDER, 'a'))
  expect(entries.flatMap(({ copies }) => copies.map(({ version }) => version))).not.toContain(aside?.id)
  const back = (evenDamaged: boolean) =>
    home.during(
      home.at(0).node!.restoreVersion(FOLDER, aside?.id ?? '', 'x', undefined, undefined, evenDamaged),
    )
  await expect(back(false)).rejects.toMatchObject({ code: 'VERSION_DAMAGED' })
  await back(true)
  expect(home.read(0, 'x')).toBe(rotten)
})

test('a pass keeps below its rate, goes on where it was after a restart, and comes back after thirty days', async () => {
  const home = await sharing('A')
  for (let i = 0; i < 20; i++) home.write(0, `file-${i}`, `${i}`.repeat(4 << 20))
  await home.pass(60 * SECOND_MS)
  await home.during(home.at(0).node!.rescanFolder(FOLDER, true))
  await home.pass(60 * SECOND_MS)
  const { node } = home.at(0)
  await home.during(node!.startScrub(FOLDER))
  await home.pass(3 * SECOND_MS)
  const [far] = await home.during(home.at(0).node!.listScrubs())
  expect(far?.bytes).toBeGreaterThan(0)
  expect(far?.bytes).toBeLessThan(4 * (8 << 20))
  await home.during(home.at(0).stop())
  await home.start(0)
  await home.pass(1 * SECOND_MS)
  const [on] = await home.during(home.at(0).node!.listScrubs())
  expect(on).toMatchObject({ startedMs: far?.startedMs, state: expect.stringMatching(/running|waiting/) })
  expect(on?.items).toBeGreaterThanOrEqual(far?.items ?? 0)
  await home.pass(120 * SECOND_MS)
  const [done] = await home.during(home.at(0).node!.listScrubs())
  expect(done).toMatchObject({ state: 'idle', items: 22 })
  expect(done?.dueMs).toBe((done?.finishedMs ?? 0) + 30 * DAY_MS)
  await home.pass(31 * DAY_MS)
  const [again] = await home.during(home.at(0).node!.listScrubs())
  expect(again?.finishedMs).toBeGreaterThan((done?.finishedMs ?? 0) + 30 * DAY_MS - 1)
})

test('a paused pass stands still until it is started again', async () => {
  const home = await sharing('A')
  await home.during(home.at(0).node!.pauseScrub(FOLDER))
  home.rot(0, 'a')
  await home.pass(40 * DAY_MS)
  expect((await home.folder(0)).errors).toEqual([])
  expect(await home.scrub(0)).toMatchObject({ found: 1, damaged: 1 })
})

test.each([
  { what: 'mode', change: (home: Household) => home.at(1).disk.user.chmod(`${FOLDER_PATH}/a`, 0o755) },
  {
    what: 'time',
    change: (home: Household) => home.at(1).disk.user.setMtime(`${FOLDER_PATH}/a`, 10n ** 18n),
  },
])('a $what that comes from elsewhere finds what is spoiled, and makes no edit of it', async ({ change }) => {
  const home = await sharing('AB')
  home.rot(0, 'a')
  change(home)
  await home.rescan(1, 0)
  for (const i of [0, 1]) expect(home.files(i)).toEqual({ a: GOOD })
  expect(await home.versions(0)).toMatchObject([{ path: 'a', cause: 'damaged' }])
  const modes = [0, 1].map((i) => entries(home.at(i)).map(({ mode, mtimeNs }) => [mode, mtimeNs]))
  expect(modes[0]).toEqual(modes[1])
})

/** Two edits that know nothing of each other; returns who has the one that loses. */
async function conflictOn(home: Household, contents: readonly [string, string]): Promise<number> {
  home.cut(0, 1)
  for (const i of [0, 1] as const) home.write(i, 'a', contents[i])
  await home.rescan(0, 1)
  // What was rewritten in place is looked at once more before it counts as at rest.
  await home.pass(60 * SECOND_MS)
  await home.rescan(0, 1)
  return byHash(...contents) < 0 ? 0 : 1
}

function byHash(...contents: readonly [string, string]): number {
  const [one, other] = contents.map((content) => hashOf(Buffer.from(content))) as [string, string]
  return one < other ? -1 : 1
}

test('of a conflict that meets what is spoiled no copy is made of the spoiled bytes', async () => {
  for (const contents of [
    ['one of A', 'two of B'],
    ['two of A', 'one of B'],
  ] as const) {
    const home = await sharing('AB')
    const loser = await conflictOn(home, contents)
    home.rot(loser, 'a')
    home.heal(0, 1)
    await home.rescan(1, 0)
    // Nobody has it whole: it stays as it is, and is named.
    expect(home.stance(loser, 'a')).toBe('damaged')
    expect((await home.folder(loser)).errors).toMatchObject([{ path: 'a', code: 'FILE_DAMAGED' }])
    expect(Object.keys(home.files(loser))).toEqual(['a'])
    expect(home.files(1 - loser)).toEqual({ a: contents[1 - loser] })
  }
})

test('what loses a conflict and is spoiled here becomes a copy where it is whole', async () => {
  const home = await sharing('ABC')
  home.cut(1, 2)
  const contents = ['one', 'two'].toSorted(byHash) as [string, string]
  expect(await conflictOn(home, contents)).toBe(0)
  await home.rescan(2)
  home.rot(0, 'a')
  home.heal(0, 1)
  await home.rescan(1, 0)
  home.heal(1, 2)
  await home.rescan(2, 1, 0)
  for (const i of [0, 1, 2]) expect(Object.values(home.files(i)).toSorted(byHash)).toEqual(contents)
})

test('a spoiled file gives way to a directory only when it is whole again, and is kept as a copy', async () => {
  const home = await sharing('ABC')
  home.cut(0, 2)
  home.cut(1, 2)
  home.write(1, 'c', 'a file')
  await home.rescan(1, 0)
  home.at(2).disk.user.mkdir(`${FOLDER_PATH}/c`)
  home.write(2, 'c/b', 'in a directory')
  await home.rescan(2)
  home.cut(0, 1)
  home.rot(1, 'c')
  await home.scrub(1)
  home.heal(1, 2)
  await home.rescan(2, 1)
  home.heal(0, 1)
  home.heal(0, 2)
  await home.rescan(0, 1, 2, 1)
  for (const i of [0, 1, 2]) {
    const { a, ...files } = home.files(i)
    expect([a, ...Object.values(files).toSorted()]).toEqual([GOOD, 'a file', 'in a directory'])
    expect(files['c/b']).toBe('in a directory')
  }
})

test('old contents that share a file with a spoiled conflict copy stay until that is found', async () => {
  const home = await sharing('AB')
  const loser = await conflictOn(home, ['one of A', 'two of B'])
  home.heal(0, 1)
  await home.rescan(0, 1)
  const copy = Object.keys(home.files(loser)).find((path) => path.includes('conflict'))!
  const whole = home.read(loser, copy)
  home.rot(loser, copy)
  await home.pass(3 * DAY_MS)
  const prune = () =>
    home.during(home.at(loser).node!.pruneVersions(FOLDER, { olderThanDays: 1, dryRun: false }))
  const before = await home.versions(loser)
  expect(before).toMatchObject([{ path: 'a' }])
  expect(await prune()).toMatchObject({ versions: 0 })
  expect(await home.versions(loser)).toEqual(before)
  await home.rescan(loser, 1 - loser)
  expect(home.read(1 - loser, copy)).toBe(whole)
  await home.scrub(loser)
  await home.rescan(loser, 1 - loser)
  expect([home.read(0, copy), home.read(1, copy)]).toEqual([whole, whole])
  await home.pass(3 * DAY_MS)
  expect(await prune()).toMatchObject({ versions: 2 })
})

test.each([
  {
    what: 'deleted elsewhere',
    deed: async (home: Household) => home.at(1).disk.user.remove(`${FOLDER_PATH}/a`),
  },
  { what: 'replaced from elsewhere', deed: async (home: Household) => home.write(1, 'a', 'newer') },
  {
    what: 'deleted in the app',
    deed: async (home: Household) => home.during(home.at(0).node!.deleteFile(FOLDER, 'a')),
  },
])('of a spoiled file with two names one is $what: the other comes back', async ({ deed }) => {
  const home = await sharing('AB')
  home.at(0).disk.user.link(`${FOLDER_PATH}/a`, `${FOLDER_PATH}/z`)
  await home.rescan(0)
  home.rot(0, 'a')
  await deed(home)
  await home.rescan(1, 0)
  expect([home.read(0, 'z'), home.read(1, 'z')]).toEqual([GOOD, GOOD])
})

test.each(['copy', 'both'] as const)(
  'a person who keeps %s of a conflict gets no spoiled bytes',
  async (keep) => {
    const home = await sharing('AB')
    const loser = await conflictOn(home, ['one of A', 'two of B'])
    home.heal(0, 1)
    await home.rescan(0, 1)
    const copy = Object.keys(home.files(loser)).find((path) => path.includes('conflict'))!
    const whole = home.read(loser, copy)
    home.rot(loser, copy)
    const resolve = () => home.during(home.at(loser).node!.resolveConflict(FOLDER, copy, keep))
    await expect(resolve()).rejects.toMatchObject({ code: 'FILE_DAMAGED' })
    await home.rescan(loser)
    await resolve()
    await home.rescan(0, 1)
    expect(home.files(0)).toEqual(home.files(1))
    expect(Object.values(home.files(0))).toContain(whole)
    expect(Object.keys(home.files(0))).not.toContain(copy)
  },
)

test('a spoiled file that only gets letters of another case is fetched anew', async () => {
  const home = await sharing('AB', (name) => ({ caseInsensitive: name === 'A' }))
  home.rot(0, 'a')
  home.at(1).disk.user.rename(`${FOLDER_PATH}/a`, `${FOLDER_PATH}/A`)
  await home.rescan(1, 0)
  for (const i of [0, 1]) expect(home.files(i)).toEqual({ A: GOOD })
})

/** A newer version is on its way to a file that is spoiled here. */
async function newerOverRot(): Promise<Household> {
  const home = await sharing('AB')
  home.cut(0, 1)
  home.rot(0, 'a')
  home.write(1, 'a', 'a newer version')
  await home.pass(60 * SECOND_MS)
  home.heal(0, 1)
  return home
}

test('a kill between the two names of what is replaced makes no edit of what was spoiled', async () => {
  for (let calls = 0; calls < 24; calls += 2) {
    const home = await newerOverRot()
    home.at(0).light(calls, 'kill', 'versions')
    await home.pass(60 * SECOND_MS)
    home.at(0).light(-1, 'kill')
    await home.rescan(0, 1, 0)
    for (const i of [0, 1]) expect(home.files(i), `${calls} calls`).toEqual({ a: 'a newer version' })
  }
})

test('a replacement that fails makes no edit of what was spoiled', async () => {
  for (const calls of [37, 38, 39, 40, 41, 42]) {
    const home = await newerOverRot()
    home.at(0).failCall('disk', calls, 'IO_ERROR')
    await home.pass(60 * SECOND_MS)
    expect(home.at(0).hasFailed).toBe(true)
    await home.rescan(0, 1, 0)
    for (const i of [0, 1]) expect(home.files(i), `${calls} calls`).toEqual({ a: 'a newer version' })
  }
})

test('worlds whose disks rot, while people write and when all is at rest, come to rest again, with deaths in the middle of repairs', async () => {
  let [rotten, struck] = [0, 0]
  for (let seed = 1; seed <= amount({ short: 4, long: 4 }); seed++) {
    const { problems, counts } = await simulate({ seed, devices: 3, steps: 100, rot: true, strikes: true })
    expect(problems, `npm run sim -- --seed ${seed} --steps 100 --rot --strikes`).toEqual([])
    rotten += counts.get('bit rot') ?? 0
    struck += counts.get('bit rot while life goes on') ?? 0
  }
  expect(rotten).toBeGreaterThan(5)
  expect(struck).toBeGreaterThan(5)
})
