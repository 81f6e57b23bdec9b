/** What the index promises, one call at a time. */
import { expect, test } from 'vitest'
import { indexOperations } from '../../../src/node/index/index-job.ts'
import { comparePaths } from '../../../src/node/sync/path-order.ts'
import {
  announce,
  changeOf,
  diskRow,
  hashOf,
  hear,
  openIndexFolder,
  recordOf,
  SELF,
} from '../../support/index-folder.ts'

const OWN = { 'self/7': 1 }
const folder = 'f'

test('a folder is made once, with its epoch and no sequence given out', async () => {
  const { index } = await openIndexFolder()
  expect(await index.position({ folder })).toEqual({ epoch: 7, sequence: 0, gaps: [] })
  const again = await index.openFolder({ folder, devices: ['b', 'c'], freshEpoch: 8 })
  expect(again).toEqual({ epoch: 7, sequence: 0, gaps: [], created: false })
})

test('an unknown folder is refused', async () => {
  const { index } = await openIndexFolder()
  await expect(index.position({ folder: 'other' })).rejects.toMatchObject({ code: 'FOLDER_NOT_FOUND' })
})

test('a record comes back as it was given, to the nanosecond and the last bit of an inode', async () => {
  const { index } = await openIndexFolder()
  const record = {
    ...recordOf({ path: 'a', version: OWN, mtimeNs: 1_760_000_000_123_456_789n, size: 2 ** 53 - 1 }),
    unknown: new Uint8Array([1, 2, 3]),
  }
  await index.recordLocal({ folder, changes: [changeOf(record)] })
  const [row] = await index.local({ folder, paths: ['a'] })
  expect(row).toEqual({ announced: { record, stance: 'holds', reason: '', sequence: 1 }, disk: diskRow })
})

test('a change whose basis is no longer our statement is stale and changes nothing', async () => {
  const { index } = await openIndexFolder()
  const first = recordOf({ path: 'a', content: 1, version: OWN })
  const second = recordOf({ path: 'a', content: 2, version: { 'self/7': 2 } })
  expect(await index.recordLocal({ folder, changes: [changeOf(first)] })).toEqual({
    outcomes: ['recorded'],
    sequence: 1,
  })
  const stale = [changeOf(second, 0), changeOf(second, 2)]
  expect(await index.recordLocal({ folder, changes: stale })).toEqual({
    outcomes: ['stale', 'stale'],
    sequence: 1,
  })
  const twice = [changeOf(second, 1), changeOf(first, 1)]
  expect(await index.recordLocal({ folder, changes: twice })).toEqual({
    outcomes: ['recorded', 'stale'],
    sequence: 2,
  })
  const [row] = await index.local({ folder, paths: ['a'] })
  expect(row?.announced.record).toEqual(second)
})

test('a statement that only has to follow follows at once, with a new sequence', async () => {
  const { index } = await openIndexFolder()
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'a', version: OWN }))] })
  const settled = await hear(
    index,
    'b',
    announce([recordOf({ path: 'a', version: { 'b/1': 1, 'self/7': 1 } })]),
  )
  expect(settled).toEqual({ adopted: 1, sequence: 2 })
  const [row] = await index.local({ folder, paths: ['a'] })
  expect(row?.announced.record.version).toEqual([
    ['b/1', 1],
    ['self/7', 1],
  ])
  expect(row?.disk).toEqual(diskRow)
})

test('a change based on the statement before it followed is stale', async () => {
  const { index } = await openIndexFolder()
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'a', version: OWN }))] })
  await hear(index, 'b', announce([recordOf({ path: 'a' })]))
  const change = changeOf(recordOf({ path: 'a', content: 2, version: { 'self/7': 2 } }), 1)
  expect((await index.recordLocal({ folder, changes: [change] })).outcomes).toEqual(['stale'])
})

