/** What the block job says of files that change while it reads; moments that only the memory disk can hold still. */
import { afterEach, describe, expect, it } from 'vitest'
import { hashBlock, hashBytes } from '../../../src/node/codec/hash.ts'
import { seededBytes } from '../../support/chunker-feeding.ts'
import { memoryWorld } from './block-worlds.ts'
import type { MemoryWorld } from './block-worlds.ts'

const MIB = 1024 * 1024
let world: MemoryWorld
afterEach(() => world.end())

/** Runs `change` once, before the first such operation on the file. */
async function worldThatChanges(before: 'open-read' | 'handle-read', change: () => void): Promise<void> {
  let pending = true
  world = await memoryWorld((operation, path) => {
    if (!pending || operation !== before || path !== '/folder/file') return
    pending = false
    change()
  })
}
const file = { root: '/folder', path: 'file' }

describe('a file that changes while it is digested', () => {
  it.each(['digest', 'verifyFile'] as const)(
    'is read to its former end by %s when it grows, and the stats differ',
    async (operation) => {
      const size = 2_500_000 // no multiple of a read
      const bytes = seededBytes('grows', 2 * size)
      await worldThatChanges('handle-read', () => world.disk.user.write('/folder/file', bytes))
      await world.write('file', bytes.subarray(0, size))
      const read = await world.job.call(operation, file)
      expect(read.size).toBe(size)
      expect(read.contentHash).toBe(hashBytes(bytes.subarray(0, size)))
      expect(read.statBefore.size).toBe(size)
      expect(read.statAfter?.size).toBe(2 * size)
    },
  )

  it('is read as far as it goes when it shrinks, and the stats differ', async () => {
    const bytes = seededBytes('shrinks', 3 * MIB)
    await worldThatChanges('handle-read', () =>
      world.disk.user.write('/folder/file', bytes.subarray(0, 1_500_000)),
    )
    await world.write('file', bytes)
    const digest = await world.job.call('digest', file)
    expect(digest.size).toBe(1_500_000)
    expect(digest.contentHash).toBe(hashBytes(bytes.subarray(0, 1_500_000)))
    expect(digest.statAfter?.size).not.toBe(digest.statBefore.size)
  })

  it('has no stat afterwards when it was removed, another inode when it was replaced', async () => {
    await worldThatChanges('handle-read', () => world.disk.user.remove('/folder/file'))
    await world.write('file', seededBytes('removed', 2 * MIB))
    expect((await world.job.call('digest', file)).statAfter).toBeUndefined()
    await world.end()
    await worldThatChanges('handle-read', () => world.disk.user.rename('/folder/other', '/folder/file'))
    await world.write('file', seededBytes('replaced', 2 * MIB))
    await world.write('other', seededBytes('replacing', 2 * MIB))
    const replaced = await world.job.call('digest', file)
    expect(replaced.statAfter?.inode).not.toBe(replaced.statBefore.inode)
  })

  it('is looked at again when it grew out of one block before it was opened', async () => {
    await worldThatChanges('open-read', () => world.disk.user.write('/folder/file', new Uint8Array(100_000)))
    await world.write('file', Uint8Array.of(1))
    await expect(world.job.call('digest', file)).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  })

  it('keeps no handle when reading fails', async () => {
    world = await memoryWorld()
    await world.write('file', seededBytes('fails', 2 * MIB))
    world.disk.user.chmod('/folder/file', 0)
    await expect(world.job.call('verifyFile', file)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  it('rots unseen by its stats, but no rotten block is read or copied', async () => {
    world = await memoryWorld()
    const bytes = seededBytes('rots', 1000)
    await world.write('file', bytes)
    await world.write('.temp', new Uint8Array(1000))
    world.disk.user.rot('/folder/file', 500)
    const place = { offset: 0, length: 1000, hash: hashBlock(bytes) }
    expect(await world.job.call('readBlock', { ...file, ...place })).toEqual({
      kind: 'missing',
      reason: 'changed',
    })
    const items = [{ fromOffset: 0, toOffset: 0, length: 1000, hash: place.hash }]
    const copied = world.job.call('copyBlocks', { root: '/folder', path: '.temp', from: file, items })
    expect((await copied).good).toEqual([false])
    expect(hashBytes(await world.read('.temp'))).toBe(hashBytes(new Uint8Array(1000)))
  })
})

describe('progress', () => {
  it('counts the bytes gone through', async () => {
    const seen: number[] = []
    world = await memoryWorld(() => {
      // Asked before each call on the disk; the answer comes in order.
      void world.job.call('progress', { id: 'counted' }).then((progress) => {
        if (progress !== undefined && progress.totalBytes > 0) seen.push(progress.doneBytes / MIB)
      })
    })
    await world.write('file', seededBytes('counted', 5 * MIB))
    await world.job.call('digest', { ...file, id: 'counted' })
    expect(new Set(seen)).toEqual(new Set([0, 1, 2, 3, 4, 5]))
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })
})
