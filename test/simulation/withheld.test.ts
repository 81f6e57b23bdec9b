/**
 * Folder modes and the mass-change guard on whole nodes: what is not let through stays where it is, is
 * shown, and a person's decision is carried out, also after a death in the middle.
 */
import { describe, expect, test } from 'vitest'
import type { Decision, FolderView, Guard, HeldGroup } from '../../src/node/api/node-port.ts'
import { calmWorld, FOLDER } from './calm-world.ts'
import type { CalmDevice, CalmWorld } from './calm-world.ts'
import { FOLDER_PATH } from './device.ts'

const TIGHT: Guard = { percent: 50, least: 3, most: 5 }

async function world(seed: number, count = 2): Promise<{ world: CalmWorld; all: CalmDevice[] }> {
  const made = await calmWorld(seed, { skewMs: Array.from({ length: count }, () => 0) })
  return { world: made, all: [...made.devices] }
}

async function two(seed: number) {
  const { world: made, all } = await world(seed)
  const [a, b] = all as [CalmDevice, CalmDevice]
  return { world: made, a, b }
}

async function set(
  made: CalmWorld,
  { node }: CalmDevice,
  change: { mode?: FolderView['mode']; guard?: Guard | null },
) {
  await made.during(node.setFolder(FOLDER, change))
}

async function view(made: CalmWorld, { node }: CalmDevice): Promise<FolderView> {
  const [folder] = await made.during(node.listFolders())
  if (!folder) throw new Error('there is no folder')
  return folder
}

/** "in mass-change 3 deleted", one for each group and kind. */
function told(groups: readonly HeldGroup[]): string[] {
  return groups.flatMap((group) =>
    (['deleted', 'replaced', 'added', 'metadata'] as const)
      .filter((change) => group[change] > 0)
      .map((change) => `${group.direction} ${group.cause} ${group[change]} ${change}`),
  )
}

async function held(made: CalmWorld, device: CalmDevice): Promise<string[]> {
  return told((await view(made, device)).held)
}

async function decide(made: CalmWorld, device: CalmDevice, decision: Decision, paths?: string[]) {
  const [group] = (await view(made, device)).held
  if (!group) throw new Error('nothing is held')
  const done = await made.during(device.node.decideHeld(FOLDER, group.id, decision, paths))
  await made.settle()
  return done
}

function versions({ sim }: CalmDevice): string[] {
  const kept = sim.disk.tree(FOLDER_PATH).filter(({ path }) => path.endsWith('.content'))
  return kept.map(({ content }) => Buffer.from(content ?? '').toString()).toSorted()
}

/** The status of the folder in one word and its reasons. */
async function verdict(made: CalmWorld, device: CalmDevice): Promise<string> {
  const { word, reason, also } = (await view(made, device)).status
  return [word, reason, also?.reason].filter(Boolean).join(' ')
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `f${i}`)
}

async function fill(made: CalmWorld, device: CalmDevice, count: number): Promise<void> {
  for (const name of names(count)) device.write(name, `${name} of ${device.sim.name}`)
  await made.settle()
}

/** Each of the files a second time, in a directory beside them. */
async function fillTwice(made: CalmWorld, device: CalmDevice, count: number): Promise<string[]> {
  const paths = ['', 'bak/'].flatMap((above) => names(count).map((name) => `${above}${name}`))
  for (const path of paths) device.write(path, `content of ${path.replace('bak/', '')}`)
  await made.settle()
  return paths
}

