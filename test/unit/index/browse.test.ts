/** What people see of a directory, and of what they search. */
import { expect, test } from 'vitest'
import type { BrowseQuery, IndexOperations } from '../../../src/node/index/index-port.ts'
import { announce, changeOf, hear, openIndexFolder, recordOf } from '../../support/index-folder.ts'

const OWN = { 'self/7': 1 }
const folder = 'f'

async function see(index: IndexOperations, query: Partial<BrowseQuery> = {}) {
  return index.browse({ folder, directory: '', offset: 0, limit: 100, ...query })
}

async function pathsOf(index: IndexOperations, query: Partial<BrowseQuery> = {}): Promise<string[]> {
  return (await see(index, query)).entries.map(({ record }) => record.path)
}

/** Files, but directories where the name ends in "/". */
async function hold(index: IndexOperations, ...paths: readonly string[]): Promise<void> {
  const records = paths.map((path) => {
    const kind = path.endsWith('/') ? ('directory' as const) : ('file' as const)
    return recordOf({ path: path.replace(/\/$/, ''), kind, version: OWN })
  })
  await index.recordLocal({ folder, changes: records.map((record) => changeOf(record)) })
}

test('a directory shows its own entries only, directories first, then by name', async () => {
  const { index } = await openIndexFolder()
  await hold(index, 'b', 'a', 'z/', 'z/inner', 'z/deep/', 'z/deep/est', 'zz', 'z0', 'm/')
  expect(await pathsOf(index)).toEqual(['m', 'z', 'a', 'b', 'z0', 'zz'])
  expect(await pathsOf(index, { directory: 'z' })).toEqual(['z/deep', 'z/inner'])
  expect(await see(index, { directory: 'nothing' })).toMatchObject({ total: 0, entries: [] })
})

test('a range has its entries and the number of all', async () => {
  const { index } = await openIndexFolder()
  await hold(index, 'd', 'c', 'b', 'a', 'dir/')
  expect(await see(index, { offset: 2, limit: 2 })).toMatchObject({
    total: 5,
    entries: [{ record: { path: 'b' } }, { record: { path: 'c' } }],
  })
  expect(await see(index, { offset: 9 })).toMatchObject({ total: 5, entries: [] })
})

test('the number of what a search finds does not depend on the range', async () => {
  const { index } = await openIndexFolder()
  await hold(index, ...Array.from({ length: 5 }, (_, i) => `x${i}`), 'other')
  for (const [offset, limit] of [
    [0, 2],
    [4, 2],
    [3, 2],
    [5, 2],
    [9, 2],
    [0, 100],
  ] as const)
    expect((await see(index, { search: 'x', offset, limit })).total, `${offset} ${limit}`).toBe(5)
  expect((await see(index, { search: 'nowhere' })).total).toBe(0)
})

test('what is wanted and not here yet is shown, and what was deleted is not', async () => {
  const { index } = await openIndexFolder()
  await hold(index, 'here', 'gone')
  await hear(index, 'b', announce([recordOf({ path: 'new' }), recordOf({ path: 'never', deleted: true })]))
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'gone', deleted: true }), 2)] })
  expect((await see(index)).entries.map(({ record, here }) => [record.path, here])).toEqual([
    ['here', 'holds'],
    ['new', 'wanted'],
  ])
})

test('a file that becomes a directory changes its place', async () => {
  const { index } = await openIndexFolder()
  await hold(index, 'a', 'b')
  const directory = recordOf({ path: 'b', kind: 'directory', version: { 'self/7': 3 } })
  await index.recordLocal({ folder, changes: [changeOf(directory, 2)] })
  expect(await pathsOf(index)).toEqual(['b', 'a'])
  expect((await see(index)).total).toBe(2)
})

test('what only a device said that shares no longer is not shown', async () => {
  const { index } = await openIndexFolder()
  await hear(index, 'b', announce([recordOf({ path: 'a' })]))
  await index.setSharing({ folder, devices: ['c'] })
  expect(await see(index)).toMatchObject({ total: 0, entries: [] })
})

test('the copies of an entry are what each device says of it', async () => {
  const { index } = await openIndexFolder(['b', 'c', 'd', 'e', 'g'])
  await hold(index, 'a')
  const same = recordOf({ path: 'a', version: { ...OWN } })
  const other = recordOf({ path: 'a', content: 2, version: {} })
  await hear(index, 'b', announce([same]))
  await hear(index, 'c', announce([{ ...other, version: [] }]))
  await hear(index, 'd', announce([same], 1, 'unwanted'))
  await hear(index, 'e', announce([recordOf({ path: 'unrelated', version: { 'e/1': 1 } })]))
  const [entry] = (await see(index)).entries
  expect(entry?.copies).toEqual([
    { device: 'self', state: 'has' },
    { device: 'b', state: 'has' },
    { device: 'c', state: 'other' },
    { device: 'd', state: 'unwanted' },
    { device: 'e', state: 'wants' },
    { device: 'g', state: 'unknown' },
  ])
})

test('who holds what is to be replaced has another content, and so has this device', async () => {
  const { index } = await openIndexFolder()
  await hold(index, 'a')
  const newer = recordOf({ path: 'a', content: 2, version: { ...OWN, 'b/1': 1 } })
  await hear(index, 'b', announce([newer]))
  const [entry] = (await see(index)).entries
  expect(entry).toMatchObject({ here: 'holds', record: { author: { device: 'b' } } })
  expect(entry?.copies.slice(0, 2)).toEqual([
    { device: 'self', state: 'other' },
    { device: 'b', state: 'has' },
  ])
})

test.each([
  { search: 'report', directory: '', finds: ['docs/REPORTS', 'a report', 'docs/REPORTS/x'] },
  { search: 'rEp', directory: 'docs', finds: ['docs/REPORTS', 'docs/REPORTS/x'] },
  { search: 'docs', directory: 'docs', finds: [] },
  { search: 'S/X', directory: 'docs', finds: ['docs/REPORTS/x'] },
  { search: '100%', directory: '', finds: ['100% _sure\\'] },
  { search: '_s', directory: '', finds: ['100% _sure\\'] },
  { search: '\\', directory: '', finds: ['100% _sure\\'] },
  { search: 'é', directory: '', finds: ['Cafe\u0301', 'É'] },
  { search: 'cafÉ', directory: '', finds: ['Cafe\u0301'] },
])('"$search" in "$directory" finds $finds', async ({ search, directory, finds }) => {
  const { index } = await openIndexFolder()
  await hold(index, 'docs/', 'docs/REPORTS/', 'docs/REPORTS/x', 'a report', 'docs2/', '100% _sure\\')
  await hold(index, 'Cafe\u0301', 'É', 'other')
  expect(await pathsOf(index, { search, directory })).toEqual(finds)
  const { total, entries } = await see(index, { search, directory, limit: 1 })
  expect({ total, shown: entries.length }).toEqual({ total: finds.length, shown: Math.min(1, finds.length) })
})

test('a page of a directory of many reads the statements of that page only', async () => {
  const { connection, index } = await openIndexFolder(['b'])
  const names = Array.from({ length: 3_000 }, (_, i) => `f${String(i).padStart(5, '0')}`)
  await hold(index, ...names)
  // Whatever else the query looked at would be missed here.
  connection.exec(`DELETE FROM statement WHERE path < 'f01500' OR path >= 'f01520'`)
  const { total, entries } = await see(index, { offset: 1_500, limit: 20 })
  expect(total).toBe(3_000)
  expect(entries.map(({ record }) => record.path)).toEqual(names.slice(1_500, 1_520))
})
