/** The statements that run for every path or page walk an index: a folder may have a million of them. */
import { expect, test } from 'vitest'
import { openConnection } from '../../../src/node/db/connection.ts'
import { INDEX_STEPS } from '../../../src/node/index/schema.ts'
import { prepareStatements } from '../../../src/node/index/statements.ts'

const connection = openConnection({ file: ':memory:', steps: INDEX_STEPS })
const { nowMs: _nowMs, ...statements } = prepareStatements(connection, () => 0)

/** Once per start, or once per request of a person. */
const WALKS_ALL = new Set(['devices', 'dropUnusedManifests'])

test.each(Object.entries(statements))('%s walks an index', (name, statement) => {
  const sql = statement.source
  const count = [...sql].filter((character) => character === '?').length
  const plan = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from({ length: count }, () => 1))
  const details = (plan as { detail: string }[]).map(({ detail }) => detail)
  const scans = details.filter((detail) => detail.startsWith('SCAN') && detail !== 'SCAN CONSTANT ROW')
  expect(scans.length > 0, details.join('; ')).toBe(WALKS_ALL.has(name))
})

test.each([
  {
    name: 'statementsSince',
    uses: 'statement_by_sequence (folder=? AND device=? AND epoch=? AND sequence>?)',
  },
  { name: 'ownUnder', uses: 'PRIMARY KEY (folder=? AND path>? AND path<?)' },
  { name: 'statementsOfPath', uses: 'PRIMARY KEY (folder=? AND path=?)' },
  { name: 'needed', uses: 'PRIMARY KEY (folder=? AND device=? AND path>?)' },
  { name: 'neededUnder', uses: 'PRIMARY KEY (folder=? AND device=? AND path>? AND path<?)' },
  { name: 'entries', uses: 'PRIMARY KEY (folder=? AND parent=?)' },
  { name: 'countEntries', uses: 'PRIMARY KEY (folder=? AND parent=?)' },
  { name: 'countFound', uses: 'PRIMARY KEY (folder=? AND parent>? AND parent<?)' },
  { name: 'conflicts', uses: 'statement_by_conflict (folder=?)' },
  { name: 'conflictCount', uses: 'statement_by_conflict (folder=?)' },
  { name: 'damagedCount', uses: 'statement_by_damage (folder=? AND device=?)' },
  { name: 'damagedElsewhere', uses: 'statement_by_damage (folder=? AND device>?)' },
  { name: 'byContent', uses: 'statement_by_content (content_hash=? AND folder=?)' },
  { name: 'byRoot', uses: 'statement_by_root (root=? AND folder=?)' },
  { name: 'sketched', uses: 'statement_by_root (root=? AND folder=?)' },
  { name: 'twins', uses: 'statement_by_content (content_hash=? AND folder=?)' },
] as const)('$name is found by $uses, without sorting', ({ name, uses }) => {
  const sql = statements[name].source
  const count = [...sql].filter((character) => character === '?').length
  const plan = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from({ length: count }, () => 1))
  const text = (plan as { detail: string }[]).map(({ detail }) => detail).join('; ')
  expect(text).toContain(uses)
  expect(text).not.toContain('TEMP B-TREE')
})
