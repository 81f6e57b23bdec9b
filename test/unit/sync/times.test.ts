/** Times that other devices set while people write: no content and no time of a person hides behind them. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { place } from '../../../src/node/sync/place.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

type Setting = 'setMtime' | 'setMode'

const THEIRS_NS = 1_700_000_000_123_456_789n
const THEIR_MODE = 0o600

/**
 * Another device's new time and mode for "a" are set here, and `meanwhile` comes between that and the look
 * at it; `before` comes in right before the time or the mode is set.
 */
async function setTime(
  meanwhile: (path: string) => void,
  before: Partial<Record<Setting, typeof meanwhile>> = {},
) {
  const { context, path, scan } = await syncedFolder()
  const at = join(path, 'a')
  fs.writeFileSync(at, 'before')
  await scan()
  const { index, folder } = context
  const [row] = await index.call('local', { folder, paths: ['a'] })
  const version = [...row!.announced.record.version, ['b/1', 1] as const]
  const record = { ...row!.announced.record, mtimeNs: THEIRS_NS, mode: THEIR_MODE, version }
  const root: FolderRoot = Object.assign(Object.create(context.root) as FolderRoot, {
    setMtime: async (...args: Parameters<FolderRoot['setMtime']>) => {
      before.setMtime?.(at)
      return context.root.setMtime(...args)
    },
    setMode: async (...args: Parameters<FolderRoot['setMode']>) => {
      before.setMode?.(at)
      const isSet = await context.root.setMode(...args)
      meanwhile(at)
      return isSet
    },
  } satisfies Partial<FolderRoot>)
  const placed = await place({ ...context, root }, { kind: 'metadata', record }, row)
  await scan()
  const [after] = await index.call('local', { folder, paths: ['a'] })
  return { placed, record: after!.announced.record, diskNs: fs.lstatSync(at, { bigint: true }).mtimeNs }
}

test('a time that nobody disturbs is recorded to the nanosecond, whatever the disk keeps of it', async () => {
  const { placed, record } = await setTime(() => {})
  expect(placed.kind).toBe('done')
  expect(record.mtimeNs).toBe(THEIRS_NS)
})

test('a person who writes as many bytes in that moment has the time of the write, and the content', async () => {
  const { placed, record, diskNs } = await setTime((path) => fs.writeFileSync(path, 'later!'))
  expect(placed).toEqual({ kind: 'look-again', paths: ['a'] })
  expect(record).toMatchObject({ size: 6, mtimeNs: diskNs })
})

test('a person who gives it another time in that moment is heard', async () => {
  const { placed, record, diskNs } = await setTime((path) =>
    fs.utimesSync(path, 1_600_000_000, 1_600_000_000),
  )
  expect(placed.kind).toBe('look-again')
  expect(record.mtimeNs).toBe(diskNs)
})

test.each<Setting>(['setMtime', 'setMode'])(
  'what a person puts in its place right before %s keeps its own mode and time',
  async (setting) => {
    let ownNs = 0n
    const toDirectory = (path: string): void => {
      fs.rmSync(path)
      fs.mkdirSync(path, { mode: 0o755 })
      fs.writeFileSync(join(path, 'inside'), 'mine')
      ownNs = fs.lstatSync(path, { bigint: true }).mtimeNs
    }
    const { placed, record, diskNs } = await setTime(() => {}, { [setting]: toDirectory })
    expect(placed).toEqual({ kind: 'look-again', paths: ['a'] })
    expect(record).toMatchObject({ kind: 'directory', mode: 0o755 })
    expect(diskNs).toBe(ownNs)
  },
)
