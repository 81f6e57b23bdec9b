/**
 * Whatever is said to the index, in whatever order: its derived tables are what all statements
 * give when they are looked at together, and its sequences only grow.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planPath, planRepair } from '../../../src/node/core/plan.ts'
import type { Announced, FileRecord, Stance } from '../../../src/node/core/record.ts'
import { FOLDER_MODES } from '../../../src/node/core/folder-policy.ts'
import type { FolderMode } from '../../../src/node/core/folder-policy.ts'
import { resolve, sameContent, sameState } from '../../../src/node/core/resolve.ts'
import type { IndexOperations } from '../../../src/node/index/index-port.ts'
import { openConnection } from '../../../src/node/db/connection.ts'
import type { Connection } from '../../../src/node/db/connection.ts'
import { indexOperations } from '../../../src/node/index/index-job.ts'
import { INDEX_STEPS } from '../../../src/node/index/schema.ts'
import { amount } from '../../support/tier.ts'
import { announce, changeOf, hear, openIndexFolder, recordOf, SELF } from '../../support/index-folder.ts'

const PATHS = ['a', 'a-b', 'a/b', 'a0', 'z/\u{1f4be}']
const OTHERS = ['b', 'c', 'd']

type Step =
  | { do: 'local'; path: number; record: FileRecord; stance: Stance }
  | {
      do: 'remote'
      device: number
      records: readonly FileRecord[]
      stance: Stance
      newLife: boolean
      /** Whether this is the last page of what the device tells. */
      complete: boolean
    }
  | { do: 'forget'; path: number }
  | { do: 'share'; devices: readonly string[] }
  | { do: 'peer mode'; device: number; mode: FolderMode }
  | { do: 'new epoch' }
  | { do: 'skip past' }
  | { do: 'drop and open again' }
  | { do: 'restart' }
  | { do: 'fail in the middle'; paths: readonly number[] }
  | { do: 'ignored by all others'; record: FileRecord }
  | { do: 'held by one, no room at another'; record: FileRecord }
  | { do: 'ignored by one, the rest only send'; record: FileRecord }

/** Steps without anything more to say. */
const ONLY_NAMES = ['new epoch', 'skip past', 'drop and open again', 'restart'] as const

const record = fc
  .record({
    path: fc.constantFrom(...PATHS),
    content: fc.nat(2),
    // Of ours only from a former life: of this one nobody can have heard what it has not said yet.
    version: fc.dictionary(fc.constantFrom('self/6', 'b/1', 'c/1'), fc.integer({ min: 1, max: 3 }), {
      minKeys: 1,
    }),
    deleted: fc.constantFrom(false, false, true),
    kind: fc.constantFrom('file' as const, 'file' as const, 'directory' as const),
    mode: fc.constantFrom(0o600, 0o644),
    size: fc.integer({ min: 1, max: 100 }),
  })
  .map(({ mode, size, ...fields }) => {
    const { deleted, kind } = fields
    return recordOf({ ...fields, mode: deleted ? 0 : mode, size: deleted || kind === 'directory' ? 0 : size })
  })
const stance = fc.constantFrom<Stance>(
  ...(['holds', 'holds', 'holds', 'unwanted', 'unplaceable', 'damaged'] as const),
)
const path = fc.nat(PATHS.length - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('local' as const), path, record, stance }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('remote' as const),
      device: fc.nat(2),
      records: fc.uniqueArray(record, { maxLength: 4, selector: (one) => one.path }),
      stance,
      newLife: fc.constantFrom(false, false, false, true),
      complete: fc.constantFrom(true, true, false),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('share' as const), devices: fc.subarray(OTHERS) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('peer mode' as const),
      device: fc.nat(2),
      mode: fc.constantFrom(...FOLDER_MODES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ignored by all others' as const), record }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('held by one, no room at another' as const), record }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('ignored by one, the rest only send' as const), record }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>(...ONLY_NAMES.map((name) => ({ do: name }) as Step)) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('fail in the middle' as const), paths: fc.array(path) }),
  },
)

/** What was said by each of the others, kept without a database. */
class Said {
  readonly sharing = new Map<string, Map<string, Announced>>(OTHERS.map((device) => [device, new Map()]))
  /** Of each device, the paths of its former life that the new one has not taken back yet. */
  readonly former = new Map<string, Set<string>>()
  /** Those that told all of it, in the life that we know of, since they share the folder. */
  readonly told = new Set<string>()
  readonly sendOnly = new Set<string>()
  readonly epochs = new Map(OTHERS.map((device) => [device, 1]))
  readonly sequences = new Map(OTHERS.map((device) => [device, 1]))
  epoch = 7

  forget(device: string): void {
    this.sharing.delete(device)
    this.former.delete(device)
    this.told.delete(device)
    this.sendOnly.delete(device)
  }
}

