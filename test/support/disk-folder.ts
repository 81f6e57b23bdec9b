/** Real directories for tests, removed afterwards. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createDiskFileSystem } from '../../src/node/fs/disk-file-system.ts'
import type { FolderRoot } from '../../src/node/fs/file-system.ts'

/** An open root on a new, empty directory; gone when the test that asked for it ends. */
export async function diskFolder(): Promise<FolderRoot> {
  const path = mkdtempSync(join(tmpdir(), 'peerfold-test-'))
  const root = await createDiskFileSystem().openRoot(path)
  onTestFinished(async () => {
    await root.close()
    rmSync(path, { recursive: true, force: true })
  })
  return root
}
