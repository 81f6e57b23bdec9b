/** The committed OpenAPI document, against the contract and against the linter. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openApiText } from '../../scripts/openapi-text.ts'
import { CODES } from '../../src/node/base/errors.ts'
import { ROOT } from '../architecture/read-sources.ts'

const committed = readFileSync(`${ROOT}docs/openapi.json`, 'utf8')

interface Operation {
  summary?: string
  operationId?: string
  responses: Record<string, { content?: Record<string, unknown> }>
}
const operations = Object.values(
  JSON.parse(committed).paths as Record<string, Record<string, Operation>>,
).flatMap((path) => Object.values(path))

test('docs/openapi.json is fresh; "npm run docs:api" writes it anew', async () => {
  expect(await openApiText()).toBe(committed)
})

test('every operation has a name, a summary and problems as errors', () => {
  expect(operations.length).toBeGreaterThan(20)
  for (const { summary, operationId, responses } of operations) {
    expect(summary).toBeTruthy()
    expect(operationId).toBeTruthy()
    const errors = Object.entries(responses).filter(([status]) => Number(status) >= 400)
    expect(errors.length).toBeGreaterThan(0)
    for (const [, { content }] of errors)
      expect(Object.keys(content ?? {})).toEqual(['application/problem+json'])
  }
})

test('every error status is one of the table', () => {
  const known = new Set(Object.values(CODES).map(({ status }) => String(status)))
  const used = operations
    .flatMap(({ responses }) => Object.keys(responses))
    .filter((status) => Number(status) >= 400)
  expect(used.filter((status) => !known.has(status))).toEqual([])
})

test('redocly finds nothing to complain about', () => {
  const run = spawnSync(
    process.execPath,
    [
      `${ROOT}node_modules/@redocly/cli/bin/cli.js`,
      'lint',
      '--config',
      'redocly.yaml',
      '--format',
      'json',
      'docs/openapi.json',
    ],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    },
  )
  const { totals } = JSON.parse(run.stdout) as { totals: { errors: number; warnings: number } }
  expect(totals).toMatchObject({ errors: 0, warnings: 0 })
})
