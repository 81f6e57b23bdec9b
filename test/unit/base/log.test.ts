/** The log: levels, fields, and values JSON does not know. */
import { expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { jsonLog, silentLog, type LogLevel } from '../../../src/node/base/log.ts'

function written(level: LogLevel): { lines: Record<string, unknown>[]; log: ReturnType<typeof jsonLog> } {
  const lines: Record<string, unknown>[] = []
  return {
    lines,
    log: jsonLog(
      (line) => lines.push(JSON.parse(line)),
      level,
      () => 1_700_000_000_000,
    ),
  }
}

test.each<{ level: LogLevel; heard: LogLevel[] }>([
  { level: 'error', heard: ['error'] },
  { level: 'warn', heard: ['error', 'warn'] },
  { level: 'info', heard: ['error', 'warn', 'info'] },
  { level: 'debug', heard: ['error', 'warn', 'info', 'debug'] },
  { level: 'trace', heard: ['error', 'warn', 'info', 'debug', 'trace'] },
])('at level $level, $heard are heard', ({ level, heard }) => {
  const { lines, log } = written(level)
  for (const each of ['trace', 'debug', 'info', 'warn', 'error'] as const) log[each]('said')
  expect(lines.map((line) => line.level).reverse()).toEqual(heard)
})

test('a line has the time, the level, the sentence and the fields', () => {
  const { lines, log } = written('info')
  log.info('file assembled', { folder: 'photos', blocks: 3 })
  expect(lines).toEqual([
    { time: '2023-11-14T22:13:20.000Z', level: 'info', msg: 'file assembled', folder: 'photos', blocks: 3 },
  ])
})

test('with() adds its fields to every line, and nearer fields win', () => {
  const { lines, log } = written('info')
  log.with({ device: 'a', folder: 'x' }).with({ folder: 'y' }).info('seen', { path: 'p' })
  log.info('seen')
  expect(lines).toMatchObject([{ device: 'a', folder: 'y', path: 'p' }, { msg: 'seen' }])
  expect(lines[1]).not.toHaveProperty('device')
})

test('bigint and errors are written, also deep inside', () => {
  const { lines, log } = written('info')
  const error = new PeerfoldError('DISK_FULL', 'no room', { path: 'secret?' })
  log.info('odd', { mtimeNs: 1_760_000_000_123_456_789n, deep: { error } })
  expect(lines).toMatchObject([
    { mtimeNs: '1760000000123456789', deep: { error: { message: 'no room', code: 'DISK_FULL' } } },
  ])
})

test('one call writes one line, whatever the values hold', () => {
  const raw: string[] = []
  jsonLog(
    (line) => raw.push(line),
    'info',
    () => 0,
  ).info('named', { path: 'a\nb\u2028c' })
  expect(raw).toHaveLength(1)
  expect(raw[0]).not.toContain('\n')
})

test('the silent log takes everything and stays itself', () => {
  const log = silentLog()
  expect(log.with({ a: 1 })).toBe(log)
  expect(log.error('nobody hears')).toBeUndefined()
})
