/**
 * Disks that are full, read-only or fail: whole nodes on memory disks. One file degrades by name, the
 * rest goes on, nothing is told to others that was not so, and it heals by itself.
 */
import { expect, test } from 'vitest'
import { seededBytes } from '../support/chunker-feeding.ts'
import { pairOf } from '../support/twin-devices.ts'
import type { TwinDevice } from '../support/twin-devices.ts'

const MEGABYTE = 1_000_000

async function errorsOf(device: TwinDevice): Promise<Record<string, string>> {
  return Object.fromEntries((await device.folder()).errors.map(({ path, code }) => [path, code]))
}

/** Of which no block is like another. */
const text = (bytes: number): string => Buffer.from(seededBytes(`${bytes}`, bytes)).toString('latin1')
const large = (bytes: number): string => 'x'.repeat(bytes)

test('a full disk: the file is named, small ones go on, and it follows when there is room', async () => {
  const { world, a, b } = await pairOf({}, { capacityBytes: 2 * MEGABYTE })
  a.write('large', large(3 * MEGABYTE))
  a.write('small', 'small')
  await world.pass(60_000)
  expect(b.names()).toEqual(['small'])
  expect(await errorsOf(b)).toEqual({ large: 'DISK_FULL' })
  expect((await b.folder()).status).toMatchObject({
    word: 'needs-you',
    reason: 'errors',
    params: { count: 1 },
  })
  a.write('after', 'still going on')
  await world.pass(10_000)
  expect(b.names()).toEqual(['after', 'small'])
  b.device.disk.settings.capacityBytes = 20 * MEGABYTE
  await world.rest()
  expect(b.names()).toEqual(['after', 'large', 'small'])
  expect(await errorsOf(b)).toEqual({})
  expect((await a.folder()).status.word).toBe('safe')
})

test('a full disk is no statement to the others: nothing is told again and again', async () => {
  const { world, a, b } = await pairOf({}, { capacityBytes: 2 * MEGABYTE })
  a.write('large', large(3 * MEGABYTE))
  await world.pass(60_000)
  const before = (await a.folder()).revision
  const writes = b.device.disk.writeCount()
  await world.pass(20 * 60_000)
  expect((await a.folder()).revision).toBe(before)
  expect(b.device.disk.writeCount()).toBe(writes)
  expect(await a.copies('large')).toEqual({ A: 'has', B: 'wants' })
})

test('what would fill the disk to the brim is refused before a byte of it moves', async () => {
  const { world, a, b } = await pairOf({}, { capacityBytes: 10 * MEGABYTE })
  a.write('almost all', large(9_950_000))
  await world.pass(60_000)
  expect(await errorsOf(b)).toEqual({ 'almost all': 'DISK_FULL' })
  expect(b.device.disk.usedBytes()).toBeLessThan(50_000)
})

test('a quota that the disk says nothing of: what does not fit is named and leaves no trace, small ones go on', async () => {
  const { world, a, b } = await pairOf({}, { capacityBytes: 100 * MEGABYTE, quotaBytes: 2 * MEGABYTE })
  a.write('large', text(3 * MEGABYTE))
  await world.pass(60_000)
  expect(await errorsOf(b)).toEqual({ large: 'DISK_FULL' })
  a.write('small', text(200_000))
  await world.pass(60_000)
  expect(b.names()).toEqual(['small'])
  const { disk } = b.device
  expect(disk.tree('/sync').filter(({ path }) => path.endsWith('.tmp'))).toEqual([])
  await world.pass(20 * 60_000)
  const writes = disk.writeCount()
  await world.pass(60 * 60_000)
  expect(await errorsOf(b)).toEqual({ large: 'DISK_FULL' })
  // A try is some twenty writes up to the brim, and there are seven an hour: each minute would be 1,200.
  expect(disk.writeCount() - writes).toBeLessThan(250)
  disk.settings.quotaBytes = 20 * MEGABYTE
  await world.rest()
  expect(b.names()).toEqual(['large', 'small'])
  expect(await errorsOf(b)).toEqual({})
})

test('two files that fit one by one and not together: the one is whole, the other is named', async () => {
  const { world, a, b } = await pairOf({}, { capacityBytes: 10 * MEGABYTE })
  a.write('one', large(6 * MEGABYTE))
  a.write('two', large(6 * MEGABYTE) + 'other')
  await world.pass(60_000)
  expect(b.names()).toHaveLength(1)
  expect(Object.values(await errorsOf(b))).toEqual(['DISK_FULL'])
  const [name = ''] = b.names()
  expect(b.read(name)).toBe(a.read(name))
})

