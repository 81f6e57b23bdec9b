/** What was dropped, whether it may be written, and how it is sent. */
import { describe, expect, test } from 'vitest'
import * as dropped from '../../../../src/renderer/screens/files/uploads/dropped.ts'
import { existingPaths } from '../../../../src/renderer/screens/files/uploads/existing.ts'
import * as plan from '../../../../src/renderer/screens/files/uploads/plan.ts'
import { sumsOf, type Try, Uploader } from '../../../../src/renderer/screens/files/uploads/uploader.ts'

const file = (name: string, size = 10): dropped.LocalFile => ({ name, size, lastModified: 0 })
const chosen = (path: string, size = 10): dropped.Chosen => ({ path, file: file(path, size) })

function fileEntry(name: string): dropped.Entry {
  return { name, isFile: true, isDirectory: false, file: (take) => take(file(name)) }
}

/** Gives its children in batches, as browsers do. */
function directoryEntry(name: string, children: readonly dropped.Entry[], batch = 100): dropped.Entry {
  return {
    name,
    isFile: false,
    isDirectory: true,
    createReader: () => {
      const rest = [...children]
      return { readEntries: (take) => take(rest.splice(0, batch)) }
    },
  }
}

describe('a drop', () => {
  const item = (entry: dropped.Entry | null, plain: dropped.LocalFile | null = null) => ({
    kind: 'file',
    getAsFile: () => plain,
    webkitGetAsEntry: () => entry,
  })
  const never = new AbortController().signal

  test('gives every file of its directories, however many batches they come in', async () => {
    const many = Array.from({ length: 250 }, (_, index) => fileEntry(`${index}.jpg`))
    const tree = directoryEntry('trip', [...many, directoryEntry('raw', [fileEntry('a.dng')])])
    const taken = dropped.takeDropped([item(tree), item(fileEntry('note.txt'))])
    const paths = (await dropped.readDropped(taken, never)).map(({ path }) => path)
    expect(paths).toHaveLength(252)
    expect(paths).toContain('trip/249.jpg')
    expect(paths).toContain('trip/raw/a.dng')
    expect(paths.at(-1)).toBe('note.txt')
  })

  test('takes a file without an entry, and no text', async () => {
    const text = { kind: 'string', getAsFile: () => null }
    const taken = dropped.takeDropped([text, item(null, file('image.png'))])
    expect((await dropped.readDropped(taken, never)).map(({ path }) => path)).toEqual(['image.png'])
  })

  test('that cannot be read is an error with the path, not half a drop', async () => {
    const broken = {
      ...fileEntry('x'),
      file: (_: unknown, fail: (error: unknown) => void) => fail(new Error('no')),
    }
    const taken = dropped.takeDropped([item(directoryEntry('d', [broken]))])
    await expect(dropped.readDropped(taken, never)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      facts: { path: 'd/x' },
    })
  })

  test('stops being read when nobody wants it any more', async () => {
    const control = new AbortController()
    control.abort()
    await expect(
      dropped.readDropped(dropped.takeDropped([item(fileEntry('a'))]), control.signal),
    ).rejects.toThrow('aborted')
  })
})

describe('before sending', () => {
  test('a gigabyte is sent without a question, a byte more is not', () => {
    const half = plan.ASK_ABOVE_BYTES / 2
    expect(plan.planOf([chosen('a', half), chosen('b', half)]).large).toBe(false)
    expect(plan.planOf([chosen('a', half), chosen('b', half + 1)])).toEqual({
      files: 2,
      bytes: plan.ASK_ABOVE_BYTES + 1,
      large: true,
    })
  })

  const entry = (path: string, kind: 'file' | 'directory' = 'file') => ({
    path,
    kind,
    size: 0,
    mode: 0,
    mtimeMs: 0,
    hash: '',
    here: 'holds' as const,
    copies: [],
  })

  /** A directory "summer" in which entries lie in any order, answered a thousand at a time. */
  function lookUp(entries: readonly ReturnType<typeof entry>[]) {
    const searches: string[] = []
    return {
      searches,
      browse: async (search: string, offset: number) => {
        searches.push(search)
        const found = entries.filter(({ path }) => path.includes(search))
        return { total: found.length, offset, entries: found.slice(offset, offset + 1_000), revision: 1 }
      },
      list: async (under: string, cursor: string | undefined) =>
        cursor === undefined
          ? { files: [entry(under, 'directory'), entry(`${under}/0.jpg`)], next: 'more' }
          : { files: [entry(`${under}/9.jpg`)] },
    }
  }
  const files = [chosen('new.txt'), chosen('old.txt'), chosen('trip/1.jpg'), chosen('trip/9.jpg')]
  const filler = (count: number) =>
    Array.from({ length: count }, (_, index) => entry(`summer/old.txt.${index}`))

  test.each([
    { size: 'small', count: 2_500, asked: ['', '', ''] },
    {
      size: 'very large',
      count: 9_000,
      asked: ['', 'new.txt', ...Array.from({ length: 10 }, () => 'old.txt')],
    },
  ])('taken names are found in a $size directory and below, page after page', async ({ count, asked }) => {
    const node = lookUp([...filler(count), entry('summer/old.txt'), entry('summer/other/new.txt')])
    const existing = await existingPaths(files, 'summer', node)
    expect(plan.takenOf(files, 'summer', existing).map(({ path }) => path)).toEqual(['old.txt', 'trip/9.jpg'])
    expect(node.searches).toEqual(asked)
  })

  test('a name that a directory has is no file to be replaced', async () => {
    const node = lookUp([entry('summer/old.txt', 'directory')])
    expect(await existingPaths([chosen('old.txt')], 'summer', node)).toEqual(new Set())
  })

  test('every name of a path is encoded and the slashes stay', () => {
    expect(plan.contentUrl('my folder', 'a b/100%/ü?#.txt')).toBe(
      '/api/v1/folders/my%20folder/content/a%20b/100%25/%C3%BC%3F%23.txt',
    )
  })
})

