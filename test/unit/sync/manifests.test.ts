/** What is fetched of a manifest, and what is not even asked for. */
import { expect, test } from 'vitest'
import { fetchBlocks } from '../../../src/node/sync/manifests.ts'
import type { FolderContext } from '../../../src/node/sync/ports.ts'
import { recordOf } from '../../support/index-folder.ts'

test('a manifest of more blocks than a file of that size has is not asked for', async () => {
  const manifest = { chunker: 'from tomorrow', blockCount: 2 ** 26, root: '0'.repeat(64) }
  const record = recordOf({ path: 'a', size: 2 ** 26, manifest })
  const context = { index: { call: async () => undefined } } as unknown as FolderContext
  let asked = 0
  const source = { requestPage: async () => void asked++ as undefined }
  const { signal } = new AbortController()
  await expect(fetchBlocks(context, record, [source], signal)).rejects.toMatchObject({
    code: 'PEER_PROTOCOL',
  })
  expect(asked).toBe(0)
})
