/** The entry of the command line as real processes, run by this Node and by an older one. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../architecture/read-sources.ts'
import { serveFake, TOKEN } from '../support/api-server.ts'

const ENTRY = join(ROOT, 'src/node/cli/peerfold.js')
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }

/** The first Node on the path that is too old to run the sources. */
function olderNode(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, 'node'))
  return places.find((place) => {
    try {
      const major = Number(/^v(\d+)/.exec(execFileSync(place, ['--version'], { encoding: 'utf8' }))?.[1])
      return major >= 14 && major < 24
    } catch {
      return false // No Node here.
    }
  })
}

interface Ended {
  code: number | null
  signal: string | null
  out: string
  err: string
}

function run(node: string, ...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(node, [ENTRY, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, out, err })),
  )
  return { child, ended }
}

/** A home whose node answers "stop" and never ends: a command that takes long. */
async function homeThatStopsForEver() {
  const served = await serveFake()
  const home = mkdtempSync(join(tmpdir(), 'peerfold-entry-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  writeFileSync(join(home, 'api.json'), JSON.stringify({ url: served.url, token: TOKEN, pid: process.pid }))
  return { home, node: served.node }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const runners = [
  { by: 'this Node', node: () => process.execPath },
  { by: 'an older Node', node: olderNode },
]

describe.each(runners)('run by $by', ({ node: find }) => {
  const node = find()

  test('the version, results, errors and exit codes come through', async ({ skip }) => {
    if (!node) skip(true, 'there is no older Node on this machine')
    expect(await run(node!, '--version').ended).toEqual({
      code: 0,
      signal: null,
      out: `${version}\n`,
      err: '',
    })
    const failed = await run(node!, 'status', '--home', '/nowhere', '--json').ended
    expect([failed.code, failed.out]).toEqual([5, ''])
    expect(JSON.parse(failed.err)).toMatchObject({ error: { code: 'DAEMON_UNREACHABLE' } })
  })

  test('a command that only waits does not end in the middle of it, and a signal ends it', async ({
    skip,
  }) => {
    if (!node) skip(true, 'there is no older Node on this machine')
    const { home, node: served } = await homeThatStopsForEver()
    const { child, ended } = run(node!, 'stop', '--home', home)
    await expect.poll(() => served.calls, { timeout: 10_000 }).toContain('stop')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM' })
  })
})

test('killing the outer process outright does not leave the inner one behind', async ({ skip }) => {
  const node = olderNode()
  if (!node) skip(true, 'there is no older Node on this machine')
  if (process.platform !== 'linux') skip(true, 'child processes are read from /proc')
  const { home, node: served } = await homeThatStopsForEver()
  const { child, ended } = run(node!, 'stop', '--home', home)
  await expect.poll(() => served.calls, { timeout: 10_000 }).toContain('stop')
  const inner = childrenOf(child.pid!)
  expect(inner).toHaveLength(1)
  child.kill('SIGKILL')
  await ended
  await expect.poll(() => isAlive(inner[0]!), { timeout: 10_000 }).toBe(false)
})

test('a reader that goes away ends the program quietly', async () => {
  const { child, ended } = run(process.execPath, '--help')
  child.stdout!.destroy()
  expect(await ended).toMatchObject({ err: '' })
})