test('found on the disk and said by another already: no change of ours, so what that one does next stands', async () => {
  const { index } = await openIndexFolder()
  const theirs = recordOf({ path: 'a' })
  await hear(index, 'b', announce([theirs]))
  // Placed, and killed before it was recorded: the next scan meets a file that nobody here spoke of.
  const found = { ...changeOf(recordOf({ path: 'a', version: {} })), isOurs: true }
  await index.recordLocal({ folder, changes: [found] })
  expect((await index.local({ folder, paths: ['a'] }))[0]?.announced.record).toEqual(theirs)
  await hear(index, 'b', announce([recordOf({ path: 'a', deleted: true, version: { 'b/1': 2 } })], 2))
  expect((await index.planOf({ folder, path: 'a' })).plan.kind).toBe('delete')
  // The same with the deletion: what comes after it stands.
  const missed = recordOf({ path: 'a', deleted: true, version: { 'b/1': 1 } })
  await index.recordLocal({ folder, changes: [{ ...changeOf(missed, 1), isOurs: true }] })
  const row = (await index.local({ folder, paths: ['a'] }))[0]
  expect(row?.announced.record.version).toEqual([['b/1', 2]])
})

test('found on the disk and said by another already, who cut it otherwise: what was found here is what we say of it', async () => {
  const { index } = await openIndexFolder()
  const manifest = { chunker: 'zzz', blockCount: 2, root: 'f'.repeat(64) }
  const found = recordOf({ path: 'a', version: {} })
  const theirs = recordOf({ path: 'a', size: 11, manifest })
  await hear(index, 'b', announce([theirs]))
  await index.recordLocal({ folder, changes: [{ ...changeOf(found), isOurs: true }] })
  const said = { ...found, version: theirs.version }
  expect((await index.local({ folder, paths: ['a'] }))[0]?.announced.record).toEqual(said)
})

test('found on the disk with another mode than the others say is a change of ours', async () => {
  const { index } = await openIndexFolder()
  await hear(index, 'b', announce([recordOf({ path: 'a' })]))
  const found = { ...changeOf(recordOf({ path: 'a', mode: 0o600, version: {} })), isOurs: true }
  await index.recordLocal({ folder, changes: [found] })
  const row = (await index.local({ folder, paths: ['a'] }))[0]
  expect(row?.announced.record.version).toContainEqual(['self/7', 1])
})

test('what a device holds is needed, with the devices that can give it', async () => {
  const { index } = await openIndexFolder()
  await hear(index, 'b', announce([recordOf({ path: 'a' })]))
  await hear(index, 'c', announce([recordOf({ path: 'a', version: { 'b/1': 1, 'c/1': 1 } })]))
  const [needed] = await index.needed({ folder, after: '', limit: 10 })
  expect(needed).toMatchObject({ path: 'a', plan: { kind: 'place' }, local: undefined, sources: ['b', 'c'] })
  expect(needed?.otherwise).toEqual([])
  const cut = { chunker: 'another', blockCount: 1, root: '' }
  const version = { 'b/1': 1, 'c/1': 1 }
  await hear(index, 'c', announce([recordOf({ path: 'a', version, manifest: cut })], 2))
  const { plan, otherwise } = await index.planOf({ folder, path: 'a' })
  expect(plan).toMatchObject({ record: { manifest: cut } })
  expect(otherwise).toEqual([recordOf({ path: 'a', version })])
})

test('what a device does not want is needed by nobody because of it', async () => {
  const { index } = await openIndexFolder()
  const record = recordOf({ path: 'a' })
  await hear(index, 'b', announce([record], 1, 'unwanted'))
  expect(await index.needTotals({ folder })).toEqual([])
  expect(await index.needed({ folder, after: '', limit: 10 })).toEqual([])
  await hear(index, 'c', announce([record]))
  expect(await index.needTotals({ folder })).toEqual([{ device: 'self', items: 1, bytes: 10 }])
})

test('what a device wants and cannot place is counted apart, until the record changes', async () => {
  const { index } = await openIndexFolder()
  const record = recordOf({ path: 'a', version: OWN })
  await index.recordLocal({ folder, changes: [changeOf(record)] })
  await hear(index, 'b', announce([record], 1, 'unplaceable'))
  await hear(index, 'c', announce([record]))
  expect(await index.needTotals({ folder })).toEqual([])
  expect((await index.overview({ folder, limit: 9 })).stuck).toEqual([{ device: 'b', items: 1 }])
  const edited = recordOf({ path: 'a', content: 2, version: { 'self/7': 2 } })
  await index.recordLocal({ folder, changes: [changeOf(edited, 1)] })
  expect(await index.needTotals({ folder })).toMatchObject([{ device: 'b' }, { device: 'c' }])
  expect((await index.overview({ folder, limit: 9 })).stuck).toEqual([])
})

