/** The history log and the folder at some moment. */
import { describe, expect, test } from 'vitest'
import { createHistoryLog, historyBackwards, stateAt } from '../../../src/node/durability/history.ts'
import type { HistoryChange, PathContent } from '../../../src/node/durability/history.ts'
import { HISTORY_LOG } from '../../../src/node/durability/layout.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { memoryFolder } from '../../support/memory-folder.ts'

const file = (contentHash: string): PathContent => ({ kind: 'file', contentHash })
const directory: PathContent = { kind: 'directory', contentHash: '' }

function change(timeMs: number, path: string, was?: PathContent, is?: PathContent): HistoryChange {
  return { timeMs, path, was, is, device: '12D3KooWLaptop', name: 'laptop', source: 'remote' }
}

async function read(root: FolderRoot): Promise<HistoryChange[]> {
  const changes: HistoryChange[] = []
  for await (const found of historyBackwards(root)) changes.push(found)
  return changes
}

describe('the log', () => {
  test('gives back what was appended, newest first', async () => {
    const root = await memoryFolder(1).open()
    const log = createHistoryLog(root)
    const changes = Array.from({ length: 3_000 }, (_, at) =>
      change(at, `directory/ü ${at}\n`, undefined, file(`h${at}`)),
    )
    await Promise.all([log.append(changes.slice(0, 1_000)), log.append(changes.slice(1_000)), log.append([])])
    expect(await read(root)).toEqual(changes.reverse())
  })

  test('is empty when there is none', async () => {
    expect(await read(await memoryFolder(1).open())).toEqual([])
  })

  test.each([
    ['cut off', (whole: string, end: number) => whole.slice(0, end)],
    ['filled with zeros', (whole: string, end: number) => whole.slice(0, end).padEnd(whole.length, '\0')],
  ])('keeps what was before a batch that is %s at any byte, and takes the next one', async (_how, tear) => {
    const folder = memoryFolder(1)
    const root = await folder.open()
    const path = `/folder/${HISTORY_LOG}`
    const textNow = (): string => Buffer.from(folder.disk.user.read(path)).toString()
    await createHistoryLog(root).append([change(1, 'first'), change(2, 'second')])
    const durable = textNow()
    await createHistoryLog(root).append([
      change(3, 'third', undefined, file('sha256:x')),
      change(4, 'fourth'),
    ])
    const whole = textNow()
    const lengths = new Set<number>()
    for (let end = durable.length; end <= whole.length; end++) {
      folder.disk.user.write(path, tear(whole, end))
      await createHistoryLog(root).append([change(5, 'fifth')])
      const paths = (await read(root)).map(({ path }) => path).reverse()
      const all = ['first', 'second', 'third', 'fourth', 'fifth']
      expect(paths).toEqual(all.filter((path) => paths.includes(path)))
      expect(paths).toEqual(expect.arrayContaining(['first', 'second', 'fifth']))
      lengths.add(paths.length)
    }
    expect([...lengths]).toEqual([3, 4, 5])
  })

  test('is there with what it reported after a power cut', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const folder = memoryFolder(seed)
      const log = createHistoryLog(await folder.open())
      await log.append([change(1, 'first')])
      await log.append([change(2, 'second')])
      folder.disk.crash()
      expect((await read(await folder.open())).map(({ path }) => path)).toEqual(['second', 'first'])
    }
  })

  test.each([
    ['binary', '\u0000\u0001\ufffd'],
    ['other JSON', '{"time":1}'],
    ['a number', '7'],
    ['null', 'null'],
    ['an endless line', 'x'.repeat(300_000)],
  ])('loses only a damaged line: %s', async (_what, line) => {
    const folder = memoryFolder(1)
    const root = await folder.open()
    await createHistoryLog(root).append([change(1, 'before')])
    const text = Buffer.from(folder.disk.user.read(`/folder/${HISTORY_LOG}`)).toString()
    folder.disk.user.write(`/folder/${HISTORY_LOG}`, `${text}${line}\n`)
    await createHistoryLog(root).append([change(2, 'after')])
    expect((await read(root)).map(({ path }) => path)).toEqual(['after', 'before'])
  })
})

describe('the folder at a moment', () => {
  const present = new Map([
    ['kept', file('k2')],
    ['same', file('s')],
    ['moved', file('m')],
  ])
  const newestFirst = [
    change(60, 'gone', file('g'), undefined),
    change(50, 'moved', undefined, file('m')),
    change(50, 'origin', file('m'), undefined),
    change(40, 'kept', file('k1'), file('k2')),
    change(30, 'kept', file('k0'), file('k1')),
    change(20, 'was a directory', directory, undefined),
    change(10, 'kept', undefined, file('k0')),
  ]
  const parked = new Set(['k1'])

  test.each([
    { moment: 'now', timeMs: 60, paths: { kept: 'live', same: 'live', moved: 'live' } },
    {
      moment: 'before a deletion',
      timeMs: 59,
      paths: { kept: 'live', same: 'live', moved: 'live', gone: 'not kept' },
    },
    {
      moment: 'before a rename',
      timeMs: 49,
      paths: { kept: 'live', same: 'live', origin: 'live', gone: 'not kept' },
    },
    {
      moment: 'at a parked content',
      timeMs: 35,
      paths: { kept: 'kept', same: 'live', origin: 'live', gone: 'not kept' },
    },
    {
      moment: 'at a content nobody parked',
      timeMs: 20,
      paths: { kept: 'not kept', same: 'live', origin: 'live', gone: 'not kept' },
    },
    {
      moment: 'before the log began',
      timeMs: 5,
      paths: { same: 'live', origin: 'live', gone: 'not kept', 'was a directory': 'live' },
    },
  ])('$moment', async ({ timeMs, paths }) => {
    const past = await stateAt(timeMs, present, newestFirst, parked)
    expect(Object.fromEntries([...past].map(([path, { held }]) => [path, held]))).toEqual(paths)
  })

  test('trusts the order of the log when the clock went back', async () => {
    const jumped = [change(20, 'a', file('1'), file('2')), change(90, 'a', undefined, file('1'))]
    const now = new Map([['a', file('2')]])
    expect((await stateAt(50, now, jumped, new Set())).get('a')?.contentHash).toBe('2')
    expect((await stateAt(10, now, jumped, new Set())).has('a')).toBe(false)
  })

  test('leaves the present untouched', async () => {
    const before = new Map(present)
    await stateAt(0, present, newestFirst, parked)
    expect(present).toEqual(before)
  })
})
