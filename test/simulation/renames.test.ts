/**
 * Renames and moves. Promises that content which the other device has already, under another name, in
 * another folder or among its versions, does not cross the wire again, counted there byte by byte;
 * and that what somebody edited meanwhile is kept.
 */
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/node/base/random.ts'
import { openHousehold } from '../support/household.ts'
import type { Household, Machine } from '../support/household.ts'

/** Several blocks; the chunker cuts at 64 KiB on average and more. */
const LARGE = 1 << 20

interface Two {
  readonly house: Household
  readonly ada: Machine
  readonly bob: Machine
}

async function two(fill: (ada: Machine) => void): Promise<Two> {
  const house = openHousehold()
  const [ada, bob] = [house.machine('ada'), house.machine('bob')]
  fill(ada)
  await house.begin(ada, bob)
  return { house, ada, bob }
}

const bytesOf = (name: string, size = LARGE): Uint8Array =>
  seededRandom([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 5)).bytes(size)

/** Bytes of blocks that came to `to` while `work` was done and everybody came to rest. */
async function wireOf({ house, ada, bob }: Two, work: () => void, to = bob): Promise<number> {
  to.wire.fetchedBytes = 0
  work()
  await house.time.advance(5_000)
  await house.rest(ada, bob)
  expect(bob.tree()).toEqual(ada.tree())
  return to.wire.fetchedBytes
}

test('what is new crosses the wire, so the count counts', async () => {
  const both = await two((ada) => ada.write('old', bytesOf('old')))
  expect(await wireOf(both, () => both.ada.write('new', bytesOf('new')))).toBeGreaterThan(LARGE)
})

test.each([
  { what: 'a file', from: 'm', to: 'n' },
  { what: 'a file to a name that comes first', from: 'm', to: 'a' },
  { what: 'a file into a directory', from: 'm', to: 'd/m' },
  { what: 'a file out of a directory', from: 'd/m', to: 'm' },
  { what: 'a file between names that differ in case', from: 'm', to: 'M' },
])('renaming $what sends no content', async ({ from, to }) => {
  const both = await two((ada) => {
    ada.disk.user.mkdir('/sync/d')
    ada.write(from, bytesOf('m'))
  })
  expect(await wireOf(both, () => both.ada.rename(from, to))).toBe(0)
  expect(both.bob.read(to)).toBe(both.ada.read(to))
})

test('a person on the other side may rename as well', async () => {
  const both = await two((ada) => ada.write('m', bytesOf('m')))
  expect(await wireOf(both, () => both.bob.rename('m', 'n'), both.ada)).toBe(0)
})

test.each([
  { files: 1_000, what: 'to a name that comes later', to: 'z' },
  { files: 100, what: 'to a name that comes first', to: 'a' },
  { files: 100, what: 'into another directory', to: 'other/below' },
])('a directory of $files files, renamed $what, sends no content', async ({ files, to }) => {
  const both = await two((ada) => {
    ada.write('other/file', 'other')
    for (let i = 0; i < files; i++) ada.write(`m/${i % 10}/${i}`, `content ${i} of many`)
  })
  expect(await wireOf(both, () => both.ada.rename('m', to))).toBe(0)
  expect(Object.keys(both.bob.tree()).filter((path) => path.startsWith(`${to}/`))).toHaveLength(files + 10)
})

test('two files that swap their names send no content, nor do three in a circle', async () => {
  const both = await two((ada) => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) ada.write(name, bytesOf(name, 300_000))
  })
  const { ada, bob } = both
  const before = ada.tree()
  const swap = (...names: string[]): void => {
    ada.rename(names[0]!, 'aside')
    for (let i = 1; i < names.length; i++) ada.rename(names[i]!, names[i - 1]!)
    ada.rename('aside', names.at(-1)!)
  }
  expect(
    await wireOf(both, () => {
      swap('a', 'b')
      swap('c', 'd', 'e')
    }),
  ).toBe(0)
  expect(bob.tree()).toEqual({
    a: before['b'],
    b: before['a'],
    c: before['d'],
    d: before['e'],
    e: before['c'],
  })
})