test('what the disk of another device spoiled is its trouble and no need, until the record changes', async () => {
  const { index } = await openIndexFolder()
  const [record, other] = [recordOf({ path: 'a', version: OWN }), recordOf({ path: 'b', version: OWN })]
  await index.recordLocal({ folder, changes: [changeOf(record), changeOf(other)] })
  await hear(index, 'b', [...announce([record], 1, 'damaged'), ...announce([other], 2, 'unplaceable')])
  await hear(index, 'c', announce([record, other]))
  expect(await index.needTotals({ folder })).toEqual([])
  expect(await index.overview({ folder, limit: 9 })).toMatchObject({
    damagedElsewhere: [{ device: 'b', items: 1 }],
    stuck: [{ device: 'b', items: 1 }],
    damaged: { count: 0 },
  })
  const edited = recordOf({ path: 'a', content: 2, version: { 'self/7': 2 } })
  await index.recordLocal({ folder, changes: [changeOf(edited, 1)] })
  expect(await index.needTotals({ folder })).toMatchObject([{ device: 'b', items: 1 }, { device: 'c' }])
  expect((await index.overview({ folder, limit: 9 })).damagedElsewhere).toEqual([])
})

test('what we cannot place is listed with its reason, and needed for the next try', async () => {
  const { index } = await openIndexFolder()
  const record = recordOf({ path: 'a' })
  await hear(index, 'b', announce([record]))
  const change = { ...changeOf(record, 0, 'unplaceable'), reason: 'NAME_COLLISION', disk: undefined }
  await index.recordLocal({ folder, changes: [change] })
  expect(await index.overview({ folder, limit: 9 })).toMatchObject({
    stuck: [{ device: 'self', items: 1 }],
    stuckHere: [{ path: 'a', reason: 'NAME_COLLISION' }],
  })
  expect(await index.needed({ folder, after: '', limit: 9 })).toMatchObject([{ path: 'a', stuck: true }])
  await hear(index, 'b', announce([recordOf({ path: 'a', deleted: true, version: { 'b/1': 2 } })], 2))
  expect((await index.overview({ folder, limit: 9 })).stuck).toEqual([])
  expect((await index.local({ folder, paths: ['a'] }))[0]?.announced.stance).toBe('holds')
})

test('a counter that a life gave out which a backup took back is never given out again', async () => {
  const { index } = await openIndexFolder()
  const late = recordOf({ path: 'a', version: { 'self/7': 500 } })
  await hear(index, 'b', announce([late]))
  await index.recordLocal({ folder, changes: [changeOf(late)] })
  const gone = { ...changeOf({ ...late, deleted: true }, 1), isOurs: true }
  await index.recordLocal({ folder, changes: [gone] })
  const [row] = await index.local({ folder, paths: ['a'] })
  expect(row?.announced).toMatchObject({
    sequence: 501,
    record: { deleted: true, version: [['self/7', 501]] },
  })
})

test('we need nothing of a path that we do not want, and forgetting that asks for it', async () => {
  const { index } = await openIndexFolder()
  const record = recordOf({ path: 'a' })
  await index.recordLocal({ folder, changes: [changeOf(record, 0, 'unwanted')] })
  await hear(index, 'b', announce([record]))
  await hear(index, 'c', announce([record]))
  expect(await index.needTotals({ folder })).toEqual([])
  await index.forgetLocal({ folder, paths: ['a'] })
  expect(await index.needTotals({ folder })).toEqual([{ device: 'self', items: 1, bytes: 10 }])
  expect((await index.needed({ folder, after: '', limit: 9 }))[0]).toMatchObject({ path: 'a', stuck: false })
})

