/** Roots kept open: how many, for how long, and what happens when a path cannot be opened. */
import { describe, expect, it } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import type { FileSystem, FolderRoot } from '../../../src/node/fs/file-system.ts'
import { createOpenRoots } from '../../../src/node/store/open-roots.ts'

/** A file system that can only open roots, and counts them. */
function countingFileSystem() {
  const opened: string[] = []
  const closed: string[] = []
  const missing = new Set<string>()
  const openRoot = async (path: string): Promise<FolderRoot> => {
    if (missing.has(path)) throw new PeerfoldError('FOLDER_PATH_MISSING', 'no such directory', { path })
    opened.push(path)
    return { path, close: async () => void closed.push(path) } as FolderRoot
  }
  return { fileSystem: { openRoot } as FileSystem, opened, closed, missing }
}

const nothing = async (): Promise<void> => undefined

describe('open roots', () => {
  it('opens a path once for many users and closes it at the end', async () => {
    const { fileSystem, opened, closed } = countingFileSystem()
    const roots = createOpenRoots(fileSystem)
    await Promise.all([roots.use('/a', nothing), roots.use('/a', nothing)])
    await roots.use('/a', nothing)
    expect(opened).toEqual(['/a'])
    expect(closed).toEqual([])
    await roots.close()
    expect(closed).toEqual(['/a'])
  })

  it('closes the one unused longest when there are more than 64', async () => {
    const { fileSystem, opened, closed } = countingFileSystem()
    const roots = createOpenRoots(fileSystem)
    for (let index = 0; index < 64; index++) await roots.use(`/${index}`, nothing)
    await roots.use('/0', nothing)
    expect(closed).toEqual([])
    await roots.use('/64', nothing)
    expect(closed).toEqual(['/1'])
    await roots.use('/0', nothing)
    expect(opened.filter((path) => path === '/0')).toHaveLength(1)
  })

  it('closes a released root when its last user is done, and opens the path anew meanwhile', async () => {
    const { fileSystem, opened, closed } = countingFileSystem()
    const roots = createOpenRoots(fileSystem)
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
    const using = roots.use('/a', () => finished)
    await roots.release('/a')
    expect(closed).toEqual([])
    await roots.use('/a', nothing)
    expect(opened).toEqual(['/a', '/a'])
    finish()
    await using
    expect(closed).toEqual(['/a'])
  })

  it('tries again after a path could not be opened', async () => {
    const { fileSystem, missing } = countingFileSystem()
    const roots = createOpenRoots(fileSystem)
    missing.add('/a')
    const failing = [roots.use('/a', nothing), roots.use('/a', nothing)]
    for (const use of failing) await expect(use).rejects.toMatchObject({ code: 'FOLDER_PATH_MISSING' })
    missing.delete('/a')
    expect(await roots.use('/a', async ({ path }) => path)).toBe('/a')
  })

  it('lets an error of its user through and stays open', async () => {
    const { fileSystem, closed } = countingFileSystem()
    const roots = createOpenRoots(fileSystem)
    const failing = roots.use('/a', async () => {
      throw new PeerfoldError('IO_ERROR', 'broken')
    })
    await expect(failing).rejects.toMatchObject({ code: 'IO_ERROR' })
    expect(closed).toEqual([])
  })
})