describe('a receive-only folder', () => {
  async function receiving(seed: number) {
    const { world: made, a, b } = await two(seed)
    a.write('kept', 'by A')
    a.write('edited', 'by A')
    a.write('deleted', 'by A')
    a.write('dir/in', 'by A')
    await made.settle()
    await set(made, b, { mode: 'receive-only' })
    b.write('edited', 'by B')
    b.remove('deleted')
    b.write('new', 'by B')
    b.write('own/dir/file', 'by B')
    await made.settle()
    return { world: made, a, b }
  }

  test('keeps local changes here, shows them, and takes what others change', async () => {
    const { world: made, a, b } = await receiving(1)
    expect(await held(made, b)).toEqual([
      'out receive-only 1 deleted',
      'out receive-only 1 replaced',
      'out receive-only 4 added',
    ])
    expect(await verdict(made, b)).toBe('waiting local-changes')
    expect(a.tree()).toEqual({ deleted: 'by A', dir: '/', 'dir/in': 'by A', edited: 'by A', kept: 'by A' })
    // Neither is anything "sent" to it for ever, nor does it count as a copy of what it changed.
    expect((await view(made, a)).devices[0]).toMatchObject({ need: { items: 0 }, mode: 'receive-only' })
    a.write('kept', 'again')
    a.write('dir/more', 'by A')
    await made.settle()
    expect(b.tree()).toMatchObject({ kept: 'again', 'dir/more': 'by A', edited: 'by B', new: 'by B' })
    expect(a.tree()['new']).toBeUndefined()
    expect((await view(made, b)).need.items).toBe(0)
  })

  test('keeps a local change also when the others change the path, until it is reverted', async () => {
    const { world: made, a, b } = await receiving(2)
    a.write('edited', 'newer')
    a.remove('dir')
    await made.settle()
    expect(b.tree()).toMatchObject({ edited: 'by B' })
    expect(b.tree()['dir']).toBeUndefined()
    await decide(made, b, 'reject')
    expect(b.tree()).toEqual(a.tree())
    expect(await held(made, b)).toEqual([])
    expect(versions(b)).toEqual(expect.arrayContaining(['by B', 'by B', 'by B']))
    expect(await verdict(made, b)).toMatch(/^safe/)
    expect(await verdict(made, a)).toMatch(/^safe/)
  })

  test('a revert can be undone by restoring, which is a local change again', async () => {
    const { world: made, a, b } = await receiving(3)
    await decide(made, b, 'reject')
    const { versions: listed } = await made.during(b.node.listVersions(FOLDER, 'edited', { limit: 10 }))
    await made.during(b.node.restoreVersion(FOLDER, listed[0]?.id ?? '', undefined, undefined))
    await made.settle()
    expect(b.tree()['edited']).toBe('by B')
    expect(a.tree()['edited']).toBe('by A')
    expect(await held(made, b)).toEqual(['out receive-only 1 replaced'])
  })

  test('reverts only what is asked for, and lets nothing through', async () => {
    const { world: made, a, b } = await receiving(4)
    const [group] = (await view(made, b)).held
    await expect(made.during(b.node.decideHeld(FOLDER, group?.id ?? '', 'approve'))).rejects.toMatchObject({
      code: 'HELD_BY_MODE',
    })
    expect(await decide(made, b, 'reject', ['deleted'])).toEqual({ decided: 1, left: 5 })
    expect(b.tree()).toMatchObject({ deleted: 'by A', edited: 'by B', new: 'by B' })
    expect(a.tree()['new']).toBeUndefined()
    await expect(made.during(b.node.decideHeld(FOLDER, 'in.send-only.x', 'reject'))).rejects.toMatchObject({
      code: 'HELD_GROUP_NOT_FOUND',
    })
  })

  test('what is changed back by hand is no change any more', async () => {
    const { world: made, b } = await receiving(5)
    b.sim.disk.user.write(`${FOLDER_PATH}/edited`, 'by A')
    b.remove('new')
    b.remove('own')
    await made.settle()
    const left = await held(made, b)
    expect(left[0]).toBe('out receive-only 1 deleted')
    // The time of the file is another one than A's.
    expect(left.slice(1)).toEqual(['out receive-only 1 metadata'])
  })

  test('switched to both ways, what was kept here goes out, and conflicts are copies as ever', async () => {
    const { world: made, a, b } = await receiving(6)
    a.write('edited', 'newer')
    await made.settle()
    await set(made, b, { mode: 'send-receive' })
    await made.settle()
    expect(a.tree()).toEqual(b.tree())
    expect(a.tree()).toMatchObject({ new: 'by B', 'own/dir/file': 'by B' })
    expect(a.tree()['deleted']).toBeUndefined()
    const contents = Object.values(a.tree())
    expect(contents).toEqual(expect.arrayContaining(['newer', 'by B']))
    expect(await held(made, b)).toEqual([])
  })

  test('after its database was lost, what is the same as elsewhere is in step, the rest is kept and shown', async () => {
    const { world: made, a, b } = await receiving(7)
    await made.during(b.sim.stop())
    b.sim.dropDatabase()
    await made.start(b)
    await made.settle()
    expect(b.tree()).toMatchObject({ kept: 'by A', edited: 'by B', new: 'by B' })
    expect(a.tree()).toMatchObject({ kept: 'by A', edited: 'by A' })
    expect(a.tree()['new']).toBeUndefined()
    // Lost with the database: that "deleted" was deleted here, so it is back.
    expect(b.tree()['deleted']).toBe('by A')
    expect(await held(made, b)).toEqual(['out receive-only 5 added'])
  })

  test('a device that only receives and lost its database reverts nothing before another one told what there is', async () => {
    const { world: made, a, b } = await receiving(8)
    await made.during(b.sim.stop())
    b.sim.dropDatabase()
    made.cut(a, b)
    await made.start(b)
    await made.settle()
    const before = b.tree()
    expect((await decide(made, b, 'reject')).decided).toBe(0)
    expect(b.tree()).toEqual(before)
    made.heal(a, b)
    await made.settle()
    await decide(made, b, 'reject')
    expect(b.tree()).toEqual(a.tree())
  })

  test('a new file that is removed again leaves nothing behind, nor anything that others cannot read', async () => {
    const { world: made, a, b } = await receiving(10)
    b.remove('new')
    await made.settle()
    a.write('new', 'by A')
    await made.settle()
    expect(b.tree()['new']).toBe('by A')
    expect((await view(made, a)).devices[0]).toMatchObject({ need: { items: 0 } })
  })

  test('a revert is carried out also when the program dies at any moment of it', async () => {
    for (let calls = 0; calls < 60; calls += 7) {
      const { world: made, a, b } = await receiving(100 + calls)
      b.sim.light(calls, calls % 2 === 0 ? 'crash' : 'kill')
      const [group] = (await view(made, b)).held
      void b.node.decideHeld(FOLDER, group?.id ?? '', 'reject').catch(() => {})
      await made.pass(60_000)
      b.sim.light(-1, 'kill')
      const died = !b.sim.running
      if (died) await made.start(b)
      await made.settle()
      // A power cut may have taken the decision with it: then it is shown as before.
      if ((await held(made, b)).length > 0) await decide(made, b, 'reject')
      expect(b.tree(), `after ${calls} calls`).toEqual(a.tree())
      expect(versions(b).filter((content) => content === 'by B').length).toBeGreaterThanOrEqual(2)
    }
  })

  test('a new file comes into a directory that was deleted here', async () => {
    const { world: made, a, b } = await receiving(9)
    b.remove('dir')
    await made.settle()
    a.write('dir/late', 'by A')
    await made.settle()
    expect(b.tree()).toMatchObject({ dir: '/', 'dir/late': 'by A' })
    expect(b.tree()['dir/in']).toBeUndefined()
  })

  /** A file of B where A puts files into a directory. */
  async function inTheWay(seed: number) {
    const { world: made, a, b } = await receiving(seed)
    b.remove('dir')
    b.write('dir', 'a file of B')
    await made.settle()
    a.write('dir/late', 'by A')
    a.write('dir/new/deep', 'by A')
    await made.settle()
    return { world: made, a, b }
  }

  test('what is to lie below a file that was made here waits, and nobody says that it is on its way', async () => {
    const { world: made, a, b } = await inTheWay(60)
    expect(b.tree()['dir']).toBe('a file of B')
    const { errors } = await view(made, b)
    expect(errors.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'dir/late WITHHELD_IN_THE_WAY',
      'dir/new WITHHELD_IN_THE_WAY',
      'dir/new/deep WITHHELD_IN_THE_WAY',
    ])
    expect(await verdict(made, b)).toBe('needs-you errors local-changes')
    expect((await view(made, a)).devices[0]).toMatchObject({ need: { items: 0 } })
    expect(await verdict(made, a)).toBe('needs-you device-errors only-here')
    // Nothing but a person changes that.
    const before = b.sim.disk.writeCount()
    await made.pass(600_000)
    expect(b.sim.disk.writeCount()).toBe(before)
  })

  const dir = `${FOLDER_PATH}/dir`
  const ways: readonly { what: string; give: (made: CalmWorld, b: CalmDevice) => unknown }[] = [
    {
      what: 'is reverted',
      give: async (made, { node }) => {
        const [group] = await made.during(node.listHeld(FOLDER))
        await made.during(node.decideHeld(FOLDER, group?.id ?? '', 'reject'))
      },
    },
    { what: 'may pass', give: (made, b) => set(made, b, { mode: 'send-receive' }) },
    { what: 'is moved aside', give: (_, b) => b.sim.disk.user.rename(dir, `${FOLDER_PATH}/aside`) },
    { what: 'is deleted', give: (_, b) => b.remove('dir') },
    {
      what: 'becomes a directory',
      give: (_, b) => {
        b.remove('dir')
        b.sim.disk.user.mkdir(dir)
      },
    },
  ]
  test.each(ways)('what waits below it comes as soon as the file $what', async ({ give }) => {
    const { world: made, a, b } = await inTheWay(61)
    await give(made, b)
    await made.pass(20_000)
    expect(b.tree()).toMatchObject({ 'dir/late': 'by A', 'dir/new/deep': 'by A' })
    expect((await view(made, b)).errorCount).toBe(0)
    expect(await verdict(made, a)).not.toMatch(/device-errors|syncing|sending/)
  })
})

