/**
 * What a person sees of a folder and decides in it, asked of real nodes: what moves and how it ended,
 * who has a copy of what, and conflicts that are settled on one device and gone on all.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FileRange, FolderView, Transfers } from '../../../src/node/api/node-port.ts'
import { seededBytes } from '../../support/awkward-tree.ts'
import { eventually } from '../../support/deadline.ts'
import { openStage } from '../../support/real-nodes.ts'
import type { RealNode } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import { FOLDER, twoPlaces } from '../../support/two-places.ts'

const DEADLINE_MS = 60_000
/** Long enough on its way to be looked at. */
const BIG_BYTES = 96 << 20
/** Of that: some of what has arrived is on the disk by then. */
const PART_BYTES = 8 << 20

async function transfersOf(node: RealNode): Promise<Transfers> {
  return (await node.request<Transfers>('GET', '/transfers')).body
}

async function browse(node: RealNode, query: Readonly<Record<string, string>> = {}): Promise<FileRange> {
  const words = new URLSearchParams(query).toString()
  return (await node.request<FileRange>('GET', `/folders/${FOLDER}/browse?${words}`)).body
}

/** "device: state", this one first. */
function copiesOf(range: FileRange, path: string, names: ReadonlyMap<string, string>): string[] {
  const entry = range.entries.find((one) => one.path === path)
  return (entry?.copies ?? []).map(({ device, state }) => `${names.get(device)}: ${state}`)
}

test(
  'a transfer is told on both sides, fails with a code when the link breaks, and goes on where it was',
  { timeout: 300_000 },
  async () => {
    const [{ node: ada, path: a }, { node: bob, path: b }] = await twoPlaces(openStage())
    const names = new Map([
      [ada.id, 'ada'],
      [bob.id, 'bob'],
    ])
    mkdirSync(join(a, 'small'))
    for (let i = 0; i < 20; i++) writeFileSync(join(a, 'small', `${i}`), `of ada ${i}`)
    writeFileSync(join(a, 'big'), seededBytes(7, BIG_BYTES))
    const size = BIG_BYTES

    const isBig = ({ path }: { path: string }): boolean => path === 'big'
    let moving: Transfers['active'][number] | undefined
    await eventually(DEADLINE_MS, 'bob shows a part of the big file', async () => {
      // One of them stands still while the other is asked: the file stays on its way.
      ada.process.kill('SIGSTOP')
      moving = (await transfersOf(bob)).active.find(isBig)
      if (moving !== undefined && moving.done > PART_BYTES) return true
      ada.process.kill('SIGCONT')
      return false
    })
    const range = await browse(bob)
    bob.process.kill('SIGSTOP')
    ada.process.kill('SIGCONT')
    const sent = (await transfersOf(ada)).active.find(isBig)
    await ada.kill()
    bob.process.kill('SIGCONT')
    expect(moving).toMatchObject({
      folder: FOLDER,
      direction: 'in',
      devices: [ada.id],
      size,
      state: 'active',
    })
    expect(sent).toMatchObject({ direction: 'out', devices: [bob.id], size, state: 'active' })
    expect(copiesOf(range, 'big', names)).toEqual(['bob: moving', 'ada: has'])
    expect(range.entries.find(isBig)).toMatchObject({ here: 'wanted', size })

    await eventually(DEADLINE_MS, 'bob says that it failed', async () =>
      (await transfersOf(bob)).recent.some((one) => isBig(one) && one.state === 'failed'),
    )
    const failed = await transfersOf(bob)
    expect(failed.recent.find(isBig)).toMatchObject({ code: 'PEER_GONE' })
    expect(failed.activeCount).toBe(0)
    expect(failed.in).toMatchObject({ items: 1, bytes: size })
    await eventually(DEADLINE_MS, 'bob names no time any more', async () => {
      return (await transfersOf(bob)).in.etaMs === undefined
    })
    expect(copiesOf(await browse(bob), 'big', names)).toEqual(['bob: wants', 'ada: has'])

    await ada.start()
    await eventually(DEADLINE_MS, 'the big file arrives', () => existsSync(join(b, 'big')))
    await eventually(DEADLINE_MS, 'both say that it is done', async () => {
      const [here, there] = [await transfersOf(bob), await transfersOf(ada)]
      return [here, there].every(({ recent }) => recent.find(isBig)?.state === 'done')
    })
    const arrived = (await transfersOf(bob)).recent.find(isBig)
    expect(arrived).toMatchObject({ done: size, resumed: true })
    expect(arrived?.reused).toBeGreaterThan(0)
    await eventually(DEADLINE_MS, 'both know of both copies', async () =>
      [await browse(ada), await browse(bob)].every((one) =>
        copiesOf(one, 'big', names).every((copy) => copy.endsWith(': has')),
      ),
    )
    const { recent } = await transfersOf(bob)
    expect(recent.filter(({ path }) => path.startsWith('small/')).length).toBe(20)
  },
)