interface Sending {
  readonly path: string
  readonly attempt: Try
  readonly signal: AbortSignal
  onSent(bytes: number): void
  finish(): Promise<void>
  fail(code: string): Promise<void>
}

function lab() {
  const sendings: Sending[] = []
  const timers: (() => void)[] = []
  let ids = 0
  const turn = async (): Promise<void> => {
    for (let step = 0; step < 6; step++) await Promise.resolve()
    for (const run of timers.splice(0)) run()
  }
  const uploader = new Uploader({
    newId: () => `upload ${++ids}`,
    send: (_, { path }, attempt, onSent, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('CANCELLED')))
        sendings.push({
          path,
          attempt,
          signal,
          onSent,
          finish: () => (resolve(), turn()),
          fail: (code) => (reject(new Error(code)), turn()),
        })
      }),
    after: (_, run) => {
      timers.push(run)
      return () => void (timers.includes(run) && timers.splice(timers.indexOf(run), 1))
    },
    codeOf: (error) => (error as Error).message,
  })
  const states = (): string[] => uploader.store.getState().uploads.map(({ state }) => state)
  return { uploader, sendings, states, turn, timers }
}

describe('sending', () => {
  test('goes on two at a time, in order, until all are done', async () => {
    const { uploader, sendings, states } = lab()
    uploader.add('photos', [chosen('a'), chosen('b'), chosen('c')])
    expect(sendings.map(({ path }) => path)).toEqual(['a', 'b'])
    await sendings[1]!.finish()
    expect(sendings.map(({ path }) => path)).toEqual(['a', 'b', 'c'])
    await sendings[0]!.finish()
    await sendings[2]!.finish()
    expect(states()).toEqual(['done', 'done', 'done'])
  })

  test('one failure stops no other file, says its code, and can be tried again', async () => {
    const { uploader, sendings, states } = lab()
    uploader.add('photos', [chosen('a'), chosen('b'), chosen('c')])
    await sendings[0]!.fail('DISK_FULL')
    expect(states()).toEqual(['failed', 'sending', 'sending'])
    expect(uploader.store.getState().uploads[0]).toMatchObject({ code: 'DISK_FULL' })
    uploader.retry(1)
    await sendings[1]!.finish()
    expect(sendings.map(({ path }) => path)).toEqual(['a', 'b', 'c', 'a'])
    expect(sendings[0]!.attempt).toEqual({ id: 'upload 1', isAgain: false })
    expect(sendings[3]!.attempt).toEqual({ id: 'upload 1', isAgain: true })
    await sendings[3]!.finish()
    expect(states()[0]).toBe('done')
  })

  test('cancelling one ends it alone; cancelling all ends also what waits', async () => {
    const { uploader, sendings, states, turn } = lab()
    uploader.add(
      'photos',
      ['a', 'b', 'c', 'd'].map((path) => chosen(path)),
    )
    uploader.cancel(1)
    await turn()
    expect(states()).toEqual(['cancelled', 'sending', 'sending', 'waiting'])
    uploader.cancelAll()
    await turn()
    expect(states()).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled'])
    expect(sendings).toHaveLength(3)
    expect(sendings.every(({ signal }) => signal.aborted)).toBe(true)
  })

  test('progress is told once for many steps, and rows that rest stay the same objects', async () => {
    const { uploader, sendings, turn, timers } = lab()
    uploader.add('photos', [chosen('a'), chosen('b')])
    const before = uploader.store.getState().uploads
    for (let bytes = 1; bytes <= 5; bytes++) sendings[0]!.onSent(bytes)
    expect(timers).toHaveLength(1)
    expect(uploader.store.getState().uploads).toBe(before)
    await turn()
    const { uploads } = uploader.store.getState()
    expect(uploads[0]).toMatchObject({ sent: 5 })
    expect(uploads[1]).toBe(before[1])
  })

  test('the sums count what was not cancelled', async () => {
    const { uploader, sendings, turn } = lab()
    uploader.add('photos', [chosen('a', 10), chosen('b', 20), chosen('c', 40)])
    uploader.cancel(3)
    await sendings[0]!.finish()
    sendings[1]!.onSent(5)
    await turn()
    expect(sumsOf(uploader.store.getState().uploads)).toEqual({
      files: 2,
      ended: 1,
      failed: 0,
      bytes: 30,
      sent: 15,
      busy: true,
    })
  })

  test('what has ended is forgotten on demand, what goes on is not', async () => {
    const { uploader, sendings, states } = lab()
    uploader.add('photos', [chosen('a'), chosen('b')])
    await sendings[0]!.finish()
    uploader.dismiss()
    expect(states()).toEqual(['sending'])
  })
})
