/** The demonstration as a newcomer runs it, in a real process. Promises that it and its nodes end with the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ROOT } from '../architecture/read-sources.ts'

export interface Demo {
  readonly child: ChildProcess
  readonly said: () => string
  /** Directory that holds folders and homes. */
  readonly base: () => string
  readonly nodes: () => number[]
  readonly ended: Promise<{ code: number | null; out: string; err: string }>
}

/** What "npm start -- --demo" runs, with the temporary directory to itself. */
export function runDemo(): Demo {
  const temporary = mkdtempSync(join(tmpdir(), 'peerfold-demo-test-'))
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  const [, ...args] = scripts.start.split(' ')
  const child = spawn(process.execPath, [...args, '--demo'], {
    cwd: ROOT,
    // Nobody's browser is opened by a test.
    env: { ...process.env, TMPDIR: temporary, PEERFOLD_UI: 'none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, out, err })),
  )
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(temporary, { recursive: true, force: true, maxRetries: 20 })
  })
  const base = (): string => join(temporary, readdirSync(temporary)[0] ?? '')
  const pidOf = (name: string): number =>
    (JSON.parse(readFileSync(join(base(), `home-${name}`, 'api.json'), 'utf8')) as { pid: number }).pid
  return { child, said: () => out, base, nodes: () => ['laptop', 'desktop'].map(pidOf), ended }
}
