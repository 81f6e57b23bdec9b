/** Ordinary files that a person names. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createPlainFile, openPlainFile, readPlainFile } from '../../../src/node/fs/plain-file.ts'

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'peerfold-plain-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

describe('reading', () => {
  test('a file is read whole within its limit, and its absence is no error', async () => {
    const file = join(directory(), 'a')
    expect(await readPlainFile(file, 10)).toBeUndefined()
    writeFileSync(file, 'hello')
    expect(Buffer.from((await readPlainFile(file, 5))!).toString()).toBe('hello')
    await expect(readPlainFile(file, 4)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  })

  test('a large file comes in pieces, with its facts, also through a link', async () => {
    const path = directory()
    const bytes = Buffer.alloc(1_000_000, 3)
    writeFileSync(join(path, 'a'), bytes, { mode: 0o600 })
    symlinkSync('a', join(path, 'link'))
    const file = await openPlainFile(join(path, 'link'))
    expect([file.sizeBytes, file.mode]).toEqual([1_000_000, 0o600])
    const parts: Uint8Array[] = []
    for await (const part of file.content) parts.push(part)
    expect(parts.length).toBeGreaterThan(3)
    expect(Buffer.concat(parts).equals(bytes)).toBe(true)
  })

  test.each([
    { rule: 'a missing file', make: () => {}, code: 'FILE_NOT_FOUND' },
    { rule: 'a directory', make: (path: string) => mkdirSync(path), code: 'KIND_UNSUPPORTED' },
  ])('$rule is $code', async ({ make, code }) => {
    const path = join(directory(), 'x')
    make(path)
    await expect(openPlainFile(path)).rejects.toMatchObject({ code, facts: { path } })
  })
})

describe('writing', () => {
  test('a new file has its content and time, and nothing is beside it', async () => {
    const path = directory()
    await createPlainFile(join(path, 'a'), pieces('hel', 'lo'), 1_500_000_000_000n)
    expect(readFileSync(join(path, 'a'), 'utf8')).toBe('hello')
    expect(statSync(join(path, 'a')).mtimeMs).toBe(1_500_000)
    expect(readdirSync(path)).toEqual(['a'])
  })

  test('an existing file stays as it is', async () => {
    const path = directory()
    writeFileSync(join(path, 'a'), 'mine')
    await expect(createPlainFile(join(path, 'a'), pieces('theirs'))).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    })
    expect(readFileSync(join(path, 'a'), 'utf8')).toBe('mine')
    expect(readdirSync(path)).toEqual(['a'])
  })

  test('somebody else’s partial file stays as it is', async () => {
    const path = directory()
    writeFileSync(join(path, 'a.partial'), 'mine')
    await expect(createPlainFile(join(path, 'a'), pieces('x'))).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    expect(readFileSync(join(path, 'a.partial'), 'utf8')).toBe('mine')
    expect(existsSync(join(path, 'a'))).toBe(false)
  })

  test('content that breaks off leaves nothing', async () => {
    const path = directory()
    async function* broken() {
      yield Buffer.from('half')
      throw new DOMException('gone')
    }
    await expect(createPlainFile(join(path, 'a'), broken())).rejects.toMatchObject({ code: 'IO_ERROR' })
    expect(readdirSync(path)).toEqual([])
  })

  test('a missing directory is said', async () => {
    await expect(createPlainFile(join(directory(), 'no', 'a'), pieces())).rejects.toMatchObject({
      code: 'FOLDER_PATH_MISSING',
    })
  })
})
