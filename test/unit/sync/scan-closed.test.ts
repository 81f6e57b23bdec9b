/** A directory that the engine opened for a moment: the scan that sees it takes its mode for nobody's change. */
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inOpenDirectory } from '../../../src/node/sync/open-directory.ts'
import { ScanRecorder } from '../../../src/node/sync/scan-recorder.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

async function closedDirectory() {
  const folder = await syncedFolder()
  const { context, path } = folder
  mkdirSync(join(path, 'mod'))
  chmodSync(join(path, 'mod'), 0o555)
  await folder.scan()
  const said = async () => (await context.index.call('local', { folder: 'f', paths: ['mod'] }))[0]!
  return { ...folder, said, before: await said() }
}

test('a scan in that moment records nothing of it', async () => {
  const { context, path, scan, said, before } = await closedDirectory()
  await inOpenDirectory(context, 'mod', async () => {
    expect(statSync(join(path, 'mod')).mode & 0o777).toBe(0o755)
    await scan()
  })
  await scan()
  expect((await said()).announced).toEqual(before.announced)
  expect(before.announced.record.mode).toBe(0o555)
})

test('what was seen in that moment is not recorded when the moment is over', async () => {
  const { context, said, before } = await closedDirectory()
  const recorder = new ScanRecorder(context, () => true)
  const { record, sequence } = before.announced
  const seen = { record: { ...record, mode: 0o755 }, isOurs: true, stance: 'holds', reason: '' } as const
  await inOpenDirectory(context, 'mod', () =>
    recorder.record({ ...seen, disk: before.disk!, basedOn: sequence }, before),
  )
  await recorder.finish()
  expect((await said()).announced).toEqual(before.announced)
  expect(recorder.result.again).toEqual(['mod'])
})

test('a mode that a person sets is recorded', async () => {
  const { path, scan, said } = await closedDirectory()
  chmodSync(join(path, 'mod'), 0o755)
  await scan()
  expect((await said()).announced.record.mode).toBe(0o755)
})
