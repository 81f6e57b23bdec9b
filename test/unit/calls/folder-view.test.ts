/** One folder as people see it: a look that takes a while never puts two moments together to a green one. */
import { expect, test } from 'vitest'
import { folderView } from '../../../src/node/calls/folder-view.ts'
import type { NodeCore } from '../../../src/node/calls/node-core.ts'
import type { FolderConfig } from '../../../src/node/config/schema.ts'
import type { FileRecord } from '../../../src/node/core/record.ts'
import type { IndexOperations } from '../../../src/node/index/index-port.ts'
import { announce, changeOf, hear, openIndexFolder, recordOf } from '../../support/index-folder.ts'

const CONFIG = { id: 'f', name: 'F', path: '/f', devices: ['b'], paused: false } as unknown as FolderConfig
const OWN = { 'self/7': 1 }
const file = recordOf({ path: 'a', version: OWN })

interface World {
  readonly index: IndexOperations
  readonly progress: { scanning: boolean; firstScanFinished: boolean; obtainable: number }
  readonly errors: { path: string }[]
}

type Change = (world: World) => Promise<unknown>

/** A node whose world changes before question number `at` to the index, counted from 0. */
async function look(before: Change, change: Change, at: number): Promise<{ word: string; asked: number }> {
  const { connection, index } = await openIndexFolder(['b'])
  const progress = { scanning: false, firstScanFinished: true, obtainable: 0 }
  const world: World = { index, progress, errors: [] }
  await before(world)
  let asked = 0
  const call = async (name: keyof IndexOperations, argument: never): Promise<unknown> => {
    if (asked++ === at) await change(world)
    return index[name](argument)
  }
  const core = {
    id: 'self',
    isLive: true,
    config: { folders: [CONFIG], devices: [{ id: 'b', name: 'B' }] },
    engine: {
      presence: () => ({ connected: true, lastSeenMs: 0 }),
      isSharing: () => true,
      isDoubled: () => false,
      findFolder: () => ({
        get progress() {
          return { ...progress, broken: undefined, entriesScanned: 0 }
        },
        errors: {
          list: () => [...world.errors],
          leftOut: () => [],
          leftOutCount: 0,
          get count() {
            return world.errors.length
          },
        },
      }),
    },
    transfers: { endings: 0 },
    parts: { index: { call }, notices: { has: () => false } },
  } as unknown as NodeCore
  try {
    const { status } = await folderView(core, CONFIG)
    return { word: status.word, asked }
  } finally {
    connection.close()
  }
}

const hold = (world: World, record: FileRecord, basedOn = 0) =>
  world.index.recordLocal({ folder: 'f', changes: [changeOf(record, basedOn)] })
const isSafe: Change = async (world) => {
  await hold(world, file)
  await hear(world.index, 'b', announce([file]))
}

test('the folder that all the others come from is safe', async () => {
  expect((await look(isSafe, async () => undefined, 0)).word).toBe('safe')
})

/** None of the two moments is a safe one. */
const changes: Record<string, { before: Change; change: Change }> = {
  'a first scan ends, and the other device lacks what it found': {
    before: async ({ index, progress }) => {
      await hear(index, 'b', [])
      Object.assign(progress, { scanning: true, firstScanFinished: false })
    },
    change: async (world) => {
      await hold(world, file)
      Object.assign(world.progress, { scanning: false, firstScanFinished: true })
    },
  },
  'a file can be read again, and the other device lacks it': {
    before: async (world) => {
      await isSafe(world)
      world.errors.push({ path: 'b' })
    },
    change: async (world) => {
      await hold(world, recordOf({ path: 'b', version: OWN }))
      world.errors.length = 0
    },
  },
  'the other device tells its index for the first time, and this one lacks what is in it': {
    before: async () => undefined,
    change: ({ index }) => hear(index, 'b', announce([recordOf({ path: 'b' })])),
  },
  'a conflict is decided, and the other device does not know of it yet': {
    before: async (world) => {
      const copy = recordOf({ path: 'a (conflict)', conflictOf: 'a', version: OWN })
      await hold(world, copy)
      await hear(world.index, 'b', announce([copy]))
    },
    change: (world) =>
      hold(world, recordOf({ path: 'a (conflict)', deleted: true, version: { 'self/7': 2 } }), 1),
  },
}

test.each(Object.entries(changes))('no green between: %s', async (_, { before, change }) => {
  for (let at = 0; ; at++) {
    const { word, asked } = await look(before, change, at)
    expect(word, `changed before question ${at}`).not.toBe('safe')
    if (asked <= at) break
  }
})

test('what the only other device ignores has no copy elsewhere', async () => {
  const ignored = recordOf({ path: 'b', version: OWN })
  const unwanted: Change = async (world) => {
    await isSafe(world)
    await hold(world, ignored)
    await hear(world.index, 'b', announce([ignored], 2, 'unwanted'), { complete: false })
  }
  expect((await look(unwanted, async () => undefined, 0)).word).toBe('waiting')
})

test('a device that broke off in the middle of telling its index has confirmed nothing', async () => {
  const half: Change = async (world) => {
    await hold(world, file)
    await hear(world.index, 'b', announce([file]), { complete: false })
  }
  const rest: Change = ({ index }) => hear(index, 'b', [], { complete: true })
  expect((await look(half, async () => undefined, 0)).word).toBe('waiting')
  expect((await look(half, rest, 0)).word).toBe('safe')
})
