/** The history log and the folder at some moment. */
import { describe, expect, test } from 'vitest'
import { createHistoryLog, decodeChange } from '../../../src/node/durability/history.ts'
import { historyBackwards, loggedBackwards } from '../../../src/node/durability/history.ts'
import type { HistoryChange, PathContent } from '../../../src/node/durability/history.ts'
import { HISTORY_LOG } from '../../../src/node/durability/layout.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { memoryFolder } from '../../support/memory-folder.ts'

const file = (contentHash: string): PathContent => ({ kind: 'file', contentHash })

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

  test('is read on from any line, and from any other number without harm', async () => {
    const root = await memoryFolder(1).open()
    const log = createHistoryLog(root)
    await log.append(Array.from({ length: 1_500 }, (_, at) => change(at, `ü ${at}`, undefined, file('h'))))
    const places: number[] = []
    for await (const { at } of loggedBackwards(root)) places.push(at)
    for (const skipped of [0, 1, 700, 1_499]) {
      const rest: string[] = []
      for await (const found of loggedBackwards(root, places[skipped])) rest.push(found.change.path)
      expect(rest).toEqual(Array.from({ length: 1_499 - skipped }, (_, i) => `ü ${1_498 - skipped - i}`))
    }
    const middle: string[] = []
    for await (const found of loggedBackwards(root, (places[3] ?? 0) + 7)) middle.push(found.change.path)
    expect(middle[0]).toBe('ü 1495')
    for await (const _ of loggedBackwards(root, 0)) throw new Error('nothing lies before the beginning')
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

test('a line of a source that is not known counts as found: nobody knows what was there before', async () => {
  const line = (source: string): string =>
    JSON.stringify({ time: 1, path: 'a', is: null, was: null, device: 'd', name: 'n', source })
  const sources = ['local', 'remote', 'found', 'of a later program'].map(
    (source) => decodeChange(Buffer.from(line(source)))?.source,
  )
  expect(sources).toEqual(['local', 'remote', 'found', 'found'])
})