test('a directory is browsed in ranges and searched, and the revision tells when that is old', async () => {
  const [{ node: ada, path: a }, { node: bob }] = await twoPlaces(openStage(), {
    fill: (first) => {
      mkdirSync(join(first, 'Papers'))
      for (const name of ['b.txt', 'A.txt', 'c.txt']) writeFileSync(join(first, 'Papers', name), name)
      writeFileSync(join(first, 'paperclip'), 'x')
    },
  })
  const root = await browse(bob)
  expect(root.entries.map(({ path }) => path)).toEqual(['Papers', 'paperclip'])
  const range = await browse(bob, { directory: 'Papers', offset: '1', limit: '1' })
  expect(range).toMatchObject({ total: 3, offset: 1, entries: [{ path: 'Papers/b.txt' }] })
  const found = await browse(bob, { search: 'PAPERS/a' })
  expect(found.entries.map(({ path }) => path)).toEqual(['Papers/A.txt'])
  const { revision } = await bob.folder(FOLDER)
  expect(revision).toBe(root.revision)
  writeFileSync(join(a, 'new'), 'new')
  await eventually(DEADLINE_MS, 'the folder has another revision', async () => {
    const view = await bob.folder(FOLDER)
    return view.revision > revision && view.files === 6
  })
  expect((await ada.status()).nearby).toEqual([])
})

interface Two {
  readonly ada: RealNode
  readonly bob: RealNode
}

async function pause({ ada, bob }: Two, how: 'pause' | 'resume'): Promise<void> {
  await Promise.all([ada, bob].map((node) => node.request('POST', `/folders/${FOLDER}/${how}`)))
}

async function decide(node: RealNode, path: string, keep: string): Promise<void> {
  const { status, body } = await node.request('POST', `/folders/${FOLDER}/conflicts/resolve`, { path, keep })
  expect(status, JSON.stringify(body)).toBe(204)
}

async function versionsOf(node: RealNode, path: string): Promise<number> {
  const { body } = await node.request<{ versions: unknown[] }>(
    'GET',
    `/folders/${FOLDER}/versions?path=${encodeURIComponent(path)}`,
  )
  return body.versions.length
}

test('a conflict shows both sides, and what is decided on one device holds on all, with nothing lost', async () => {
  const places = await twoPlaces(openStage(), {
    fill: (a) => {
      for (const name of ['one', 'two', 'three.txt']) writeFileSync(join(a, name), 'before')
    },
  })
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  const both = { ada, bob }
  await pause(both, 'pause')
  for (const name of ['one', 'two', 'three.txt']) {
    writeFileSync(join(a, name), `by ada: ${name}`)
    writeFileSync(join(b, name), `and by bob: ${name}`)
  }
  await pause(both, 'resume')
  const conflictsOf = async (node: RealNode): Promise<FolderView['conflicts']> =>
    (await node.folder(FOLDER)).conflicts
  await eventually(DEADLINE_MS, 'both show three conflicts', async () =>
    [await conflictsOf(ada), await conflictsOf(bob)].every(
      (list) => list.length === 3 && list.every(({ original }) => original !== undefined),
    ),
  )
  await untilSame(DEADLINE_MS, FOLDER, places)
  const conflicts = new Map((await conflictsOf(ada)).map((one) => [one.conflictOf, one]))
  for (const { path, conflictOf, copy, original } of conflicts.values()) {
    expect([copy.device, original?.device].toSorted()).toEqual(['ada', 'bob'])
    for (const [side, name] of [
      [copy, path],
      [original, conflictOf],
    ] as const)
      expect(side).toMatchObject({
        size: statSync(join(a, name)).size,
        mtimeMs: expect.closeTo(statSync(join(a, name)).mtimeMs, 2),
      })
  }
  const text = (name: string): string => readFileSync(join(a, name), 'utf8')
  const pathOf = (name: string): string => conflicts.get(name)?.path ?? ''
  const was = new Map(
    ['one', 'two', 'three.txt'].map((name) => [name, { original: text(name), copy: text(pathOf(name)) }]),
  )

  await decide(ada, pathOf('one'), 'original')
  await decide(bob, pathOf('two'), 'copy')
  await decide(ada, pathOf('three.txt'), 'both')
  await eventually(DEADLINE_MS, 'no conflict is left anywhere', async () =>
    [await ada.folder(FOLDER), await bob.folder(FOLDER)].every(({ conflictCount }) => conflictCount === 0),
  )
  const tree = await untilSame(DEADLINE_MS, FOLDER, places)
  expect([...tree.keys()].toSorted()).toEqual(['one', 'three (2).txt', 'three.txt', 'two'])
  expect(text('one')).toBe(was.get('one')?.original)
  expect(text('two')).toBe(was.get('two')?.copy)
  expect(text('three.txt')).toBe(was.get('three.txt')?.original)
  expect(text('three (2).txt')).toBe(was.get('three.txt')?.copy)
  expect(readdirSync(b).filter((name) => name.includes('conflict'))).toEqual([])
  // What lost is a version wherever it was displaced.
  for (const node of [ada, bob]) {
    expect(await versionsOf(node, pathOf('one'))).toBe(1)
    expect(await versionsOf(node, 'two')).toBeGreaterThanOrEqual(1)
  }
  const again = await ada.request('POST', `/folders/${FOLDER}/conflicts/resolve`, {
    path: pathOf('one'),
    keep: 'copy',
  })
  expect(again).toMatchObject({ status: 404, body: { code: 'FILE_NOT_FOUND' } })
})