async function play(index: IndexOperations, said: Said, one: Step): Promise<void> {
  if (one.do === 'local') {
    const target = PATHS[one.path] ?? 'a'
    const [row] = await index.local({ folder: 'f', paths: [target] })
    const change = changeOf({ ...one.record, path: target }, row?.announced.sequence ?? 0, one.stance)
    const { outcomes } = await index.recordLocal({ folder: 'f', changes: [change] })
    expect(outcomes).toEqual(['recorded'])
  } else if (one.do === 'remote') {
    const device = OTHERS[one.device] ?? 'b'
    const statements = said.sharing.get(device)
    if (!statements) return
    if (one.newLife) {
      said.former.set(device, new Set(statements.keys()))
      said.epochs.set(device, (said.epochs.get(device) ?? 0) + 1)
      said.told.delete(device)
    }
    const first = said.sequences.get(device) ?? 1
    const records = announce(one.records, first, one.stance)
    said.sequences.set(device, first + records.length)
    for (const announced of records) {
      statements.set(announced.record.path, announced)
      said.former.get(device)?.delete(announced.record.path)
    }
    if (one.complete) {
      for (const stale of said.former.get(device) ?? []) statements.delete(stale)
      said.former.delete(device)
    }
    if (one.complete) said.told.add(device)
    await hear(index, device, records, { epoch: said.epochs.get(device) ?? 1, complete: one.complete })
  } else if (one.do === 'forget') {
    await index.forgetLocal({ folder: 'f', paths: [PATHS[one.path] ?? 'a'] })
  } else if (one.do === 'share') {
    for (const device of OTHERS)
      if (!one.devices.includes(device)) said.forget(device)
      else if (!said.sharing.has(device)) said.sharing.set(device, new Map())
    await index.setSharing({ folder: 'f', devices: one.devices })
  } else if (one.do === 'peer mode') {
    const device = OTHERS[one.device] ?? 'b'
    if (!said.sharing.has(device)) return
    if (one.mode === 'send-only') said.sendOnly.add(device)
    else said.sendOnly.delete(device)
    await index.setPeerPolicy({ folder: 'f', device, mode: one.mode, holdsBack: 0 })
  } else if (one.do === 'ignored by all others') {
    const page = { records: [one.record], stance: 'unwanted', newLife: false, complete: true } as const
    for (let device = 0; device < OTHERS.length; device++)
      await play(index, said, { do: 'remote', device, ...page })
  } else if (one.do === 'held by one, no room at another') {
    const page = { records: [one.record], newLife: false, complete: true } as const
    for (const [device, stance] of (['holds', 'unplaceable'] as const).entries())
      await play(index, said, { do: 'remote', device, stance, ...page })
  } else if (one.do === 'ignored by one, the rest only send') {
    const page = { records: [one.record], newLife: false, complete: true } as const
    const path = PATHS.indexOf(one.record.path)
    await play(index, said, { do: 'local', path, record: one.record, stance: 'holds' })
    await play(index, said, { do: 'remote', device: 0, stance: 'unwanted', ...page })
    for (const device of [1, 2]) await play(index, said, { do: 'peer mode', device, mode: 'send-only' })
  } else if (one.do === 'skip past') {
    const { sequence } = await index.position({ folder: 'f' })
    await index.skipPast({ folder: 'f', lost: sequence + 3, leap: 7 })
  } else if (one.do === 'drop and open again') {
    const devices = [...said.sharing.keys()]
    await index.dropFolder({ folder: 'f' })
    for (const device of devices) said.forget(device)
    for (const device of devices) said.sharing.set(device, new Map())
    await index.openFolder({ folder: 'f', devices, freshEpoch: ++said.epoch })
  } else if (one.do === 'restart') {
    throw new Error('a restart is played by the law')
  } else if (one.do === 'fail in the middle') {
    const rows = await index.local({ folder: 'f', paths: one.paths.map((at) => PATHS[at] ?? 'a') })
    const changes = rows.map((row, i) => {
      const fresh = recordOf({ path: PATHS[one.paths[i] ?? 0] ?? 'a', version: { 'self/7': 9 } })
      return changeOf(fresh, row?.announced.sequence ?? 0)
    })
    // The last one is no record: by then the others were written, and must be as if they were not.
    const broken = [...changes, changeOf({ ...recordOf({ path: 'a' }), mode: undefined as never }, -1)]
    const last = await index.local({ folder: 'f', paths: ['a'] })
    const basedOn = last[0]?.announced.sequence ?? 0
    const list = broken.map((change) => (change.basedOn === -1 ? { ...change, basedOn } : change))
    const failing = one.paths.some((at) => PATHS[at] === 'a') ? undefined : list
    if (failing)
      await expect(index.recordLocal({ folder: 'f', changes: failing })).rejects.toMatchObject({
        code: 'IO_ERROR',
      })
  } else {
    const former = said.epoch++
    await index.newEpoch({ folder: 'f', former, epoch: said.epoch })
  }
}