test('what we held and then did not want is taken back by saying that nothing is there', async () => {
  const { index } = await openIndexFolder()
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'a', version: OWN }))] })
  await index.recordLocal({
    folder,
    changes: [changeOf(recordOf({ path: 'a', version: OWN }), 1, 'unwanted')],
  })
  await index.forgetLocal({ folder, paths: ['a', 'never met'] })
  const told = await index.announcedSince({ folder, after: 0, limit: 9 })
  expect(told).toMatchObject([{ sequence: 3, stance: 'unplaceable', record: { path: 'a', deleted: true } }])
  expect(await index.needTotals({ folder })).toEqual([])
  expect((await index.overview({ folder, limit: 9 })).stuck).toEqual([])
})

test('the statements of a former life stay until the new index is complete', async () => {
  const { index } = await openIndexFolder()
  await hear(index, 'b', announce([recordOf({ path: 'a' }), recordOf({ path: 'b' })]))
  await hear(index, 'b', announce([recordOf({ path: 'b', version: { 'b/2': 1 } })]), {
    epoch: 2,
    complete: false,
  })
  expect((await index.needed({ folder, after: '', limit: 10 })).map(({ path }) => path)).toEqual(['a', 'b'])
  await hear(index, 'b', announce([recordOf({ path: 'c', version: { 'b/2': 2 } })], 2), { epoch: 2 })
  expect((await index.needed({ folder, after: '', limit: 10 })).map(({ path }) => path)).toEqual(['b', 'c'])
  const { seen } = await index.peerPosition({ folder, device: 'b' })
  expect(seen).toEqual({ epoch: 2, sequence: 2 })
})

test('a device that does not share the folder is not listened to', async () => {
  const { index } = await openIndexFolder()
  await expect(hear(index, 'stranger', announce([recordOf({ path: 'a' })]))).rejects.toMatchObject({
    code: 'PEER_PROTOCOL',
  })
  expect(await index.needed({ folder, after: '', limit: 10 })).toEqual([])
})

test('a device that no longer shares is forgotten, and one that comes back starts anew', async () => {
  const { index } = await openIndexFolder()
  await hear(index, 'b', announce([recordOf({ path: 'a' })]))
  await index.setAcked({ folder, device: 'b', epoch: 7, sequence: 3 })
  await index.setSharing({ folder, devices: ['c'] })
  expect(await index.needed({ folder, after: '', limit: 10 })).toEqual([])
  await index.setSharing({ folder, devices: ['b', 'c'] })
  const nothing = { epoch: 0, sequence: 0 }
  expect(await index.peerPosition({ folder, device: 'b' })).toEqual({ seen: nothing, acked: nothing })
})

test('a device that begins to share needs everything that is live', async () => {
  const { index } = await openIndexFolder([])
  const live = recordOf({ path: 'a', version: OWN })
  const gone = recordOf({ path: 'b', version: OWN, deleted: true })
  await index.recordLocal({ folder, changes: [changeOf(live), changeOf(gone)] })
  await index.setSharing({ folder, devices: ['b'] })
  expect(await index.needTotals({ folder })).toEqual([{ device: 'b', items: 1, bytes: 10 }])
})

test('a new epoch announces everything again, under the same sequences', async () => {
  const { index } = await openIndexFolder()
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'a', version: OWN }))] })
  expect(await index.newEpoch({ folder, former: 7, epoch: 8 })).toEqual({ epoch: 8, sequence: 1 })
  // Told of by two devices at once: one new life is enough.
  expect(await index.newEpoch({ folder, former: 7, epoch: 9 })).toEqual({ epoch: 8, sequence: 1 })
  expect(await index.announcedSince({ folder, after: 0, limit: 10 })).toHaveLength(1)
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'b', version: OWN }))] })
  expect(await index.position({ folder })).toEqual({ epoch: 8, sequence: 2, gaps: [] })
})

