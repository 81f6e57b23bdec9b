/**
 * Homes, indexes and folders put back to what they were once, or lost. Promises that nobody's later
 * change is lost or numbered twice, that what was edited since comes through, and that nothing is
 * copied that is the same.
 */
import { expect, test } from 'vitest'
import { openHousehold } from '../support/household.ts'
import type { Household, Machine } from '../support/household.ts'

interface Two {
  readonly house: Household
  readonly ada: Machine
  readonly bob: Machine
}

async function two(): Promise<Two> {
  const house = openHousehold()
  const [ada, bob] = [house.machine('ada'), house.machine('bob')]
  for (const name of ['kept', 'edited', 'deleted', 'by bob']) ada.write(name, `${name}: first`)
  await house.begin(ada, bob)
  return { house, ada, bob }
}

/** What both do after the backup was made. */
async function liveOn({ house, ada, bob }: Two): Promise<void> {
  ada.write('edited', 'second')
  ada.write('new', 'new')
  ada.remove('deleted')
  bob.write('by bob', 'bob')
  await house.rest(ada, bob)
}

const LATER = { kept: 'kept: first', edited: 'second', new: 'new', 'by bob': 'bob' }

/** Ada's home (and her folder) as it was before, made of a clean stop or of a running node. */
async function withBackup(all: Two): Promise<{ state: Machine['state']; files: Machine['files'] }> {
  const { house, ada } = all
  await house.during(ada.stop())
  const backup = { state: ada.state, files: ada.files }
  await house.during(ada.start())
  await house.rest(ada, all.bob)
  await liveOn(all)
  await house.during(ada.stop())
  return backup
}

const HOMES = [
  { home: 'copied back, which makes other inodes', place: 'other' },
  { home: 'of a disk set back with all its inodes', place: 'ada' },
]

test.each(HOMES)('a home $home: the folder is as it was, nothing happens', async ({ place }) => {
  const all = await two()
  const { house, ada, bob } = all
  const { state } = await withBackup(all)
  ada.state = state
  ada.place = place
  await house.during(ada.start())
  await house.rest(ada, bob)
  expect(ada.tree()).toEqual(LATER)
  expect(bob.tree()).toEqual(LATER)
})

test.each(HOMES)('a home $home: edits made before anybody is met come through', async ({ place }) => {
  const all = await two()
  const { house, ada, bob } = all
  const { state } = await withBackup(all)
  ada.state = state
  ada.place = place
  house.cut(ada, bob)
  await house.during(ada.start())
  await house.time.advance(10_000)
  for (let edit = 0; edit < 30; edit++) ada.write(`after ${edit}`, `after ${edit}`)
  ada.write('edited', 'third')
  ada.remove('kept')
  await house.time.advance(10_000)
  house.heal(ada, bob)
  await house.rest(ada, bob)
  expect(bob.tree()).toEqual(ada.tree())
  expect(bob.read('edited')).toBe('third')
  expect(bob.read('kept')).toBeUndefined()
  expect(Object.keys(bob.tree())).toHaveLength(3 + 30)
})

test.each(HOMES)('a home $home together with its folder: no later change is undone', async ({ place }) => {
  const all = await two()
  const { house, ada, bob } = all
  const backup = await withBackup(all)
  ada.state = backup.state
  ada.files = backup.files
  ada.place = place
  await house.during(ada.start())
  await house.rest(ada, bob)
  expect(bob.tree()).toEqual(LATER)
  expect(ada.tree()).toEqual(LATER)
})

test.each(HOMES)('a home $home with its folder, then edited: what both wrote lives', async ({ place }) => {
  const all = await two()
  const { house, ada, bob } = all
  const backup = await withBackup(all)
  ada.state = backup.state
  ada.files = backup.files
  ada.place = place
  house.cut(ada, bob)
  await house.during(ada.start())
  await house.time.advance(10_000)
  ada.write('edited', 'another second')
  await house.time.advance(10_000)
  house.heal(ada, bob)
  await house.rest(ada, bob)
  expect(ada.tree()).toEqual(bob.tree())
  expect(Object.values(ada.tree())).toEqual(
    expect.arrayContaining(['second', 'another second', 'new', 'bob']),
  )
  expect(ada.read('deleted')).toBeUndefined()
})

test('a home put back to the same old copy again and again: the edits of every life come through', async () => {
  const all = await two()
  const { house, ada, bob } = all
  const { state } = await withBackup(all)
  for (let life = 1; life <= 6; life++) {
    // Of the copy's epoch the other has heard nothing since the life before began anew.
    ada.state = state
    house.cut(ada, bob)
    await house.during(ada.start())
    await house.time.advance(10_000)
    ada.write('edited', `in life ${life}`)
    await house.time.advance(10_000)
    house.heal(ada, bob)
    await house.rest(ada, bob)
    expect(bob.tree()).toEqual(ada.tree())
    expect(Object.values(bob.tree())).toContain(`in life ${life}`)
    await house.during(ada.stop())
  }
})