async function expectTrue(index: IndexOperations, said: Said): Promise<void> {
  const totals = new Map<string, { items: number; bytes: number }>()
  const stuck = new Map<string, number>()
  const cannotPlace = (device: string, one: Announced | undefined, wanted: FileRecord): boolean => {
    const isStuck = one?.stance === 'unplaceable' && sameState(one.record, wanted)
    if (isStuck) stuck.set(device, (stuck.get(device) ?? 0) + 1)
    return isStuck
  }
  const add = (device: string, bytes: number): void => {
    const sum = totals.get(device) ?? { items: 0, bytes: 0 }
    totals.set(device, { items: sum.items + 1, bytes: sum.bytes + bytes })
  }
  const needed: string[] = []
  const damaged = new Map<string, number>()
  let unwantedElsewhere = 0
  for (const target of PATHS) {
    const [row] = await index.local({ folder: 'f', paths: [target] })
    const own = row?.announced
    const heard = new Map([...said.sharing].map(([device, statements]) => [device, statements.get(target)]))
    const held = [...heard.values()]
      .filter((one) => one?.stance === 'holds')
      .map((one) => one?.record as FileRecord)
    const plan =
      own?.stance === 'unwanted'
        ? { kind: 'nothing' as const }
        : own?.stance === 'damaged'
          ? planRepair(own.record, held)
          : planPath(own?.stance === 'holds' ? own.record : undefined, held)
    expect(plan.kind, 'what only our statement has to follow was followed').not.toBe('adopt')
    expect((await index.planOf({ folder: 'f', path: target })).plan).toEqual(plan)
    if (plan.kind !== 'nothing') {
      needed.push(target)
      const isStuck = plan.kind === 'place' && cannotPlace(SELF, own, plan.record)
      if (!isStuck) add(SELF, plan.kind === 'place' ? plan.record.size : 0)
    }
    const isHeld = own?.stance === 'holds' && !own.record.deleted
    const outs = [...heard].map(([device, one]) => {
      if (one?.stance === 'unwanted') return 'unwanted'
      const hasIt = isHeld && one?.stance === 'holds' && sameContent(one.record, own.record)
      if (said.sendOnly.has(device) && !hasIt) return 'takes nothing'
      return isHeld && one?.stance === 'unplaceable' && sameState(one.record, own.record) ? 'stuck' : 'in'
    })
    const isUnwanted = isHeld && outs.includes('unwanted') && !outs.includes('in')
    if (isUnwanted) unwantedElsewhere++
    if (isUnwanted && outs.includes('takes nothing')) reached.notTaken++
    const all = own?.stance === 'holds' ? [own.record, ...held] : held
    const winner = all.length === 0 ? undefined : resolve(all).winner
    for (const [device, one] of heard) {
      const isOfNow = !winner || winner.deleted || (one && sameState(one.record, winner))
      if (one?.stance === 'damaged' && isOfNow) {
        damaged.set(device, (damaged.get(device) ?? 0) + 1)
        continue
      }
      if (!winner || one?.stance === 'unwanted') continue
      const has = one?.stance === 'holds' ? sameState(one.record, winner) : winner.deleted
      if (!has && !cannotPlace(device, one, winner)) add(device, winner.size)
    }
  }
  const { stuck: found, damagedElsewhere } = await index.overview({ folder: 'f', limit: 0 })
  expect(new Map(found.map(({ device, items }) => [device, items]))).toEqual(stuck)
  expect(new Map(damagedElsewhere.map(({ device, items }) => [device, items]))).toEqual(damaged)
  reached.damagedElsewhere += damaged.size
  reached.stuck += stuck.size
  await expectShown(index, said)
  expect((await index.overview({ folder: 'f', limit: 0 })).unwantedElsewhere).toBe(unwantedElsewhere)
  reached.unwantedElsewhere += unwantedElsewhere
  const listed = await index.needed({ folder: 'f', after: '', limit: 100 })
  expect(listed.map((one) => one.path)).toEqual(needed)
  const stated = await index.needTotals({ folder: 'f' })
  expect(new Map(stated.map(({ device, items, bytes }) => [device, { items, bytes }]))).toEqual(totals)
}