test('sequences that may have been given out and lost are a gap, and never given out again', async () => {
  const { index } = await openIndexFolder()
  expect(await index.skipPast({ folder, lost: 20, leap: 5 })).toEqual({ epoch: 7, sequence: 26 })
  const { sequence } = await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'a' }))] })
  expect(sequence).toBe(27)
  expect((await index.position({ folder })).gaps).toEqual([[1, 20, 25]])
  await index.skipPast({ folder, lost: 3, leap: 10 })
  expect((await index.position({ folder })).gaps).toEqual([
    [1, 20, 25],
    [28, 27, 37],
  ])
  await index.newEpoch({ folder, former: 7, epoch: 8 })
  expect((await index.position({ folder })).gaps).toEqual([])
})

test('rows below a directory come in the order of their bytes, page by page, and no others', async () => {
  const { index } = await openIndexFolder()
  const below = ['a/a', 'a/a-b', 'a/a/b', 'a/a0', 'a/\uffee', 'a/\u{1f4be}', 'a/\u{10ffff}', 'a/é'].toSorted(
    comparePaths,
  )
  const beside = ['a', 'a-b', 'a.', 'a0', 'b', '\u{10ffff}', '\u{10ffff}\u{10ffff}x']
  const changes = [...below, ...beside].map((path) => changeOf(recordOf({ path, version: OWN })))
  await index.recordLocal({ folder, changes })
  const walk = async (under: string): Promise<string[]> => {
    const paths: string[] = []
    for (;;) {
      const page = await index.localUnder({ folder, under, after: paths.at(-1) ?? '', limit: 2 })
      if (page.length === 0) return paths
      paths.push(...page.map(({ announced }) => announced.record.path))
    }
  }
  expect(await walk('a')).toEqual(below)
  expect(await walk('')).toEqual([...below, ...beside].toSorted(comparePaths))
  expect(await walk('a/a')).toEqual(['a/a/b'])
  expect(await walk('nothing')).toEqual([])
})

test('a directory is live while anything in it is held or about to come', async () => {
  const { index } = await openIndexFolder()
  const gone = recordOf({ path: 'd/gone', version: OWN, deleted: true })
  const besides = recordOf({ path: 'd0', version: OWN })
  await index.recordLocal({ folder, changes: [changeOf(gone), changeOf(besides)] })
  expect(await index.liveUnder({ folder, path: 'd' })).toBe(false)
  await hear(index, 'b', announce([recordOf({ path: 'd/new' })]))
  expect(await index.liveUnder({ folder, path: 'd' })).toBe(true)
  await hear(index, 'b', announce([recordOf({ path: 'd/new', deleted: true, version: { 'b/1': 2 } })], 2))
  expect(await index.liveUnder({ folder, path: 'd' })).toBe(false)
  const held = recordOf({ path: 'd/held', version: OWN })
  await index.recordLocal({ folder, changes: [changeOf(held)] })
  expect(await index.liveUnder({ folder, path: 'd' })).toBe(true)
})

test('content is found wherever this device holds it, and nowhere else', async () => {
  const { index } = await openIndexFolder()
  await index.openFolder({ folder: 'g', devices: [], freshEpoch: 1 })
  const file = (path: string, more = {}) => recordOf({ path, content: 5, version: OWN, ...more })
  await index.recordLocal({
    folder,
    changes: [
      changeOf(file('a')),
      changeOf(file('other', { content: 6 })),
      changeOf(file('no'), 0, 'unwanted'),
    ],
  })
  await index.recordLocal({ folder: 'g', changes: [changeOf(file('b'))] })
  await hear(index, 'b', announce([recordOf({ path: 'theirs', content: 5 })]))
  const found = await index.findContent({ contentHash: hashOf(5), folders: ['f', 'g', 'unknown'], limit: 10 })
  expect(found.map(({ folder: where, record }) => `${where}:${record.path}`).toSorted()).toEqual([
    'f:a',
    'g:b',
  ])
  const elsewhere = { contentHash: hashOf(5), folders: ['g'], limit: 10 }
  expect((await index.findContent(elsewhere)).map(({ folder: where }) => where)).toEqual(['g'])
  expect(await index.findContent({ contentHash: hashOf(7), folders: ['f', 'g'], limit: 10 })).toEqual([])
})

