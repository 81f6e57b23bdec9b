/** What a person did in the app is known until it is recorded, and nothing else is. */
import { expect, test } from 'vitest'
import { DecidedChanges } from '../../../src/node/sync/decided-changes.ts'

const gone = { path: 'a', deleted: true, contentHash: '' }
const there = { path: 'a', deleted: false, contentHash: 'sha256:1' }

test('a change is known while it is made and afterwards, by what it led to', async () => {
  const decided = new DecidedChanges()
  await decided.during('a', 'sha256:1', async () => expect(decided.has(there)).toBe(true))
  expect(decided.has(there)).toBe(true)
  expect(decided.has(gone)).toBe(false)
  expect(decided.has({ ...there, contentHash: 'sha256:2' })).toBe(false)
  expect(decided.has({ ...there, path: 'b' })).toBe(false)
  decided.forget('a')
  expect(decided.has(there)).toBe(false)
})

test('a later decision about the path takes the place of the earlier', async () => {
  const decided = new DecidedChanges()
  await decided.during('a', 'sha256:1', async () => {})
  await decided.during('a', '', async () => {})
  expect([decided.has(there), decided.has(gone)]).toEqual([false, true])
})

test('one that failed was not made', async () => {
  const decided = new DecidedChanges()
  const failing = decided.during('a', '', async () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  expect(decided.has(gone)).toBe(false)
})

test('of very many, the oldest are asked about', async () => {
  const decided = new DecidedChanges()
  for (let i = 0; i <= 200_000; i++) await decided.during(`${i}`, '', async () => {})
  expect(decided.has({ ...gone, path: '0' })).toBe(false)
  expect(decided.has({ ...gone, path: '1' })).toBe(true)
  expect(decided.has({ ...gone, path: '200000' })).toBe(true)
})
