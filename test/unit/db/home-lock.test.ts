/** One daemon per home, with real processes that really die. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from '../../../src/node/base/errors.ts'
import { lockHome } from '../../../src/node/db/home-lock.ts'

const LOCK_URL = new URL('../../../src/node/db/home-lock.ts', import.meta.url).href
const HOLDER = `
  import { lockHome } from ${JSON.stringify(LOCK_URL)}
  try { await lockHome(process.argv[1]); console.log('locked') } catch (error) { console.log(error.code); process.exit() }
  process.stdin.resume()
`

const failure = (run: Promise<unknown>): Promise<string> => run.then(() => 'no failure', codeOf)

describe('the lock of a home', () => {
  let home: string
  const children: ChildProcess[] = []
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'peerfold-home-'))
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  })

  /** Starts a process that takes the lock and keeps it; its first line says how that went. */
  const holder = async (): Promise<{ child: ChildProcess; says: string }> => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, home], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    children.push(child)
    const [line] = (await once(child.stdout!, 'data')) as [Buffer]
    return { child, says: line.toString().trim() }
  }

  test('is held once, in this process too, and free again after release', async () => {
    const lock = await lockHome(home)
    expect(await failure(lockHome(home))).toBe('ALREADY_RUNNING')
    lock.release()
    lock.release()
    ;(await lockHome(home)).release()
  })

  test('excludes other processes, and is free at once when its process is killed', async () => {
    const { child, says } = await holder()
    expect(says).toBe('locked')
    expect(await failure(lockHome(home))).toBe('ALREADY_RUNNING')
    child.kill('SIGKILL')
    await once(child, 'exit')
    ;(await lockHome(home)).release()
  })

  test('goes to exactly one of many that start together', async () => {
    const started = await Promise.all(Array.from({ length: 5 }, holder))
    const said = started.map(({ says }) => says).sort()
    expect(said).toEqual([...Array.from({ length: 4 }, () => 'ALREADY_RUNNING'), 'locked'])
  })

  test('of a home that does not exist is an I/O error', async () => {
    expect(await failure(lockHome(join(home, 'none')))).toBe('IO_ERROR')
  })
})
