/** A name is recorded when it is sure to survive a power cut, and not before. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

test('a name whose directory cannot be made durable is not recorded until it can', async () => {
  const { context, path, scan } = await syncedFolder()
  const recorded = async (): Promise<boolean> => {
    const [row] = await context.index.call('local', { folder: 'f', paths: ['letter.txt'] })
    return row !== undefined
  }
  const mended = context.root.syncDirectory.bind(context.root)
  const broken = (): Promise<void> => Promise.reject(new PeerfoldError('IO_ERROR', 'simulated'))
  fs.writeFileSync(join(path, 'letter.txt'), 'To Anna\n')
  Object.defineProperty(context.root, 'syncDirectory', { value: broken, configurable: true })
  await scan()
  expect(await recorded()).toBe(false)
  Object.defineProperty(context.root, 'syncDirectory', { value: mended, configurable: true })
  await scan()
  expect(await recorded()).toBe(true)
})