test('what is the same content on our disk is found in its folder, among many equal ones of another', async () => {
  const { index } = await openIndexFolder()
  await index.openFolder({ folder: 'g', devices: [], freshEpoch: 1 })
  const many = Array.from({ length: 20 }, (_, at) => recordOf({ path: `${at}`, content: 5, version: OWN }))
  await index.recordLocal({ folder, changes: many.map((record) => changeOf(record)) })
  const kind = (path: string, more = {}) => recordOf({ path, content: 5, version: OWN, ...more })
  await index.recordLocal({
    folder: 'g',
    changes: [
      changeOf(kind('file')),
      changeOf(kind('held'), 0, 'withheld'),
      changeOf(kind('spoiled'), 0, 'damaged'),
      changeOf(kind('link', { kind: 'symlink' })),
    ],
  })
  const twins = async (of: 'file' | 'symlink') =>
    (await index.twins({ folder: 'g', kind: of, contentHash: hashOf(5), limit: 8 })).map(({ path }) => path)
  expect([await twins('file'), await twins('symlink')]).toEqual([['file', 'held'], ['link']])
})

test('conflict copies are listed while they live here', async () => {
  const { index } = await openIndexFolder()
  const copy = recordOf({ path: 'a (conflict b 1)', conflictOf: 'a', version: OWN })
  const orphan = recordOf({ path: 'z (conflict b 1)', conflictOf: 'z', version: OWN })
  const original = recordOf({ path: 'a', version: OWN })
  const gone = recordOf({ path: 'z', version: OWN, deleted: true })
  await index.recordLocal({ folder, changes: [copy, orphan, original, gone].map((one) => changeOf(one)) })
  const pairs = [
    { copy, original },
    { copy: orphan, original: undefined },
  ]
  expect((await index.overview({ folder, limit: 10 })).conflicts).toEqual({ count: 2, first: pairs })
  expect((await index.overview({ folder, limit: 1 })).conflicts).toEqual({
    count: 2,
    first: pairs.slice(0, 1),
  })
  await index.recordLocal({ folder, changes: [changeOf({ ...copy, deleted: true }, 1)] })
  expect((await index.overview({ folder, limit: 10 })).conflicts.count).toBe(1)
})

test('totals count what this device holds', async () => {
  const { index } = await openIndexFolder()
  expect((await index.overview({ folder, limit: 0 })).totals).toMatchObject({ items: 0, bytes: 0 })
  const live = recordOf({ path: 'a', version: OWN })
  const gone = recordOf({ path: 'b', version: OWN, deleted: true })
  await index.recordLocal({ folder, changes: [changeOf(live), changeOf(gone)] })
  await hear(index, 'b', announce([recordOf({ path: 'c' })]))
  expect((await index.overview({ folder, limit: 0 })).totals).toMatchObject({ items: 1, bytes: 10 })
  await index.recordLocal({ folder, changes: [changeOf(live, 1, 'unwanted')] })
  expect((await index.overview({ folder, limit: 0 })).totals).toMatchObject({ items: 0, bytes: 0 })
})

test('the revision grows with every change of a statement, and with nothing else', async () => {
  const { index } = await openIndexFolder()
  const revision = async () => (await index.overview({ folder, limit: 0 })).totals.revision
  const seen = [await revision()]
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'a', version: OWN }))] })
  seen.push(await revision())
  await hear(index, 'b', announce([recordOf({ path: 'c' })]))
  seen.push(await revision())
  await index.forgetLocal({ folder, paths: ['a'] })
  seen.push(await revision())
  await index.setSharing({ folder, devices: ['b'] })
  seen.push(await revision())
  expect(seen.every((one, i) => i === 0 || one > (seen[i - 1] ?? 0))).toBe(true)
  await index.needTotals({ folder })
  await index.setAcked({ folder, device: 'b', epoch: 7, sequence: 1 })
  await index.setSharing({ folder, devices: ['b'] })
  expect(await revision()).toBe(seen.at(-1))
})