test('a disk that turns read-only: said by name, nothing is lost, and it goes on by itself', async () => {
  const { world, a, b } = await pairOf({}, {})
  a.write('before', 'before')
  b.write('own', 'own')
  await world.rest()
  b.device.disk.settings.readOnly = true
  a.write('new', 'new')
  a.write('before', 'edited')
  a.remove('own')
  await world.pass(2 * 60_000)
  expect(b.names()).toEqual(['before', 'own'])
  expect(await errorsOf(b)).toEqual({
    before: 'DISK_READ_ONLY',
    new: 'DISK_READ_ONLY',
    own: 'DISK_READ_ONLY',
  })
  expect(a.names()).toEqual(['before', 'new'])
  b.device.disk.settings.readOnly = false
  await world.rest()
  expect(b.names()).toEqual(['before', 'new'])
  expect(b.read('before')).toBe('edited')
  expect(await errorsOf(b)).toEqual({})
})

test('a directory that fails to be read: named, no deletion anywhere, the others go on, and it heals', async () => {
  const { world, a, b } = await pairOf({}, {})
  a.mkdir('bad')
  a.write('bad/photo', 'photo')
  a.write('good', 'good')
  await world.rest()
  a.device.weather = { unreadable: '/sync/bad', errorsPerMille: 0 }
  a.write('good', 'edited')
  await world.rescan()
  await world.pass(60_000)
  expect(Object.keys(await errorsOf(a))).toEqual(['bad'])
  expect(b.names()).toEqual(['bad/', 'bad/photo', 'good'])
  expect(b.read('good')).toBe('edited')
  a.device.weather = { errorsPerMille: 0 }
  await world.rescan()
  await world.rest()
  expect(await errorsOf(a)).toEqual({})
  expect((await a.folder()).status.word).toBe('safe')
})

test('a FIFO, socket or device is said by name, is no alarm, and is gone with its cause', async () => {
  const { world, a, b } = await pairOf({}, {})
  a.write('file', 'file')
  a.device.disk.user.makeOther('/sync/queue')
  await world.rest()
  const { status, errorCount, leftOut, leftOutCount } = await a.folder()
  expect([status.word, errorCount, leftOutCount]).toEqual(['safe', 0, 1])
  expect(leftOut).toMatchObject([{ path: 'queue', code: 'KIND_UNSUPPORTED' }])
  expect(b.names()).toEqual(['file'])
  a.remove('queue')
  await world.rest()
  expect((await a.folder()).leftOutCount).toBe(0)
})

test('a FIFO in the way of a file is named, never opened or removed, and the file comes when it is gone', async () => {
  const { world, a, b } = await pairOf({}, {})
  b.device.disk.user.makeOther('/sync/queue')
  a.write('queue', 'a file')
  await world.pass(60_000)
  expect(await errorsOf(b)).toEqual({ queue: 'KIND_UNSUPPORTED' })
  b.remove('queue')
  await world.rest()
  expect(b.read('queue')).toBe('a file')
  expect(await errorsOf(b)).toEqual({})
})

test('a new file that the disk cannot read is named, keeps back no other, and follows once it reads', async () => {
  const { world, a, b } = await pairOf({}, {})
  a.device.weather = { errorsPerMille: 0, broken: '/sync/new' }
  a.write('new', 'new')
  a.write('other', 'other')
  await world.pass(60_000)
  expect(await errorsOf(a)).toEqual({ new: 'IO_ERROR' })
  expect(b.names()).toEqual(['other'])
  a.device.weather = { errorsPerMille: 0 }
  await world.pass(3 * 60 * 60_000)
  expect(await errorsOf(a)).toEqual({})
  expect(b.names()).toEqual(['new', 'other'])
})

test('an edited file that the disk cannot read is named and stays elsewhere as it was, until it reads', async () => {
  const { world, a, b } = await pairOf({}, {})
  a.write('diary', 'first')
  await world.rest()
  a.device.weather = { errorsPerMille: 0, broken: '/sync/diary' }
  a.write('diary', 'second')
  await world.pass(60_000)
  expect(await errorsOf(a)).toEqual({ diary: 'IO_ERROR' })
  expect(b.read('diary')).toBe('first')
  a.device.weather = { errorsPerMille: 0 }
  await world.pass(3 * 60 * 60_000)
  expect(await errorsOf(a)).toEqual({})
  expect(b.read('diary')).toBe('second')
})

test.each([
  { what: 'may not be read', weather: { unreadable: '/sync/one' } },
  { what: 'cannot be opened', weather: { unreadable: '/sync/one', unreadableAs: 'IO_ERROR' as const } },
  { what: 'opens and fails', weather: { broken: '/sync/one' } },
])('a file whose content is here in one that $what comes from elsewhere', async ({ weather }) => {
  const { world, a, b } = await pairOf({}, {})
  a.write('one', 'the same')
  await world.rest()
  b.device.weather = { errorsPerMille: 0, ...weather }
  a.write('other', 'the same')
  await world.pass(60_000)
  expect(b.names()).toEqual(['one', 'other'])
  expect(b.read('other')).toBe('the same')
})
