/** Content on its way in: into a temporary, and never into anything of the user's. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { openInlineJob } from '../../../src/node/base/job-hosts.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import type { FileRecord } from '../../../src/node/core/record.ts'
import { createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'
import { open as openBlockJob } from '../../../src/node/store/block-job.ts'
import { assemble, temporaryOf } from '../../../src/node/sync/assemble.ts'
import type { BlockSource } from '../../../src/node/sync/assemble.ts'
import { DiskSpace } from '../../../src/node/sync/disk-space.ts'
import type { FolderContext } from '../../../src/node/sync/ports.ts'

const FRESH = Buffer.from('fresh content')

const record: FileRecord = {
  path: 'note',
  kind: 'file',
  deleted: false,
  size: FRESH.length,
  mode: 0o644,
  mtimeNs: 0n,
  contentHash: `sha256:${createHash('sha256').update(FRESH).digest('hex')}`,
  replacedHash: '',
  linkTarget: '',
  manifest: { chunker: 'whole', blockCount: 1, root: '' },
  author: { device: 'd', name: 'n' },
  version: [['d/1', 1]],
  conflictOf: '',
}

const source: BlockSource = {
  device: 'd',
  requestPage: async () => undefined,
  requestBlock: async () => new Uint8Array(FRESH),
}

async function openFolder() {
  const disk = createMemoryDisk({ clock: createFakeClock(), random: seededRandom(1) })
  disk.user.mkdir('/sync')
  const { fileSystem } = disk
  const root = await fileSystem.openRoot('/sync')
  const context = {
    root,
    space: new DiskSpace(root, { clock: createFakeClock(), random: seededRandom(2) }),
    folder: 'f',
    marker: { folder: 'f', secret: '0'.repeat(32) },
    blocks: openInlineJob(openBlockJob({ fileSystem })),
    // Nothing with this content is known here.
    index: openInlineJob({ findContent: async () => [], twins: async () => [] }),
    otherRoots: () => new Map(),
    archive: { findParked: async () => undefined },
  } as unknown as FolderContext
  const run = (): Promise<string> => {
    const counted = { received() {}, reused() {}, resumed() {} }
    return assemble(context, record, undefined, [source], counted, new AbortController().signal)
  }
  return { disk, context, run }
}

test('content is fetched into a temporary beside its target', async () => {
  const { disk, run } = await openFolder()
  const temporary = await run()
  expect(Buffer.from(disk.user.read(`/sync/${temporary}`))).toEqual(FRESH)
  expect(disk.tree('/sync').map(({ path }) => path)).toEqual([temporary])
})

test('a half-finished temporary is continued', async () => {
  const { disk, context, run } = await openFolder()
  const temporary = temporaryOf(context, record)
  disk.user.write(`/sync/${temporary}`, FRESH.subarray(0, 5))
  expect(await run()).toBe(temporary)
  expect(Buffer.from(disk.user.read(`/sync/${temporary}`))).toEqual(FRESH)
})

test.each(['444', '200', '000'])('one that is ready, with mode 0%s, is gone on with', async (digits) => {
  const { disk, context, run } = await openFolder()
  const temporary = temporaryOf(context, record)
  disk.user.write(`/sync/${temporary}`, FRESH.subarray(0, 5), { mode: Number.parseInt(digits, 8) })
  expect(await run()).toBe(temporary)
  expect(Buffer.from(disk.user.read(`/sync/${temporary}`))).toEqual(FRESH)
})

test('a temporary that got a second name is a placed file by now, and is not written into', async () => {
  const { disk, context, run } = await openFolder()
  const temporary = temporaryOf(context, record)
  disk.user.write(`/sync/${temporary}`, 'edited since')
  disk.user.link(`/sync/${temporary}`, '/sync/note')
  await run()
  expect(Buffer.from(disk.user.read('/sync/note')).toString()).toBe('edited since')
  expect(Buffer.from(disk.user.read(`/sync/${temporary}`))).toEqual(FRESH)
})

test('a file beyond what the disk holds in one is refused before anything moves', async () => {
  const { disk, context } = await openFolder()
  disk.settings.fileBytes = 2 ** 32 - 1
  const huge = { ...record, size: 2 ** 32 }
  const asked: number[] = []
  const counting = { ...source, requestBlock: async () => void asked.push(1) as never }
  const counted = { received() {}, reused() {}, resumed() {} }
  const { signal } = new AbortController()
  const trying = assemble(context, huge, undefined, [counting], counted, signal)
  await expect(trying).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
  expect(asked).toEqual([])
})