test('a folder that came in the place of another has none of its needs', async () => {
  const { index } = await openIndexFolder()
  await hear(index, 'b', announce([recordOf({ path: 'a' })]))
  const own = { device: SELF, items: 1, bytes: 10 }
  expect(await index.needTotals({ folder })).toContainEqual(own)
  await index.dropFolder({ folder })
  await index.openFolder({ folder, devices: ['b', 'c'], freshEpoch: 8 })
  expect(await index.needTotals({ folder })).toEqual([])
})

test('pages of manifests are kept while a live file of ours needs them', async () => {
  const { connection, index } = await openIndexFolder()
  const root = 'ab'.repeat(32)
  const manifest = { chunker: 'fastcdc-64k-g1', blockCount: 2, root }
  const record = { ...recordOf({ path: 'a', version: OWN }), manifest }
  await index.recordLocal({ folder, changes: [changeOf(record)] })
  const bytes = new Uint8Array([1, 2, 3])
  await index.putManifest({ root, pages: [{ page: 0, bytes }], sketch: [] })
  await index.putManifest({ root: 'cd'.repeat(32), pages: [{ page: 0, bytes }], sketch: [] })
  expect(await index.getManifest({ root, page: 0 })).toEqual(bytes)
  expect(await index.getManifest({ root, page: 1 })).toBeUndefined()
  const reopened = indexOperations(connection, SELF)
  expect(await reopened.getManifest({ root, page: 0 })).toEqual(bytes)
  expect(await reopened.getManifest({ root: 'cd'.repeat(32), page: 0 })).toBeUndefined()
})

test('a folder that is dropped leaves nothing, and dropping it again is no error', async () => {
  const { connection, index } = await openIndexFolder()
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'a', version: OWN }))] })
  await hear(index, 'b', announce([recordOf({ path: 'b' })]))
  await index.dropFolder({ folder })
  await index.dropFolder({ folder })
  for (const table of ['folder', 'sharing', 'statement', 'disk', 'need', 'need_total', 'entry'])
    expect(connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(0)
})

test('looking at a disk again announces nothing', async () => {
  const { index } = await openIndexFolder()
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'a', version: OWN }))] })
  const disk = { ...diskRow, racy: false }
  await index.refreshDisk({ folder, rows: [{ path: 'a', disk, basedOn: 1 }] })
  expect((await index.local({ folder, paths: ['a'] }))[0]?.disk).toEqual(disk)
  expect(await index.position({ folder })).toMatchObject({ sequence: 1 })
})

test('a device that invents changes by a thousand others parts only itself', async () => {
  const { index } = await openIndexFolder()
  const invented = Array.from({ length: 1_000 }, (_, i) => [`m${String(i).padStart(4, '0')}/1`, 1] as const)
  const seen = { 'b/1': 1, 'self/7': 1 }
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'a', version: seen }))] })
  await hear(index, 'b', announce([recordOf({ path: 'a', version: seen })]))
  await hear(
    index,
    'c',
    announce([recordOf({ path: 'a', version: { ...seen, ...Object.fromEntries(invented.slice(2)) } })]),
  )
  const said = await index.announcedSince({ folder, after: 0, limit: 9 })
  expect(said.map(({ record }) => record.version.length)).toEqual([2])
  await hear(index, 'b', announce([recordOf({ path: 'a', content: 2, version: { ...seen, 'b/1': 2 } })], 2))
  const [need] = await index.needed({ folder, after: '', limit: 9 })
  expect(need).toMatchObject({ path: 'a', sources: ['b'], plan: { kind: 'place' } })
  expect(need?.plan).not.toHaveProperty('keepCopy')
  expect((await index.needTotals({ folder })).map(({ device }) => device)).toEqual(['self', 'c'])
})

test('what we say after we heard others is never longer than every device takes', async () => {
  const { index } = await openIndexFolder()
  const some = (by: string) =>
    Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`${by}${String(i).padStart(4, '0')}/1`, 1]))
  await index.recordLocal({ folder, changes: [changeOf(recordOf({ path: 'a', version: OWN }))] })
  for (const device of ['b', 'c'])
    await hear(index, device, announce([recordOf({ path: 'a', version: some(device) })]))
  const [said] = await index.announcedSince({ folder, after: 0, limit: 9 })
  expect(said?.record.version.length).toBe(601)
})
