/** A database that an earlier program left: what cannot be read is rebuilt, so it must be said to be damaged. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openConnection } from '../../../src/node/db/connection.ts'
import { open } from '../../../src/node/index/index-job.ts'
import { INDEX_STEPS } from '../../../src/node/index/schema.ts'

test('tables that the statements do not fit are damage, whatever their version says', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'peerfold-index-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'index.db')
  const connection = openConnection({ file, steps: INDEX_STEPS })
  connection.exec('DROP TABLE entry')
  connection.close()
  expect(() => open({ file, self: 'self' })).toThrow(expect.objectContaining({ code: 'DATABASE_DAMAGED' }))
  rmSync(file)
  const anew = open({ file, self: 'self' })
  await anew.openFolder({ folder: 'f', devices: [], freshEpoch: 1 })
  await anew.close()
})

test.each(INDEX_STEPS.map((_, version) => version).slice(1))(
  'tables of version %d are those of now once they are opened, with what they hold',
  async (version) => {
    const directory = mkdtempSync(join(tmpdir(), 'peerfold-index-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'index.db')
    const connection = openConnection({ file, steps: INDEX_STEPS.slice(0, version) })
    connection.exec(`INSERT INTO folder (id, epoch, sequence, gaps, items, bytes, revision, policy)
      VALUES ('f', 3, 4, '[]', 0, 0, 0, '{}')`)
    connection.close()
    const index = open({ file, self: 'self' })
    expect(await index.position({ folder: 'f' })).toEqual({ epoch: 3, sequence: 4, gaps: [] })
    expect(await index.sharedRules({ folder: 'f' })).toBeUndefined()
    expect(await index.setSharedRules({ folder: 'f', lines: ['*.o', ''] })).toBe(true)
    expect(await index.setSharedRules({ folder: 'f', lines: ['*.o', ''] })).toBe(false)
    expect(await index.sharedRules({ folder: 'f' })).toEqual(['*.o', ''])
    await index.close()
  },
)
