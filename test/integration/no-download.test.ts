/**
 * Nothing downloads Electron unasked. Under Node, loading its package is enough to start a download
 * that blocks; see test/support/electron-mirror.ts for how a run notices.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../architecture/read-sources.ts'
import { type Mirror, openMirror } from '../support/electron-mirror.ts'

async function mirror(): Promise<Mirror> {
  const opened = await openMirror()
  onTestFinished(() => opened.close())
  return opened
}

async function runNode(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.resume()
  const ended = once(child, 'close')
  return { child, said: () => out, ended }
}

test('every process of this run would ask a mirror that is watched', () => {
  expect(process.env['ELECTRON_MIRROR']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  expect(process.env['PEERFOLD_TEST_MIRROR']).toBe('1')
})

test('the watch works: loading the package asks the mirror', async ({ skip }) => {
  skip(existsSync(join(ROOT, 'node_modules/electron/path.txt')), 'Electron is installed: nothing to download')
  const { asked, environment } = await mirror()
  const { ended } = await runNode(['--eval', "require('electron')"], environment)
  expect((await ended)[0]).not.toBe(0)
  expect(asked.join()).toMatch(/electron-v\d+\.\d+\.\d+-\w+-\w+\.zip/)
})

test.each([
  { start: 'where no display is', env: { DISPLAY: '', WAYLAND_DISPLAY: '' } },
  { start: 'where downloads are forbidden', env: { DISPLAY: ':0', PEERFOLD_NO_DOWNLOAD: '1' } },
  { start: 'in CI', env: { DISPLAY: ':0', CI: '1' } },
])('a start $start serves the browser, and asks for nothing', async ({ env }) => {
  const { asked, environment } = await mirror()
  const home = mkdtempSync(join(tmpdir(), 'peerfold-start-'))
  const quiet = { PEERFOLD_HOME: home, PATH: '', ...env, ...environment }
  const { child, said, ended } = await runNode(['src/node/cli/peerfold.js', 'start'], quiet)
  onTestFinished(async () => {
    await ended
    rmSync(home, { recursive: true, force: true })
  })
  await expect.poll(said, { timeout: 60_000 }).toContain('#code=')
  expect(said()).toMatch(
    /^Desktop window unavailable \(.+\)\. (?:Opening|Serving) the browser interface instead\.$/m,
  )
  child.kill('SIGTERM')
  expect((await ended)[0]).toBe(0)
  expect(asked).toEqual([])
})

test('loading the main process, all but its entry, asks for nothing', async () => {
  const { asked, environment } = await mirror()
  const files = globSync('src/main/*.ts', { cwd: ROOT }).filter(
    (path) => !/\/(?:index|preload)\.ts$/.test(path),
  )
  expect(files.length).toBeGreaterThan(3)
  const code = `for (const file of ${JSON.stringify(files)}) await import(${JSON.stringify(ROOT)} + file); console.log('loaded')`
  const { said, ended } = await runNode(['--input-type=module', '--eval', code], environment)
  expect([(await ended)[0], said()]).toEqual([0, 'loaded\n'])
  expect(asked).toEqual([])
})