describe('a send-only folder', () => {
  async function sending(seed: number) {
    const { world: made, a, b } = await two(seed)
    a.write('mine', 'by A')
    a.write('doomed', 'by A')
    a.write('dir/in', 'by A')
    await made.settle()
    await set(made, a, { mode: 'send-only' })
    await made.settle()
    b.write('mine', 'by B')
    b.remove('doomed')
    b.write('theirs', 'by B')
    b.write('dir/theirs', 'by B')
    await made.settle()
    return { world: made, a, b }
  }

  test('takes nothing, shows what it does not take, and says so to the others', async () => {
    const { world: made, a, b } = await sending(11)
    expect(a.tree()).toEqual({ dir: '/', 'dir/in': 'by A', doomed: 'by A', mine: 'by A' })
    expect(await held(made, a)).toEqual([
      'in send-only 1 deleted',
      'in send-only 1 replaced',
      'in send-only 2 added',
    ])
    expect(await verdict(made, a)).toBe('waiting remote-changes')
    expect((await view(made, b)).devices[0]).toMatchObject({
      mode: 'send-only',
      need: { items: 0, bytes: 0 },
      holdsBack: 4,
    })
    expect(await verdict(made, b)).toBe('waiting device-holds')
    a.write('fresh', 'by A')
    await made.settle()
    expect(b.tree()['fresh']).toBe('by A')
  })

  test('override states what is here over what others did, which they keep as versions', async () => {
    const { world: made, a, b } = await sending(12)
    await decide(made, a, 'reject')
    expect(b.tree()).toEqual(a.tree())
    expect(b.tree()).toEqual({ dir: '/', 'dir/in': 'by A', doomed: 'by A', mine: 'by A' })
    expect(versions(b)).toEqual(expect.arrayContaining(['by B', 'by B', 'by B']))
    expect(await held(made, a)).toEqual([])
    expect(await verdict(made, a)).toMatch(/^safe/)
    expect(await verdict(made, b)).toMatch(/^safe/)
  })

  test('an override can be undone at the device whose changes gave way, and is withheld again', async () => {
    const { world: made, a, b } = await sending(13)
    await decide(made, a, 'reject')
    const { versions: listed } = await made.during(b.node.listVersions(FOLDER, 'mine', { limit: 10 }))
    await made.during(b.node.restoreVersion(FOLDER, listed[0]?.id ?? '', undefined, undefined))
    await made.settle()
    expect(b.tree()['mine']).toBe('by B')
    expect(a.tree()['mine']).toBe('by A')
    expect(await held(made, a)).toEqual(['in send-only 1 replaced'])
  })

  test('switched to both ways, it takes what it kept out', async () => {
    const { world: made, a, b } = await sending(14)
    await set(made, a, { mode: 'send-receive' })
    await made.settle()
    expect(a.tree()).toEqual(b.tree())
    expect(a.tree()).toMatchObject({ mine: 'by B', theirs: 'by B' })
    expect(await verdict(made, a)).toMatch(/^safe/)
  })

  test('counts for no copy while it is away, of what the others do not want', async () => {
    const { world: made, all } = await world(75, 3)
    const [a, b, c] = all as [CalmDevice, CalmDevice, CalmDevice]
    await made.during(b.node.setIgnore(FOLDER, ['*.log']))
    a.write('kept', 'by A')
    c.write('old.log', 'by C')
    await made.settle()
    await set(made, c, { mode: 'send-only' })
    await made.settle()
    for (const other of [a, b]) made.cut(other, c)
    a.write('kept', 'again')
    await made.settle()
    expect(await verdict(made, a)).toMatch(/^safe/)
    a.write('x.log', 'by A')
    await made.settle()
    expect((await view(made, a)).status).toMatchObject({ reason: 'only-here', params: { items: 1 } })
    for (const other of [a, b]) made.heal(other, c)
    await set(made, c, { mode: 'send-receive' })
    await made.settle()
    expect(await verdict(made, a)).toMatch(/^safe/)
    expect(c.tree()['x.log']).toBe('by A')
  })

  test('after its database was lost it still takes nothing', async () => {
    const { world: made, a } = await sending(15)
    const before = a.tree()
    await made.during(a.sim.stop())
    a.sim.dropDatabase()
    await made.start(a)
    await made.settle()
    expect(a.tree()).toEqual(before)
  })
})