function three() {
  const house = openHousehold()
  const [ada, bob, cleo] = [house.machine('ada'), house.machine('bob'), house.machine('cleo')]
  ada.write('diary', 'first')
  return { house, ada, bob, cleo }
}

/** Begins as the backup and writes what only `met` reads, and not `away`. */
async function liveWith(
  { house, ada }: ReturnType<typeof three>,
  backup: Pick<Machine, 'state' | 'files'>,
  met: Machine,
  away: Machine,
): Promise<void> {
  ada.state = backup.state
  ada.files = backup.files
  house.cut(ada, away)
  await house.during(ada.start())
  await house.time.advance(10_000)
  ada.write('diary', `read by ${met.name}`)
  await house.time.advance(30_000)
  expect(met.read('diary')).toBe(`read by ${met.name}`)
}

test.each(HOMES)(
  'a home $home with its folder, each life meets another device: what both wrote lives',
  async ({ place }) => {
    const all = three()
    const { house, ada, bob, cleo } = all
    await house.begin(ada, bob, cleo)
    await house.during(ada.stop())
    const backup = { state: ada.state, files: ada.files }
    house.cut(bob, cleo)
    await liveWith(all, backup, bob, cleo)
    await house.during(ada.stop())
    house.heal(ada, cleo)
    ada.place = place
    await liveWith(all, backup, cleo, bob)
    house.heal(ada, bob)
    await house.during(ada.stop())
    house.heal(bob, cleo)
    await house.time.advance(30_000)
    await house.during(ada.start())
    await house.rest(ada, bob, cleo)
    for (const machine of [ada, bob, cleo])
      expect(Object.values(machine.tree()).toSorted()).toEqual(['read by bob', 'read by cleo'])
  },
)

test('lives that met devices which do not know of each other, and one of those edits on: what both wrote lives', async () => {
  const all = three()
  const { house, ada, bob, cleo } = all
  await house.beginAround(ada, bob, cleo)
  await house.during(ada.stop())
  const backup = { state: ada.state, files: ada.files }
  await liveWith(all, backup, cleo, bob)
  await house.during(ada.stop())
  house.heal(ada, bob)
  await liveWith(all, backup, bob, cleo)
  bob.write('diary', 'read by bob, who went on')
  await house.time.advance(30_000)
  house.heal(ada, cleo)
  await house.time.advance(60_000)
  for (const machine of [ada, bob, cleo])
    expect(Object.values(machine.tree()).toSorted()).toEqual(['read by bob, who went on', 'read by cleo'])
})

test('files of the folder put back from a backup are edits like any other', async () => {
  const all = await two()
  const { house, ada, bob } = all
  const { files } = await withBackup(all)
  ada.files = files
  await house.during(ada.start())
  await house.rest(ada, bob)
  const before = {
    kept: 'kept: first',
    edited: 'edited: first',
    deleted: 'deleted: first',
    'by bob': 'by bob: first',
  }
  expect(ada.tree()).toEqual(before)
  expect(bob.tree()).toEqual(before)
})

test.each([
  { of: 'the index', lose: () => true },
  { of: 'the index and the marks', lose: (name: string) => name === 'sequences.json' },
])('$of deleted while changes were made on both sides: all of them come through', async ({ of, lose }) => {
  const all = await two()
  const { house, ada, bob } = all
  await house.during(ada.stop())
  ada.write('edited', 'while away')
  bob.write('by bob', 'bob')
  bob.write('from bob', 'new')
  const { files } = ada.state
  ada.state = {
    index: undefined,
    files: new Map([...files].filter(([name]) => of === 'the index' || !lose(name))),
  }
  await house.during(ada.start())
  await house.rest(ada, bob)
  expect(ada.tree()).toEqual(bob.tree())
  expect(ada.tree()).toMatchObject({ 'from bob': 'new', kept: 'kept: first' })
  expect(Object.values(ada.tree())).toEqual(expect.arrayContaining(['while away', 'bob']))
})

test('a mark that is damaged starts a new life and loses nothing', async () => {
  const all = await two()
  const { house, ada, bob } = all
  await house.during(ada.stop())
  const { index, files } = ada.state
  ada.state = { index, files: new Map([...files, ['sequences.json', Buffer.from('not a mark')]]) }
  ada.write('edited', 'while away')
  await house.during(ada.start())
  await liveOn(all)
  expect(ada.tree()).toEqual(LATER)
  expect(bob.tree()).toEqual(LATER)
})
