/** Opening a database: whole and at our version, or refused with a code that says what to do. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { openConnection, translated } from '../../../src/node/db/connection.ts'

const CREATE = 'CREATE TABLE thing (name TEXT PRIMARY KEY) STRICT'
let directory = ''
let file = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'peerfold-db-'))
  file = join(directory, 'index.db')
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

test('a new database is made by the steps, each of which runs once', () => {
  openConnection({ file, steps: [CREATE] }).close()
  const connection = openConnection({ file, steps: [CREATE, "INSERT INTO thing VALUES ('second')"] })
  connection.close()
  const again = openConnection({ file, steps: [CREATE, "INSERT INTO thing VALUES ('second')"] })
  expect(again.prepare('SELECT name FROM thing').pluck().all()).toEqual(['second'])
  expect(again.pragma('user_version', { simple: true })).toBe(2)
  again.close()
})

test('a step that fails leaves the database at the version before', () => {
  openConnection({ file, steps: [CREATE] }).close()
  const bad = "INSERT INTO thing VALUES ('half'); INSERT INTO nothing VALUES (1)"
  expect(() => openConnection({ file, steps: [CREATE, bad] })).toThrow(PeerfoldError)
  const connection = openConnection({ file, steps: [CREATE] })
  expect(connection.prepare('SELECT count(*) FROM thing').pluck().get()).toBe(0)
  connection.close()
})

test('our settings hold', () => {
  const connection = openConnection({ file, steps: [CREATE] })
  expect(connection.pragma('journal_mode', { simple: true })).toBe('wal')
  expect(connection.pragma('synchronous', { simple: true })).toBe(1)
  expect(connection.pragma('foreign_keys', { simple: true })).toBe(1)
  connection.close()
})

test('a database of a newer program is refused', () => {
  openConnection({ file, steps: [CREATE, 'SELECT 1'] }).close()
  expect(() => openConnection({ file, steps: [CREATE] })).toThrow(
    expect.objectContaining({ code: 'DATABASE_DAMAGED', facts: { version: 2 } }),
  )
})

test('a file that is no database is damaged, and stays as it is', () => {
  writeFileSync(file, 'This is a letter to my aunt. '.repeat(200))
  expect(() => openConnection({ file, steps: [CREATE] })).toThrow(
    expect.objectContaining({ code: 'DATABASE_DAMAGED' }),
  )
  expect(readFileSync(file, 'utf8')).toContain('my aunt')
})

test('a database with overwritten pages is damaged', () => {
  const connection = openConnection({ file, steps: [CREATE] })
  const insert = connection.prepare('INSERT INTO thing VALUES (?)')
  for (let i = 0; i < 2_000; i++) insert.run(`name ${i} ${'x'.repeat(50)}`)
  connection.pragma('wal_checkpoint(TRUNCATE)')
  connection.close()
  const bytes = readFileSync(file)
  bytes.fill(0x5a, 8_192, 24_576)
  writeFileSync(file, bytes)
  expect(() => openConnection({ file, steps: [CREATE] })).toThrow(
    expect.objectContaining({ code: 'DATABASE_DAMAGED' }),
  )
})

test('a database that cannot be opened is an I/O error', () => {
  expect(() => openConnection({ file: join(directory, 'no', 'such', 'index.db'), steps: [] })).toThrow(
    expect.objectContaining({ code: 'IO_ERROR' }),
  )
})

test('an image of a database in memory opens as it was', () => {
  const first = openConnection({ file: ':memory:', steps: [CREATE] })
  first.exec("INSERT INTO thing VALUES ('kept')")
  const image = first.serialize()
  first.close()
  const second = openConnection({ file: ':memory:', steps: [CREATE], image })
  expect(second.prepare('SELECT name FROM thing').pluck().get()).toBe('kept')
  second.close()
})

test.each([
  { sqlite: 'SQLITE_CORRUPT_VTAB', code: 'DATABASE_DAMAGED' },
  { sqlite: 'SQLITE_NOTADB', code: 'DATABASE_DAMAGED' },
  { sqlite: 'SQLITE_FULL', code: 'DISK_FULL' },
  { sqlite: 'SQLITE_IOERR_READ', code: 'IO_ERROR' },
  { sqlite: 'SQLITE_BUSY', code: 'IO_ERROR' },
])('$sqlite is told as $code', ({ sqlite, code }) => {
  const raise = (): never => {
    throw Object.assign(new Error('said by SQLite'), { code: sqlite })
  }
  expect(() => translated(raise)).toThrow(expect.objectContaining({ code, facts: { sqlite } }))
})

test('an error that is not of SQLite stays what it is', () => {
  const error = new TypeError('a fault of ours')
  const raise = (): never => {
    throw error
  }
  expect(() => translated(raise)).toThrow(error)
})