describe('the guard over what is changed here', () => {
  async function emptied(seed: number) {
    const { world: made, a, b } = await two(seed)
    await fill(made, a, 8)
    await set(made, a, { guard: TIGHT })
    for (const name of names(6)) a.remove(name)
    a.write('added', 'meanwhile')
    await made.settle()
    return { world: made, a, b }
  }

  test('holds all of too many deletions, and lets additions and the others’ changes go on', async () => {
    const { world: made, a, b } = await emptied(21)
    expect(await held(made, a)).toEqual(['out mass-change 6 deleted'])
    expect(await verdict(made, a)).toMatch(/^needs-you held/)
    expect((await view(made, a)).state).toBe('held')
    expect(Object.keys(b.tree())).toHaveLength(9)
    expect(b.tree()['added']).toBe('meanwhile')
    b.write('f7', 'by B')
    await made.settle()
    expect(a.tree()['f7']).toBe('by B')
    expect((await view(made, b)).devices[0]?.need.items).toBe(0)
  })

  test('approved, they happen everywhere, and the next single deletion asks nobody', async () => {
    const { world: made, a, b } = await emptied(22)
    expect(await decide(made, a, 'approve')).toEqual({ decided: 6, left: 0 })
    expect(Object.keys(b.tree())).toEqual(['added', 'f6', 'f7'])
    expect(versions(b)).toHaveLength(6)
    a.remove('f6')
    await made.settle()
    expect(Object.keys(b.tree())).toEqual(['added', 'f7'])
  })

  test('rejected, the files are back', async () => {
    const { world: made, a, b } = await emptied(23)
    await decide(made, a, 'reject')
    expect(a.tree()).toEqual(b.tree())
    expect(Object.keys(a.tree())).toHaveLength(9)
    expect(await verdict(made, a)).toMatch(/^safe/)
  })

  test('holds rewrites as well, keeps what was rewritten when they are rejected, and a crash changes nothing', async () => {
    const { world: made, a, b } = await two(24)
    await fill(made, a, 8)
    await set(made, a, { guard: TIGHT })
    for (const name of names(7)) a.write(name, `encrypted ${name}`)
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 7 replaced'])
    a.sim.die('crash')
    await made.start(a)
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 7 replaced'])
    expect(b.tree()['f0']).toBe('f0 of A')
    await decide(made, a, 'reject')
    expect(a.tree()).toEqual(b.tree())
    expect(a.tree()['f0']).toBe('f0 of A')
    expect(versions(a)).toContain('encrypted f0')
  })

  test('a trickle within an hour counts together; what came before the limit has passed', async () => {
    const { world: made, a, b } = await two(25)
    await fill(made, a, 12)
    await set(made, a, { guard: TIGHT })
    for (const name of names(9)) {
      a.remove(name)
      await made.settle()
    }
    expect(await held(made, a)).toEqual(['out mass-change 4 deleted'])
    expect(Object.keys(b.tree())).toHaveLength(7)
  })

  test('after an hour as many may go again', async () => {
    const { world: made, a, b } = await two(26)
    await fill(made, a, 12)
    await set(made, a, { guard: TIGHT })
    for (const name of names(5)) a.remove(name)
    await made.settle()
    await made.pass(70 * 60_000)
    for (const name of ['f5', 'f6', 'f7']) a.remove(name)
    await made.settle()
    expect(await held(made, a)).toEqual([])
    expect(Object.keys(b.tree())).toHaveLength(4)
  })

  test('a directory that is renamed destroys nothing', async () => {
    const { world: made, a, b } = await two(27)
    for (const name of names(10)) a.write(`old/${name}`, name)
    await made.settle()
    await set(made, a, { guard: TIGHT })
    await set(made, b, { guard: TIGHT })
    a.sim.disk.user.rename(`${FOLDER_PATH}/old`, `${FOLDER_PATH}/new`)
    await made.settle()
    expect([await held(made, a), await held(made, b)]).toEqual([[], []])
    expect(b.tree()).toEqual(a.tree())
    expect(b.tree()['new/f0']).toBe('f0')
  })

  test('content that is there twice is lost when both go at once, and not when one of the two does', async () => {
    const { world: made, a, b } = await two(71)
    const paths = await fillTwice(made, a, 8)
    await set(made, a, { guard: TIGHT })
    const before = b.tree()
    for (const path of paths) a.remove(path)
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 16 deleted'])
    expect(b.tree()).toEqual(before)
    await decide(made, a, 'reject')
    for (const path of paths) a.write(path, `encrypted ${path}`)
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 16 replaced'])
    await decide(made, a, 'reject')
    a.sim.disk.user.rename(`${FOLDER_PATH}/bak`, `${FOLDER_PATH}/kept`)
    await made.settle()
    for (const name of names(8)) a.remove(name)
    await made.settle()
    expect(await held(made, a)).toEqual([])
    expect(Object.keys(b.tree())).toEqual(['kept', ...names(8).map((name) => `kept/${name}`)])
  })

  test('a whole directory that is deleted is held with its directories', async () => {
    const { world: made, a, b } = await two(28)
    for (const name of names(10)) a.write(`dir/sub/${name}`, name)
    await made.settle()
    const before = b.tree()
    await set(made, a, { guard: TIGHT })
    a.remove('dir')
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 12 deleted'])
    expect(b.tree()).toEqual(before)
    expect(a.tree()).toEqual({})
    await decide(made, a, 'approve')
    expect(b.tree()).toEqual({})
  })

  test('a mode that is left with more changes than the guard allows asks about what they destroy', async () => {
    const { world: made, a, b } = await two(29)
    await fill(made, a, 8)
    await set(made, b, { mode: 'receive-only', guard: TIGHT })
    for (const name of names(6)) b.remove(name)
    b.write('added', 'by B')
    await made.settle()
    expect(await held(made, b)).toEqual(['out receive-only 6 deleted', 'out receive-only 1 added'])
    await set(made, b, { mode: 'send-receive' })
    await made.settle()
    expect(await held(made, b)).toEqual(['out mass-change 6 deleted'])
    expect(Object.keys(a.tree())).toHaveLength(9)
    await set(made, b, { mode: 'receive-only' })
    await made.settle()
    expect(await held(made, b)).toEqual(['out receive-only 6 deleted'])
  })

  test('what it held stays held when the mode is switched there and back, however much later', async () => {
    const { world: made, a, b } = await two(73)
    await fill(made, a, 12)
    await set(made, a, { guard: TIGHT })
    for (const name of names(4)) a.remove(name)
    await made.settle()
    for (const name of ['f4', 'f5', 'f6']) a.remove(name)
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 3 deleted'])
    await made.pass(70 * 60_000)
    await set(made, a, { mode: 'receive-only' })
    await made.settle()
    expect(await held(made, a)).toEqual(['out receive-only 3 deleted'])
    a.write('f6', 'another')
    await made.settle()
    await set(made, a, { mode: 'send-receive' })
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 2 deleted', 'out mass-change 1 replaced'])
    await set(made, a, { mode: 'receive-only' })
    a.remove('f7')
    await made.settle()
    await set(made, a, { mode: 'send-receive' })
    await made.settle()
    // Other changes wait with them, as ever.
    expect(await held(made, a)).toEqual(['out mass-change 3 deleted', 'out mass-change 1 replaced'])
    expect(Object.keys(b.tree())).toHaveLength(8)
    await decide(made, a, 'approve')
    expect(b.tree()).toEqual(a.tree())
  })

  test('what a mode kept here and lets go counts from then on', async () => {
    const { world: made, a, b } = await two(74)
    await fill(made, a, 12)
    await set(made, a, { mode: 'receive-only', guard: TIGHT })
    for (const name of names(4)) a.remove(name)
    await made.settle()
    await set(made, a, { mode: 'send-receive' })
    await made.settle()
    expect(Object.keys(b.tree())).toHaveLength(8)
    a.remove('f4')
    await made.settle()
    for (const name of ['f5', 'f6']) a.remove(name)
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 2 deleted'])
    expect(Object.keys(b.tree())).toHaveLength(7)
  })

  test('held changes of a lost database: deletions are undone, rewrites are kept beside the originals', async () => {
    const { world: made, a, b } = await emptied(30)
    a.write('f6', 'rewritten')
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 6 deleted', 'out mass-change 1 replaced'])
    await made.during(a.sim.stop())
    a.sim.dropDatabase()
    await made.start(a)
    await made.settle()
    expect(a.tree()).toEqual(b.tree())
    const contents = Object.values(a.tree())
    expect(contents).toEqual(expect.arrayContaining([...names(8).map((name) => `${name} of A`), 'rewritten']))
  })
})

