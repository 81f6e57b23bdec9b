/**
 * Names that a disk takes for others, or does not hold: whole nodes on disks that fold case, normalize
 * Unicode or are like FAT. What one device cannot place is said there and elsewhere, nothing is
 * overwritten or merged, and it comes when what was in the way has gone.
 */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { pairOf, twinDevices } from '../support/twin-devices.ts'
import type { TwinDevice } from '../support/twin-devices.ts'

const FOLDING = { caseInsensitive: true }
const NORMALIZING = { normalizing: true }
const LIKE_FAT = {
  caseInsensitive: true,
  windowsNames: true,
  hardLinks: false,
  symlinks: false,
  granularityNs: 2_000_000_000n,
  fileBytes: 2 ** 32 - 1,
}
const COMPOSED = 'caf\u00e9'
const DECOMPOSED = 'cafe\u0301'

/** Codes by path, as a person at the device sees them. */
async function errorsOf(device: TwinDevice): Promise<Record<string, string>> {
  const { errors, errorCount } = await device.folder()
  expect(errorCount).toBe(errors.length)
  return Object.fromEntries(errors.map(({ path, code }) => [path, code]))
}

describe('two names that the disk takes for one', () => {
  const pairs = [
    { what: 'letters of other case', first: 'README', second: 'readme', disk: FOLDING },
    { what: 'accents written in two ways', first: COMPOSED, second: DECOMPOSED, disk: NORMALIZING },
    { what: 'letters of other case on a disk like FAT', first: 'A.TXT', second: 'a.txt', disk: LIKE_FAT },
  ]
  test.each(pairs)('$what: one is placed, the other is said to be in its way', async (pair) => {
    const { first, second, disk } = pair
    const { world, a, b } = await pairOf({}, disk)
    a.write(first, 'the first')
    await world.rest()
    a.write(second, 'the second')
    await world.rest()
    expect(b.names()).toEqual([first])
    expect(b.read(first)).toBe('the first')
    expect(await errorsOf(b)).toEqual({ [second]: 'NAME_COLLISION' })
    expect((await b.folder()).status).toMatchObject({ word: 'needs-you', reason: 'errors' })
    expect((await a.folder()).status).toMatchObject({ reason: 'device-errors', params: { count: 1 } })
    expect(await a.copies(second)).toEqual({ A: 'has', B: 'unplaceable' })
    expect(await b.copies(second)).toEqual({ A: 'has', B: 'unplaceable' })
  })

  test.each(pairs)('$what: it comes when the name is free, with its own content', async (pair) => {
    const { first, second, disk } = pair
    const { world, a, b } = await pairOf({}, disk)
    a.write(first, 'the first')
    a.write(second, 'the second')
    await world.rest()
    expect(b.names()).toHaveLength(1)
    a.remove(first)
    await world.rest()
    expect(b.names()).toEqual([second])
    expect(b.read(second)).toBe('the second')
    expect(await errorsOf(b)).toEqual({})
    expect((await a.folder()).status.word).toBe('safe')
  })

  test.each(pairs)('$what: it comes when a person there gives the other one another name', async (pair) => {
    const { first, second, disk } = pair
    const { world, a, b } = await pairOf({}, disk)
    a.write(first, 'the first')
    await world.rest()
    a.write(second, 'the second')
    await world.rest()
    b.rename(first, 'renamed')
    await world.rest()
    expect(b.names()).toEqual(['renamed', second].toSorted())
    expect(a.names()).toEqual(['renamed', second].toSorted())
    expect(b.read('renamed')).toBe('the first')
    expect(await errorsOf(b)).toEqual({})
  })

  test.each(pairs)('$what: said once, not again and again', async ({ first, second, disk }) => {
    const { world, a, b } = await pairOf({}, disk)
    a.write(first, 'the first')
    a.write(second, 'the second')
    await world.rest()
    const before = [await sequenceOf(a), await sequenceOf(b)]
    const writes = b.device.disk.writeCount()
    await world.pass(5 * 60_000)
    await world.rescan()
    await world.rest()
    expect([await sequenceOf(a), await sequenceOf(b)]).toEqual(before)
    expect(b.device.disk.writeCount()).toBe(writes)
  })

  test('a person who opens, deletes or saves the one in the app never touches the other', async () => {
    const { world, a, b } = await pairOf({}, FOLDING)
    a.write('README', 'the first')
    a.write('readme', 'the second')
    await world.rest()
    await expect(b.deleteInApp('readme')).rejects.toMatchObject({ code: 'NAME_COLLISION' })
    await expect(b.saveInApp('readme', 'a third')).rejects.toMatchObject({ code: 'NAME_COLLISION' })
    await expect(b.saveInApp('READme', 'a fourth')).rejects.toMatchObject({ code: 'NAME_COLLISION' })
    await expect(b.openInApp('readme')).rejects.toMatchObject({ code: 'NAME_COLLISION' })
    expect(b.read('README')).toBe('the first')
    await b.saveInApp('README', 'edited')
    await world.rest()
    expect(a.read('README')).toBe('edited')
    expect(a.read('readme')).toBe('the second')
  })

  test('survives a restart, and is tried then', async () => {
    const { world, a, b } = await pairOf({}, FOLDING)
    a.write('README', 'the first')
    a.write('readme', 'the second')
    await world.rest()
    await world.restart(b)
    await world.rest()
    expect(await errorsOf(b)).toEqual({ readme: 'NAME_COLLISION' })
    await world.restart(b, () => b.rename('README', 'renamed'))
    await world.rest()
    expect(b.names()).toEqual(['readme', 'renamed'])
    expect(await errorsOf(b)).toEqual({})
  })

  test('directories: what is in the second waits with it, and nothing is merged', async () => {
    const { world, a, b } = await pairOf({}, FOLDING)
    a.mkdir('Photos')
    a.write('Photos/one', '1')
    await world.rest()
    a.mkdir('photos')
    a.write('photos/two', '2')
    a.write('photos/one', 'another one')
    await world.rest()
    expect(b.names()).toEqual(['Photos/', 'Photos/one'])
    expect(b.read('Photos/one')).toBe('1')
    expect(Object.keys(await errorsOf(b)).toSorted()).toEqual(['photos', 'photos/one', 'photos/two'])
    expect((await a.folder()).status).toMatchObject({ reason: 'device-errors', params: { count: 3 } })
    a.rename('photos', 'pictures')
    await world.rest()
    expect(b.names()).toEqual(['Photos/', 'Photos/one', 'pictures/', 'pictures/one', 'pictures/two'])
    expect(await errorsOf(b)).toEqual({})
  })

  test('a file and a directory', async () => {
    const { world, a, b } = await pairOf({}, FOLDING)
    a.write('data', 'a file')
    await world.rest()
    a.mkdir('Data')
    a.write('Data/x', 'x')
    await world.rest()
    expect(b.names()).toEqual(['data'])
    a.remove('data')
    await world.rest()
    expect(b.names()).toEqual(['Data/', 'Data/x'])
    expect(await errorsOf(b)).toEqual({})
  })

  test('many at once leave one of each pair, whole', async () => {
    const { world, a, b } = await pairOf({}, LIKE_FAT)
    world.cut(a, b)
    await world.pass(60_000)
    for (let index = 0; index < 20; index++)
      for (const name of [`${index}-name`, `${index}-NAME`]) a.write(name, `content of ${name}`)
    await world.pass(10_000)
    // They arrive on one page and are placed side by side.
    world.heal(a, b)
    await world.rest()
    expect(b.names()).toHaveLength(20)
    for (const name of b.names()) expect(b.read(name)).toBe(`content of ${name}`)
    expect(Object.keys(await errorsOf(b))).toHaveLength(20)
    expect(a.names()).toHaveLength(40)
  })
})

