/** What a walk saw may be past when its turn comes: what was placed meanwhile is not undone by it. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scan } from '../../../src/node/sync/scan.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

const { signal } = new AbortController()

test.each([
  {
    what: 'a directory whose mode',
    make: (path: string) => fs.mkdirSync(path, 0o700),
    change: (path: string) => fs.chmodSync(path, 0o755),
    changed: { mode: 0o755 },
  },
  {
    what: 'a link whose target',
    make: (path: string) => fs.symlinkSync('old', path),
    change: (path: string) => {
      fs.symlinkSync('new', `${path}.next`)
      fs.renameSync(`${path}.next`, path)
    },
    changed: { linkTarget: 'new' },
  },
  {
    what: 'a file whose content',
    make: (path: string) => fs.writeFileSync(path, 'old'),
    change: (path: string) => fs.writeFileSync(path, 'new, and longer'),
    changed: { size: 15 },
  },
])('$what changed after the walk saw it, and before it was compared, is looked at again', async (scene) => {
  const { context, path } = await syncedFolder()
  const { index, folder } = context
  scene.make(join(path, 'it'))
  await scan(context, '', 'tree', { entries: 0 }, signal)
  fs.renameSync(join(path, 'it'), join(path, 'moved')) // another ctime: worth a look
  fs.renameSync(join(path, 'moved'), join(path, 'it'))
  let isFirst = true
  const walks: typeof context.walks = {
    ...context.walks,
    call: async (name, argument) => {
      const answer = await context.walks.call(name, argument)
      if (name === 'next' && isFirst) {
        isFirst = false
        scene.change(join(path, 'it'))
        await scan(context, '', 'tree', { entries: 0 }, signal)
      }
      return answer
    },
  }
  const { again } = await scan({ ...context, walks }, '', 'tree', { entries: 0 }, signal)
  expect(again).toContain('it')
  const [row] = await index.call('local', { folder, paths: ['it'] })
  expect(row?.announced.record).toMatchObject(scene.changed)
})