describe('the guard and what a person does in the app', () => {
  async function filled(seed: number) {
    const { world: made, a, b } = await two(seed)
    for (const name of names(10)) a.write(`dir/${name}`, `${name} of A`)
    await made.settle()
    await set(made, a, { guard: TIGHT })
    return { world: made, a, b }
  }

  async function upload(made: CalmWorld, { node }: CalmDevice, path: string, text: string) {
    async function* content() {
      yield Buffer.from(text)
    }
    await made.during(node.uploadFile(FOLDER, path, content(), {}))
  }

  test('a tree that is deleted there goes, and the next deletion by hand asks nobody', async () => {
    const { world: made, a, b } = await filled(61)
    for (const name of names(9)) await made.during(a.node.deleteFile(FOLDER, `dir/${name}`))
    await made.settle()
    expect(await held(made, a)).toEqual([])
    expect(Object.keys(b.tree())).toEqual(['dir', 'dir/f9'])
    a.remove('dir/f9')
    await made.settle()
    expect(await held(made, a)).toEqual([])
    await made.during(a.node.deleteFile(FOLDER, 'dir'))
    await made.settle()
    expect(b.tree()).toEqual({})
  })

  test('files that are uploaded over others replace them', async () => {
    const { world: made, a, b } = await filled(62)
    for (const name of names(9)) await upload(made, a, `dir/${name}`, `newer ${name}`)
    await made.settle()
    expect(await held(made, a)).toEqual([])
    expect(b.tree()).toEqual(a.tree())
    expect(b.tree()['dir/f0']).toBe('newer f0')
  })

  test('a folder that is restored to a moment is told as it was, also what was held meanwhile', async () => {
    const { world: made, a, b } = await filled(63)
    const before = a.tree()
    const atMs = a.nowMs()
    await made.pass(1_000)
    for (const name of names(4)) a.write(`dir/${name}`, `spoilt ${name}`)
    await made.settle()
    for (const name of names(9)) await upload(made, a, `dir/${name}`, `later ${name}`)
    await made.settle()
    a.remove('dir')
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 11 deleted'])
    const run = async (): Promise<string[]> => {
      const lost: string[] = []
      for await (const { problems, finished } of a.node.restoreMoment(FOLDER, '', atMs))
        if (finished) lost.push(...problems.map(({ path }) => path))
      return lost
    }
    // It was never displaced anywhere, so that no device keeps it: what A did to it is still asked about.
    expect(await made.during(run())).toEqual(['dir/f9'])
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 1 deleted'])
    expect(b.tree()).toEqual(before)
    await decide(made, a, 'reject')
    expect(a.tree()).toEqual(before)
  })

  test('does not hide what is done by hand at the same time', async () => {
    const { world: made, a, b } = await filled(64)
    for (const name of names(6)) a.remove(`dir/${name}`)
    const late = ['f6', 'f7', 'f8'].map((name) => a.node.deleteFile(FOLDER, `dir/${name}`))
    await made.during(Promise.all(late))
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 6 deleted'])
    expect(Object.keys(b.tree()).toSorted()).toEqual([
      'dir',
      ...names(6).map((name) => `dir/${name}`),
      'dir/f9',
    ])
  })

  test('is asked about again when the program died before it was recorded', async () => {
    const { world: made, a } = await filled(65)
    await made.during(Promise.all(names(9).map((name) => a.node.deleteFile(FOLDER, `dir/${name}`))))
    a.sim.die('kill')
    await made.start(a)
    await made.settle()
    expect(await held(made, a)).toEqual(['out mass-change 9 deleted'])
    expect(await decide(made, a, 'approve')).toEqual({ decided: 9, left: 0 })
  })
})