describe('a rename of case alone', () => {
  test.each([
    { what: 'file, to a disk that takes names as they are', disks: [FOLDING, {}] as const },
    { what: 'file, to a disk that folds', disks: [{}, FOLDING] as const },
    { what: 'file, between disks that fold', disks: [FOLDING, FOLDING] as const },
    { what: 'file, between disks like FAT', disks: [LIKE_FAT, LIKE_FAT] as const },
  ])('$what', async ({ disks }) => {
    const { world, a, b } = await pairOf(...disks)
    a.write('README', 'one file')
    a.write('other', 'stays')
    await world.rest()
    a.rename('README', 'readme')
    await world.rest()
    expect(a.names()).toEqual(['other', 'readme'])
    expect(b.names()).toEqual(['other', 'readme'])
    expect(b.read('readme')).toBe('one file')
    expect(await errorsOf(a)).toEqual({})
    expect(await errorsOf(b)).toEqual({})
  })

  test('of accents alone', async () => {
    const { world, a, b } = await pairOf(NORMALIZING, NORMALIZING)
    a.write(COMPOSED, 'one file')
    await world.rest()
    a.rename(COMPOSED, DECOMPOSED)
    await world.rest()
    expect(b.names()).toEqual([DECOMPOSED])
    expect(a.names()).toEqual([DECOMPOSED])
  })

  test('of a directory moves what is in it, without a byte sent again', async () => {
    const { world, a, b } = await pairOf({}, FOLDING)
    a.mkdir('Photos')
    for (let index = 0; index < 5; index++) a.write(`Photos/${index}`, `photo ${index}`)
    await world.rest()
    const inodes = (device: TwinDevice) =>
      device.device.disk
        .tree('/sync')
        .filter(({ path }) => /^photos\/\d/i.test(path))
        .map(({ inode }) => inode)
    const before = inodes(b)
    a.rename('Photos', 'photos')
    await world.rest()
    expect(b.names()).toEqual(['photos/', ...[0, 1, 2, 3, 4].map((index) => `photos/${index}`)])
    expect(inodes(b)).toEqual(before)
    expect(a.names()).toEqual(b.names())
    expect(a.names().filter((name) => name.includes('conflict'))).toEqual([])
  })

  test('with an edit in it keeps the edit, and no copy', async () => {
    const { world, a, b } = await pairOf({}, FOLDING)
    a.mkdir('Notes')
    a.write('Notes/list', 'old')
    a.write('Notes/other', 'other')
    a.write('LETTER', 'dear')
    await world.rest()
    world.cut(a, b)
    await world.pass(60_000)
    a.rename('Notes', 'notes')
    a.write('notes/list', 'new')
    a.rename('LETTER', 'letter')
    a.write('letter', 'dear all')
    await world.pass(10_000)
    world.heal(a, b)
    await world.rest()
    expect(b.names()).toEqual(['letter', 'notes/', 'notes/list', 'notes/other'])
    expect(b.read('notes/list')).toBe('new')
    expect(b.read('letter')).toBe('dear all')
    expect(a.names()).toEqual(b.names())
  })

  test('on the folding disk itself of a directory', async () => {
    const { world, a, b } = await pairOf(FOLDING, {})
    a.mkdir('Photos')
    a.write('Photos/one', '1')
    await world.rest()
    a.rename('Photos', 'photos')
    a.write('photos/two', '2')
    await world.rest()
    expect(a.names()).toEqual(['photos/', 'photos/one', 'photos/two'])
    expect(b.names()).toEqual(a.names())
  })

  test('there and back while the devices do not hear each other', async () => {
    const { world, a, b } = await pairOf(FOLDING, FOLDING)
    a.write('README', 'text')
    await world.rest()
    world.cut(a, b)
    await world.pass(60_000)
    a.rename('README', 'readme')
    b.rename('README', 'ReadMe')
    await world.pass(10_000)
    world.heal(a, b)
    await world.rest()
    // Two names for one file: each disk keeps one, and says so of the other.
    for (const device of [a, b]) {
      expect(device.names()).toHaveLength(1)
      expect(device.read(device.names()[0]!)).toBe('text')
      expect(Object.values(await errorsOf(device))).toEqual(['NAME_COLLISION'])
    }
  })

  test('made here while the other device deleted it keeps the new name', async () => {
    const { world, a, b } = await pairOf({}, FOLDING)
    b.write('README', 'kept')
    await world.rest()
    world.cut(a, b)
    await world.pass(60_000)
    a.remove('README')
    await world.pass(10_000)
    b.rename('README', 'readme')
    world.heal(a, b)
    await world.rest()
    expect(b.names()).toEqual(['readme'])
    expect(a.names()).toEqual(['readme'])
    expect(a.read('readme')).toBe('kept')
  })
})