test('a rename that is seen as a deletion first takes the content back from the versions', async () => {
  const both = await two((ada) => ada.write('m', bytesOf('m')))
  const { ada, bob } = both
  const content = ada.disk.user.read('/sync/m')
  await wireOf(both, () => ada.remove('m'))
  expect(bob.tree()).toEqual({})
  expect(await wireOf(both, () => ada.write('n', content))).toBe(0)
})

test('a file that is replaced and comes back sends no content', async () => {
  const both = await two((ada) => ada.write('m', bytesOf('m')))
  await wireOf(both, () => both.ada.write('m', 'something else'))
  expect(await wireOf(both, () => both.ada.write('m', bytesOf('m')))).toBe(0)
})

test.each([
  { what: 'the beginning', at: 0 },
  { what: 'the middle', at: LARGE / 2 },
])('a rename with a small edit at $what sends what was edited only', async ({ at }) => {
  const both = await two((ada) => ada.write('m', bytesOf('m')))
  const { ada } = both
  const sent = await wireOf(both, () => {
    ada.rename('m', 'n')
    ada.disk.user.writeAt('/sync/n', Buffer.from('edited'), at)
  })
  expect(sent).toBeGreaterThan(0)
  expect(sent).toBeLessThan(LARGE / 4)
})

test('a copy with a small edit sends what was edited only', async () => {
  const both = await two((ada) => ada.write('m', bytesOf('m')))
  const sent = await wireOf(both, () => {
    const copy = bytesOf('m')
    copy.set(Buffer.from('edited'), 100)
    both.ada.write('copy', copy)
  })
  expect(sent).toBeLessThan(LARGE / 4)
})

test('a move into another folder of the same devices sends no content', async () => {
  const both = await two((ada) => {
    for (let i = 0; i < 20; i++) ada.write(`album/${i}`, bytesOf(`photo ${i}`, 100_000))
  })
  const { house, ada, bob } = both
  for (const [one, other] of [
    [ada, bob],
    [bob, ada],
  ] as const) {
    one.disk.user.mkdir('/second')
    await house.during(one.node.addFolder({ id: 'second', path: '/second', devices: [other.id] }))
  }
  await house.rest(ada, bob)
  expect(await wireOf(both, () => ada.disk.user.rename('/sync/album', '/second/album'))).toBe(0)
  await house.until('Bob has it', () => bob.disk.tree('/second/album').length === 20)
  expect(bob.wire.fetchedBytes).toBe(0)
})

test('what lies in a folder that others do not share is sent to it all the same: it tells nobody what is there', async () => {
  const both = await two((ada) => ada.write('m', 'common'))
  const { house, bob } = both
  bob.disk.user.mkdir('/private')
  bob.disk.user.write('/private/secret', bytesOf('secret'))
  bob.disk.user.write('/private/alike', bytesOf('alike'))
  await house.during(bob.node.addFolder({ id: 'private', path: '/private', devices: [] }))
  await house.time.advance(10_000)
  const guesses = (): void => {
    both.ada.write('guess', bytesOf('secret'))
    both.ada.write('guess alike', Buffer.concat([bytesOf('alike'), Buffer.from('and more')]))
  }
  expect(await wireOf(both, guesses)).toBeGreaterThan(2 * LARGE)
})

test.each(['ada', 'bob'])('a rename by %s against an edit by the other keeps the edit', async (renaming) => {
  const { house, ada, bob } = await two((one) => one.write('m', 'common'))
  const [renamer, editor] = renaming === 'ada' ? [ada, bob] : [bob, ada]
  house.cut(ada, bob)
  renamer.rename('m', 'n')
  editor.write('m', 'edited')
  await house.time.advance(10_000)
  house.heal(ada, bob)
  await house.rest(ada, bob)
  expect(ada.tree()).toEqual({ m: 'edited', n: 'common' })
  expect(bob.tree()).toEqual(ada.tree())
})