describe('the guard over what another device changes', () => {
  async function attacked(seed: number, count = 2) {
    const { world: made, all } = await world(seed, count)
    const [a, b] = all as [CalmDevice, CalmDevice]
    await fill(made, a, 10)
    for (const device of all.slice(1)) await set(made, device, { guard: TIGHT })
    for (const device of all.slice(1)) made.cut(a, device)
    for (const name of names(7)) a.remove(name)
    a.write('f8', 'edited')
    a.write('added', 'meanwhile')
    await made.settle()
    for (const device of all.slice(1)) made.heal(a, device)
    await made.settle()
    return { world: made, a, b, all }
  }

  test('holds what one device would destroy, lets the rest go on, and the others are told', async () => {
    const { world: made, a, b } = await attacked(41)
    expect(await held(made, b)).toEqual(['in mass-change 7 deleted'])
    expect(b.tree()).toMatchObject({ f0: 'f0 of A', f8: 'edited', added: 'meanwhile' })
    expect(await verdict(made, b)).toMatch(/^needs-you held/)
    expect((await view(made, a)).devices[0]).toMatchObject({ need: { items: 0 }, holdsBack: 7 })
    expect(await verdict(made, a)).toBe('waiting device-holds')
    expect((await view(made, b)).held[0]?.device).toMatchObject({ id: a.sim.id })
  })

  test('content that is there twice is lost when both go at once, and not when one of the two does', async () => {
    const { world: made, a, b } = await two(72)
    const paths = await fillTwice(made, a, 8)
    await set(made, b, { guard: TIGHT })
    const before = b.tree()
    made.cut(a, b)
    for (const path of paths) a.remove(path)
    await made.settle()
    made.heal(a, b)
    await made.settle()
    expect(await held(made, b)).toEqual(['in mass-change 16 deleted'])
    expect(b.tree()).toEqual(before)
    await decide(made, b, 'reject')
    made.cut(a, b)
    for (const path of paths) a.write(path, `encrypted ${path}`)
    await made.settle()
    made.heal(a, b)
    await made.settle()
    expect(await held(made, b)).toEqual(['in mass-change 16 replaced'])
    await decide(made, b, 'reject')
    a.sim.disk.user.rename(`${FOLDER_PATH}/bak`, `${FOLDER_PATH}/kept`)
    await made.settle()
    for (const name of names(8)) a.remove(name)
    await made.settle()
    expect(await held(made, b)).toEqual([])
    expect(Object.keys(b.tree())).toEqual(['kept', ...names(8).map((name) => `kept/${name}`)])
  })

  test('what comes in pages is judged as a whole', async () => {
    const { world: made, a, b } = await two(47)
    await fill(made, a, 10)
    await set(made, b, { guard: TIGHT })
    made.cut(a, b)
    for (const name of names(4)) a.write(name, `spoilt ${name}`)
    await made.settle()
    // Long names fill the pages of an index: the other three are told some pages later.
    const deep = Array.from({ length: 15 }, () => 'd'.repeat(200)).join('/')
    for (let i = 0; i < 60; i++) a.write(`${deep}/${i}`, `${i}`)
    await made.settle()
    for (const name of ['f4', 'f5', 'f6']) a.write(name, `spoilt ${name}`)
    await made.settle()
    made.slowDown(4_000)
    made.heal(a, b)
    await made.settle()
    made.slowDown(1)
    await made.settle()
    expect(await held(made, b)).toEqual(['in mass-change 7 replaced'])
    expect(b.tree()).toMatchObject({ f0: 'f0 of A', f6: 'f6 of A', [`${deep}/59`]: '59' })
  })

  test('approved, it happens here; rejected, what is here is stated again', async () => {
    const yes = await attacked(42)
    await decide(yes.world, yes.b, 'approve')
    expect(yes.b.tree()).toEqual(yes.a.tree())
    expect(await verdict(yes.world, yes.a)).toMatch(/^safe/)
    expect(versions(yes.b)).toContain('f0 of A')
    const no = await attacked(43)
    await decide(no.world, no.b, 'reject')
    expect(no.a.tree()).toEqual(no.b.tree())
    expect(no.a.tree()['f0']).toBe('f0 of A')
    expect(await verdict(no.world, no.b)).toMatch(/^safe/)
  })

  test('only the paths asked for are decided, and a third device keeps its own counsel', async () => {
    const { world: made, b, all } = await attacked(44, 3)
    const c = all[2] as CalmDevice
    expect(await held(made, c)).toEqual(['in mass-change 7 deleted'])
    expect(await decide(made, b, 'reject', ['f0', 'f1'])).toEqual({ decided: 2, left: 5 })
    expect(all.map((device) => device.tree()['f0'])).toEqual(['f0 of A', 'f0 of A', 'f0 of A'])
    expect(await held(made, c)).toEqual(['in mass-change 5 deleted'])
    expect(await decide(made, b, 'approve')).toEqual({ decided: 5, left: 0 })
    expect(Object.keys(b.tree())).toEqual(['added', 'f0', 'f1', 'f7', 'f8', 'f9'])
    expect(Object.keys(c.tree())).toHaveLength(11)
  })

  test('evaporates when the other device takes its changes back', async () => {
    const { world: made, a, b } = await attacked(45)
    for (const name of names(7)) a.write(name, `${name} of A`)
    await made.settle()
    expect(await held(made, b)).toEqual([])
    expect(b.tree()).toEqual(a.tree())
  })

  test('a trickle and a restart in the middle change nothing about it', async () => {
    const { world: made, all } = await world(46)
    const [a, b] = all as [CalmDevice, CalmDevice]
    await fill(made, a, 12)
    await set(made, b, { guard: TIGHT })
    for (const [i, name] of names(9).entries()) {
      a.remove(name)
      await made.settle()
      if (i === 2) {
        b.sim.die('kill')
        await made.start(b)
      }
    }
    expect(await held(made, b)).toEqual(['in mass-change 4 deleted'])
    expect(Object.keys(b.tree())).toHaveLength(7)
    b.sim.die('kill')
    await made.start(b)
    await made.settle()
    expect(await held(made, b)).toEqual(['in mass-change 4 deleted'])
  })

  test('a deleted directory is held as a whole and goes as a whole', async () => {
    const { world: made, a, b } = await two(47)
    for (const name of names(10)) a.write(`dir/sub/${name}`, name)
    await made.settle()
    await set(made, b, { guard: TIGHT })
    const before = b.tree()
    a.remove('dir')
    await made.settle()
    expect(b.tree()).toEqual(before)
    expect(await held(made, b)).toEqual(['in mass-change 12 deleted'])
    await decide(made, b, 'approve')
    expect(b.tree()).toEqual({})
    expect(a.tree()).toEqual({})
  })

  test('held changes of a lost database: what is here stays, and nothing vanishes', async () => {
    const { world: made, a, b } = await attacked(48)
    await made.during(b.sim.stop())
    b.sim.dropDatabase()
    await made.start(b)
    await made.settle()
    expect(b.tree()['f0']).toBe('f0 of A')
    expect(a.tree()).toEqual(b.tree())
  })

  test('what is held leaves the folder at rest', async () => {
    const { world: made, a, b } = await attacked(49)
    const before = [a, b].map(({ sim }) => sim.disk.writeCount())
    await made.pass(5 * 60_000)
    expect([a, b].map(({ sim }) => sim.disk.writeCount())).toEqual(before)
  })
})