describe('what a disk like FAT does not hold', () => {
  test.each([
    { name: 'a:b' },
    { name: 'nul' },
    { name: 'COM1.txt' },
    { name: 'what?' },
    { name: 'end.' },
    { name: 'end ' },
    { name: 'back\\slash' },
    { name: 'tab\there' },
  ])('the name $name is said and nothing of it moves', async ({ name }) => {
    const { world, a, b } = await pairOf({}, LIKE_FAT)
    a.write(name, 'x'.repeat(100_000))
    a.write('fine', 'fine')
    await world.rest()
    expect(b.names()).toEqual(['fine'])
    expect(await errorsOf(b)).toEqual({ [name]: 'NAME_UNUSABLE' })
    expect(await a.copies(name)).toEqual({ A: 'has', B: 'unplaceable' })
    expect(b.device.disk.usedBytes()).toBeLessThan(20_000)
    a.rename(name, 'mended')
    await world.rest()
    expect(b.names()).toEqual(['fine', 'mended'])
    expect(await errorsOf(b)).toEqual({})
  })

  test.each([
    { what: 'cuts to one', names: ['end.', 'end..', 'end ', 'End.'], code: 'NAME_UNUSABLE', disk: LIKE_FAT },
    { what: 'takes for one', names: ['WHAT?', 'what?'], code: 'NAME_COLLISION', disk: FOLDING },
  ])('names that it $what are tried one by one', async ({ names, code, disk }) => {
    const { world, a, b } = await pairOf({}, disk)
    world.cut(a, b)
    await world.pass(60_000)
    for (const name of names) a.write(name, `content of ${name}`)
    await world.pass(10_000)
    // They arrive on one page and are tried side by side.
    world.heal(a, b)
    await world.rest()
    const codes = Object.entries(await errorsOf(b))
    expect(new Set(codes.map(([, said]) => said))).toEqual(new Set([code]))
    expect([...codes.map(([name]) => name), ...b.names()].toSorted()).toEqual(names.toSorted())
  })

  test('a directory of such a name keeps what is in it away, by name', async () => {
    const { world, a, b } = await pairOf({}, LIKE_FAT)
    a.mkdir('12:30')
    a.write('12:30/lunch', 'soup')
    await world.rest()
    expect(b.names()).toEqual([])
    expect(await errorsOf(b)).toEqual({ '12:30': 'NAME_UNUSABLE', '12:30/lunch': 'NAME_UNUSABLE' })
    a.rename('12:30', 'noon')
    await world.rest()
    expect(b.names()).toEqual(['noon/', 'noon/lunch'])
  })

  test('a symbolic link is said, and comes when it became a file', async () => {
    const { world, a, b } = await pairOf({}, LIKE_FAT)
    a.device.disk.user.symlink('elsewhere', '/sync/link')
    await world.rest()
    expect(b.names()).toEqual([])
    expect(await errorsOf(b)).toEqual({ link: 'SYMLINK_UNSUPPORTED' })
    expect((await a.folder()).status).toMatchObject({ reason: 'device-errors' })
    a.remove('link')
    a.write('link', 'a file now')
    await world.rest()
    expect(b.read('link')).toBe('a file now')
    expect(await errorsOf(b)).toEqual({})
  })

  test.each([
    { who: 'from there', disks: [{}, LIKE_FAT] as const },
    { who: 'to there', disks: [LIKE_FAT, {}] as const },
  ])('edits of one file on both sides end in a conflict copy, $who', async ({ disks }) => {
    const { world, a, b } = await pairOf(...disks)
    a.write('note', 'both know this')
    await world.rest()
    world.cut(a, b)
    await world.pass(60_000)
    a.write('note', 'edited at A')
    b.write('note', 'edited at B')
    await world.pass(10_000)
    world.heal(a, b)
    await world.rest()
    expect(a.names()).toHaveLength(2)
    expect(b.names()).toEqual(a.names())
    expect(
      b
        .names()
        .map((name) => b.read(name))
        .toSorted(),
    ).toEqual(['edited at A', 'edited at B'])
    expect(await errorsOf(b)).toEqual({})
  })

  test('edits and deletions go on in both directions', async () => {
    const { world, a, b } = await pairOf({}, LIKE_FAT)
    a.mkdir('d')
    a.write('d/one', '1')
    await world.rest()
    b.write('d/one', 'edited')
    b.write('d/two', '2')
    await world.rest()
    expect(a.read('d/one')).toBe('edited')
    a.write('d/two', 'edited too')
    a.remove('d/one')
    await world.rest()
    expect(b.names()).toEqual(['d/', 'd/two'])
    expect(b.read('d/two')).toBe('edited too')
  })
})