/** The entries and counts that are kept say what the statements of now would. */
async function expectShown(index: IndexOperations, said: Said): Promise<void> {
  const shown: string[] = []
  let held = { items: 0, bytes: 0 }
  for (const target of PATHS) {
    const [row] = await index.local({ folder: 'f', paths: [target] })
    const own = row?.announced
    const { plan } = await index.planOf({ folder: 'f', path: target })
    if (own?.record.deleted === false || plan.kind === 'place') shown.push(target)
    if (own?.stance === 'holds' && !own.record.deleted)
      held = { items: held.items + 1, bytes: held.bytes + own.record.size }
  }
  const everywhere = { folder: 'f', directory: '', offset: 0, limit: 100 }
  // Every path of the list has one of these in it.
  const found = await Promise.all(['a', 'z'].map((search) => index.browse({ ...everywhere, search })))
  const listed = found.flatMap(({ entries }) => entries)
  expect(listed.map(({ record }) => record.path).toSorted()).toEqual(shown.toSorted())
  expect(found.reduce((sum, { total }) => sum + total, 0)).toBe(shown.length)
  for (const { copies } of listed) expect(copies.length).toBe(said.sharing.size + 1)
  const overview = await index.overview({ folder: 'f', limit: 0 })
  expect(overview.totals).toMatchObject(held)
  expect(overview.told.toSorted()).toEqual([...said.told].toSorted())
}

/** What is kept in step is what counting the tables gives. */
function expectCounted(connection: Connection): void {
  const counted = `SELECT folder, device, sum(stuck = 0) AS items, sum(size * (stuck = 0)) AS bytes,
    sum(stuck) AS stuck FROM need GROUP BY folder, device ORDER BY folder, device`
  const kept = 'SELECT * FROM need_total WHERE items <> 0 OR bytes <> 0 OR stuck <> 0 ORDER BY folder, device'
  expect(connection.prepare(kept).all()).toEqual(connection.prepare(counted).all())
  const held = `SELECT count(*) AS items, coalesce(sum(size), 0) AS bytes FROM statement
    WHERE device = 1 AND stance = 0 AND deleted = 0 AND folder = ?`
  const folders = connection.prepare('SELECT key, items, bytes FROM folder').all() as { key: number }[]
  for (const { key, ...totals } of folders) expect(connection.prepare(held).get(key)).toEqual(totals)
}

/** Every statement of ours is announced exactly once, in an order that only grows, page by page. */
async function expectAnnounced(index: IndexOperations): Promise<void> {
  const { sequence } = await index.position({ folder: 'f' })
  const announced: Announced[] = []
  for (let after = 0; ;) {
    const page = await index.announcedSince({ folder: 'f', after, limit: 2 })
    announced.push(...page)
    if (page.length === 0) break
    after = page.at(-1)?.sequence ?? 0
  }
  const sequences = announced.map((one) => one.sequence)
  expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b))
  expect(Math.max(0, ...sequences)).toBeLessThanOrEqual(sequence)
  const rows = await index.localUnder({ folder: 'f', under: '', after: '', limit: 100 })
  const byPath = (a: Announced, b: Announced): number => (a.record.path < b.record.path ? -1 : 1)
  expect(announced.toSorted(byPath)).toEqual(rows.map((row) => row.announced).toSorted(byPath))
}

/** What the steps led to: a law that never gets there says nothing. */
const reached: Record<Step['do'] | 'unwantedElsewhere' | 'notTaken' | 'stuck' | 'damagedElsewhere', number> =
  {
    damagedElsewhere: 0,
    local: 0,
    remote: 0,
    forget: 0,
    share: 0,
    'peer mode': 0,
    'new epoch': 0,
    'skip past': 0,
    'drop and open again': 0,
    restart: 0,
    'fail in the middle': 0,
    'ignored by all others': 0,
    'held by one, no room at another': 0,
    'ignored by one, the rest only send': 0,
    unwantedElsewhere: 0,
    notTaken: 0,
    stuck: 0,
  }

test('needs, totals and announcements are true after every change', async () => {
  const law = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
    let { connection, index } = await openIndexFolder(OTHERS)
    try {
      const said = new Said()
      let before = 0
      for (const one of steps) {
        reached[one.do]++
        if (one.do === 'restart') {
          const image = connection.serialize()
          connection.close()
          connection = openConnection({ file: ':memory:', steps: INDEX_STEPS, image })
          index = indexOperations(connection, SELF)
          await index.openFolder({ folder: 'f', devices: [...said.sharing.keys()], freshEpoch: 99 })
        } else await play(index, said, one)
        await expectTrue(index, said)
        expectCounted(connection)
        const { sequence } = await index.position({ folder: 'f' })
        if (one.do === 'drop and open again') before = 0
        expect(sequence).toBeGreaterThanOrEqual(before + (one.do === 'local' ? 1 : 0))
        before = sequence
      }
      await expectAnnounced(index)
    } finally {
      connection.close()
    }
  })
  await fc.assert(law, { numRuns: amount({ short: 150, long: 3_000 }) })
  expect(Object.entries(reached).filter(([, times]) => times === 0)).toEqual([])
})
