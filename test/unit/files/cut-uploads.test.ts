/** Uploads whose line breaks, on a real disk. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { hashBytes } from '../../../src/node/codec/hash.ts'
import { CutUploads } from '../../../src/node/files/cut-uploads.ts'
import { writeFile } from '../../../src/node/files/write-file.ts'
import { syncedFolder } from '../../support/synced-folder.ts'

const ID = 'a'.repeat(32)
const OTHER = 'b'.repeat(32)

async function lab() {
  const folder = await syncedFolder()
  const clock = createFakeClock()
  const uploads = new CutUploads(clock)
  const { context, path } = folder
  /** Sends `parts` from `offset` on, and then breaks off with `error` when there is one. */
  const send = (parts: readonly string[], offset: number, error?: Error, id = ID) => {
    async function* content(): AsyncGenerator<Uint8Array> {
      for (const part of parts) yield Buffer.from(part)
      if (error) throw error
    }
    return writeFile(context, 'film', content(), { upload: { id, offset } }, undefined, uploads)
  }
  const bytes = (id = ID): number => uploads.bytesOf(context, 'film', id)
  /** What a person sees, and what of ours lies beside it. */
  const names = (): string[] =>
    fs.readdirSync(path).map((name) => (name.startsWith('.peerfold-') ? 'temporary' : name))
  return { folder, clock, uploads, send, bytes, names, film: join(path, 'film') }
}

const broken = (): Error => new Error('aborted')

test('what had arrived when the line broke stays, and the rest makes it whole', async () => {
  const { send, bytes, names, film, folder } = await lab()
  await expect(send(['one ', 'two '], 0, broken())).rejects.toThrow('aborted')
  expect([bytes(), names()]).toEqual([8, ['.peerfold', 'temporary']])
  const temporary = fs.readdirSync(folder.path).find((name) => name.startsWith('.peerfold-')) ?? ''
  // What is held is swept by no scan.
  expect(folder.context.locks.isHeld(temporary)).toBe(true)
  await expect(send(['three '], 8, broken())).rejects.toThrow('aborted')
  const { contentHash } = await send(['four'], 14)
  expect(fs.readFileSync(film, 'utf8')).toBe('one two three four')
  expect(contentHash).toBe(hashBytes(Buffer.from('one two three four')))
  expect([bytes(), names()]).toEqual([0, ['.peerfold', 'film']])
  expect(folder.context.locks.isHeld(temporary)).toBe(false)
})

test.each([
  { why: 'more than has arrived', offset: 9, id: ID },
  { why: 'less than has arrived', offset: 0, id: ID },
  { why: 'another upload', offset: 8, id: OTHER },
])('what would go on at $why is refused, and what is here stays', async ({ offset, id }) => {
  const { send, bytes } = await lab()
  await expect(send(['one ', 'two '], 0, broken())).rejects.toThrow('aborted')
  await expect(send(['three'], offset, undefined, id)).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  expect([bytes(), bytes(OTHER)]).toEqual([8, 0])
})

test('a sender that comes back ends the line that only looks alive', async () => {
  const { uploads, folder, send, bytes, film } = await lab()
  const dead = Promise.withResolvers<never>()
  async function* stuck(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('one ')
    await dead.promise
  }
  const attributes = { upload: { id: ID, offset: 0 } }
  const first = writeFile(folder.context, 'film', stuck(), attributes, undefined, uploads)
  first.catch(() => {})
  await expect.poll(() => bytes()).toBe(4)
  const second = send(['two'], 4)
  // The stream of a line that the node has let go of ends.
  dead.reject(new PeerfoldError('CANCELLED', 'gone'))
  await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
  await second
  expect(fs.readFileSync(film, 'utf8')).toBe('one two')
})

test('a sender that comes back is not refused for what the old line wrote since it asked', async () => {
  const { uploads, folder, send, bytes, film } = await lab()
  const [late, dead] = [Promise.withResolvers<void>(), Promise.withResolvers<never>()]
  async function* stuck(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('one ')
    await late.promise
    yield Buffer.from('two and more')
    await dead.promise
  }
  const attributes = { upload: { id: ID, offset: 0 } }
  const first = writeFile(folder.context, 'film', stuck(), attributes, undefined, uploads)
  first.catch(() => {})
  await expect.poll(() => bytes()).toBe(4)
  late.resolve()
  await expect.poll(() => bytes()).toBe(16)
  const second = send(['two'], 4)
  dead.reject(new PeerfoldError('CANCELLED', 'gone'))
  const { contentHash } = await second
  expect(fs.readFileSync(film, 'utf8')).toBe('one two')
  expect(contentHash).toBe(hashBytes(Buffer.from('one two')))
})

test('after ten minutes, or when the disk refused it, nothing is left', async () => {
  const { send, bytes, names, clock } = await lab()
  await expect(send(['one '], 0, broken())).rejects.toThrow('aborted')
  await clock.advance(600_000)
  await expect.poll(() => names()).toEqual(['.peerfold'])
  expect(bytes()).toBe(0)
  await expect(send(['one '], 0, new PeerfoldError('DISK_FULL', 'full'))).rejects.toThrow('full')
  expect([bytes(), names()]).toEqual([0, ['.peerfold']])
})

test('what was written into the kept part by somebody else is what the hash is of', async () => {
  const { send, film, folder } = await lab()
  await expect(send(['one '], 0, broken())).rejects.toThrow('aborted')
  const temporary = fs.readdirSync(folder.path).find((name) => name.startsWith('.peerfold-')) ?? ''
  fs.writeFileSync(join(folder.path, temporary), 'ONE and more')
  const { contentHash } = await send(['two'], 4)
  expect(fs.readFileSync(film, 'utf8')).toBe('ONE two')
  expect(contentHash).toBe(hashBytes(Buffer.from('ONE two')))
})