test('a conflict copy whose name somebody wrote in other letters keeps no other from one', async () => {
  const world = await twinDevices({}, FOLDING)
  const [a, b] = world.devices as [TwinDevice, TwinDevice]
  const hash = createHash('sha256').update('a file').digest('hex').slice(0, 8)
  b.write(`x (CONFLICT B ${hash.toUpperCase()})`, 'another')
  await world.rest()
  world.cut(a, b)
  a.mkdir('x')
  a.write('x/inside', 'in a directory')
  b.write('x', 'a file')
  await world.pass(60_000)
  world.heal(a, b)
  await world.rest()
  for (const one of [a, b]) {
    const contents = one
      .names()
      .filter((name) => !name.endsWith('/'))
      .map(one.read)
    expect(contents.toSorted()).toEqual(['a file', 'another', 'in a directory'])
  }
})

test('a loser whose conflict copy would differ from it in letters only gets one with another name', async () => {
  const world = await twinDevices({}, FOLDING)
  const [a, b] = world.devices as [TwinDevice, TwinDevice]
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
  const theirs = Array.from({ length: 64 }, (_, i) => `of a, ${i}`).find(
    (one) => hashOf(one) > hashOf('of b'),
  )!
  const path = `x (conflict b ${hashOf('of b').slice(0, 8)})`
  world.cut(a, b)
  a.write(path, theirs)
  b.write(path, 'of b')
  await world.pass(60_000)
  world.heal(a, b)
  await world.rest()
  for (const one of [a, b]) expect(one.names().map(one.read).toSorted()).toEqual([theirs, 'of b'].toSorted())
})

describe('three devices, one of which folds', () => {
  test('the others have both, and nobody waits for the one', async () => {
    const world = await twinDevices({}, FOLDING, {})
    const [a, b, c] = world.devices as [TwinDevice, TwinDevice, TwinDevice]
    a.write('x', 'lower')
    c.write('X', 'upper')
    await world.rest()
    expect(a.names()).toEqual(['X', 'x'])
    expect(c.names()).toEqual(['X', 'x'])
    expect(b.names()).toHaveLength(1)
    expect((await a.folder()).need.items).toBe(0)
    expect(await a.copies(b.names()[0] === 'x' ? 'X' : 'x')).toEqual({ A: 'has', B: 'unplaceable', C: 'has' })
  })
})

async function sequenceOf({ device }: TwinDevice): Promise<number> {
  return (await device.node!.status()).folders[0]!.revision
}
