/**
 * The way to a window on disks that are made up, with real processes in the place of Electron and
 * of its installer. Nothing here can reach Electron's servers: the installers are scripts of ours.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../../src/node/base/clock.ts'
import { WINDOW_READY } from '../../../../src/node/api/host-messages.ts'
import { reasonIn } from '../../../../src/node/cli/launch/download-electron.ts'
import {
  DOWNLOAD_LIMIT_MS,
  type Launch,
  launchDesktop,
  type Launched,
} from '../../../../src/node/cli/launch/launch.ts'
import { manualClock } from '../../../support/manual-clock.ts'

const VERSION = '45.4.1'
const READY = `echo "${WINDOW_READY}"`

/** A checkout with the app built and the package "electron" installed, its executable not. */
class Place {
  readonly root = mkdtempSync(join(tmpdir(), 'peerfold-launch-'))
  env: Record<string, string | undefined> = { DISPLAY: ':0', PATH: process.env['PATH'] }
  uid: number | undefined = 1000
  readonly ending = new AbortController()
  out = ''
  err = ''

  constructor() {
    onTestFinished(() => rmSync(this.root, { recursive: true }))
    this.write('dist/main/index.js', '')
    this.write('node_modules/electron/package.json', JSON.stringify({ version: VERSION }))
    this.installer('process.exit(3) // nobody may run this')
  }

  write(path: string, text: string): string {
    const whole = join(this.root, path)
    mkdirSync(dirname(whole), { recursive: true })
    writeFileSync(whole, text)
    return whole
  }

  /** What stands in for Electron: a shell script. */
  electron(
    script: string,
    { version = VERSION, under = 'node_modules/electron/dist', isWhole = true } = {},
  ): void {
    chmodSync(this.write(`${under}/electron`, `#!/bin/sh\n${script}\n`), 0o755)
    if (version !== '') this.write(`${under}/version`, `v${version}\n`)
    if (isWhole) this.write(`${under}/../path.txt`, 'electron')
  }

  /** What stands in for the package's installer; it leaves a mark when it ran. */
  installer(code: string): void {
    const mark = JSON.stringify(this.mark)
    this.write('node_modules/electron/install.js', `require('node:fs').writeFileSync(${mark}, '')\n${code}\n`)
  }

  get mark(): string {
    return join(this.root, 'installer-ran')
  }

  get installerRan(): boolean {
    return existsSync(this.mark)
  }

  launch(changes: Partial<Launch> = {}): Promise<Launched> {
    return launchDesktop({
      machine: { platform: 'linux', env: this.env, uid: this.uid },
      disk: {
        resolve: (specifier) => {
          const path = join(this.root, 'node_modules', specifier)
          return existsSync(path) ? path : undefined
        },
        readText: async (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
        exists: async (path) => existsSync(path),
      },
      directory: this.root,
      node: process.execPath,
      home: '/the/home',
      clock: systemClock({ keepsAlive: true }),
      signal: this.ending.signal,
      out: (text) => void (this.out += text),
      err: (text) => void (this.err += text),
      ...changes,
    })
  }
}

function whyOf(launched: Launched): string {
  return launched.kind === 'unavailable' ? launched.why : launched.kind
}

test('a window that opens and is closed is all there is, and the app knows its home', async () => {
  const place = new Place()
  place.electron(`${READY}; echo "home $PEERFOLD_HOME, app $1, as node: $ELECTRON_RUN_AS_NODE."`)
  place.env['ELECTRON_RUN_AS_NODE'] = '1'
  expect(await place.launch()).toEqual({ kind: 'closed' })
  expect(place.out).toBe(`home /the/home, app ${place.root}, as node: .\n`)
  expect([place.err, place.installerRan]).toEqual(['', false])
})

test('an app that was open already hands over and ends with 0: nothing else is opened', async () => {
  const place = new Place()
  place.electron('exit 0')
  expect(await place.launch()).toEqual({ kind: 'closed' })
})

test.each([
  { how: 'exit code 7', script: 'echo "cannot open display" >&2; exit 7' },
  { how: 'SIGTRAP', script: 'echo "cannot open display" >&2; kill -TRAP $$' },
])('death before the window is there falls back, and keeps quiet ($how)', async ({ how, script }) => {
  const place = new Place()
  place.electron(script)
  expect(await place.launch()).toEqual({
    kind: 'unavailable',
    why: `Electron ${VERSION} ended before its window was there: ${how}`,
    lastWords: 'cannot open display\n',
  })
  expect(place.err).toBe('')
})

test('death under an open window is an error, not a reason to open a browser', async () => {
  const place = new Place()
  place.electron(`${READY}; kill -SEGV $$`)
  await expect(place.launch()).rejects.toMatchObject({ code: 'INTERNAL', message: /SIGSEGV/ })
})

test('a wish to end is passed on to the app', async () => {
  const place = new Place()
  place.electron(`trap 'exit 0' TERM; ${READY}; echo up; while :; do sleep 0.05; done`)
  const launched = place.launch()
  await expect.poll(() => place.out).toContain('up')
  place.ending.abort()
  expect(await launched).toEqual({ kind: 'closed' })
})

test.each([
  { why: 'no display: DISPLAY and WAYLAND_DISPLAY are unset', env: { DISPLAY: undefined }, uid: 1000 },
  { why: 'Electron does not run as root', env: {}, uid: 0 },
  {
    why: `no Electron ${VERSION} binary; PEERFOLD_NO_DOWNLOAD=1`,
    env: { PEERFOLD_NO_DOWNLOAD: '1' },
    uid: 1000,
  },
  { why: `no Electron ${VERSION} binary; no download in CI`, env: { CI: 'true' }, uid: 1000 },
  {
    why: 'no Electron binary in ELECTRON_OVERRIDE_DIST_PATH (/nowhere)',
    env: { ELECTRON_OVERRIDE_DIST_PATH: '/nowhere' },
    uid: 1000,
  },
])('nothing is downloaded: $why', async ({ why, env, uid }) => {
  const place = new Place()
  Object.assign(place.env, env)
  place.uid = uid
  expect(whyOf(await place.launch())).toBe(why)
  expect([place.installerRan, place.err]).toEqual([false, ''])
})

test('an app that is not built is told before anything is downloaded for it', async () => {
  const place = new Place()
  rmSync(join(place.root, 'dist'), { recursive: true })
  expect(whyOf(await place.launch())).toContain('npm run build')
  expect(place.installerRan).toBe(false)
})

test('without the package there is no window', async () => {
  const place = new Place()
  rmSync(join(place.root, 'node_modules'), { recursive: true })
  expect(whyOf(await place.launch())).toBe('the package "electron" is not installed')
})

test('a missing executable is fetched, and used', async () => {
  const place = new Place()
  const dist = JSON.stringify(join(place.root, 'node_modules/electron/dist'))
  place.installer(`
    const { mkdirSync, writeFileSync } = require('node:fs')
    mkdirSync(${dist}, { recursive: true })
    writeFileSync(${dist} + '/version', ${JSON.stringify(VERSION)})
    writeFileSync(${dist} + '/electron', '#!/bin/sh\\n${READY.replaceAll("'", '')}\\n', { mode: 0o755 })
    writeFileSync(__dirname + '/path.txt', 'electron')
  `)
  expect(await place.launch()).toEqual({ kind: 'closed' })
  expect(place.err).toContain('Fetching Electron')
})

test.each([
  { found: 'version 44.0.0', version: '44.0.0', isWhole: true },
  { found: 'incomplete', version: '', isWhole: true },
  { found: 'incomplete', version: VERSION, isWhole: false },
])('an executable that is $found is fetched anew, and never run', async ({ found, version, isWhole }) => {
  const place = new Place()
  place.electron('touch "$1/electron-ran"', { version, isWhole })
  place.installer('console.error("no space"); process.exit(1)')
  expect(whyOf(await place.launch())).toBe(
    `the Electron binary is ${found}, ${VERSION} is wanted; download failed: no space`,
  )
  expect(existsSync(join(place.root, 'electron-ran'))).toBe(false)
})

test('an executable that somebody put in place is used whatever its version', async () => {
  const place = new Place()
  place.electron(READY, { version: '1.0.0', under: 'own' })
  place.env['ELECTRON_OVERRIDE_DIST_PATH'] = join(place.root, 'own')
  expect(await place.launch()).toEqual({ kind: 'closed' })
})

test('offline, the reason is the one the installer had', async () => {
  const place = new Place()
  // Port 9 of this machine: nobody is there.
  place.installer(
    `fetch('http://127.0.0.1:9/').catch((error) => { console.error(error.stack); process.exit(1) })`,
  )
  expect(whyOf(await place.launch())).toMatch(
    /^no Electron 45\.4\.1 binary; download failed: (fetch failed|bad port)/,
  )
})

test('a mirror that never answers is cut at the limit, and its installer is gone', async () => {
  const sockets: Socket[] = []
  let hungUp = 0
  const mirror = createServer((socket) => {
    sockets.push(socket.resume())
    // A killed process may reset the connection.
    socket.on('error', () => {}).on('close', () => (hungUp += 1))
  })
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    sockets.forEach((socket) => socket.destroy())
    mirror.close()
  })
  const { port } = mirror.address() as AddressInfo
  const place = new Place()
  place.installer(`
    process.on('SIGTERM', () => {}) // deaf to a polite request
    require('node:net').connect(${port}, '127.0.0.1').write('GET / HTTP/1.1\\r\\n\\r\\n')
  `)
  const clock = manualClock()
  const launched = place.launch({ clock })
  await expect.poll(() => sockets.length, { timeout: 10_000 }).toBe(1)
  clock.advance(DOWNLOAD_LIMIT_MS - 1)
  expect(hungUp).toBe(0)
  clock.advance(1)
  expect(whyOf(await launched)).toBe(`no Electron ${VERSION} binary; download failed: no end after 90 s`)
  await expect.poll(() => hungUp, { timeout: 5_000 }).toBe(1)
})

test('Ctrl-C during a download ends it at once', async () => {
  const place = new Place()
  place.installer('process.stdin.resume(); setInterval(() => {}, 1000)')
  const launched = place.launch()
  await expect.poll(() => place.installerRan, { timeout: 10_000 }).toBe(true)
  place.ending.abort()
  expect(whyOf(await launched)).toContain('interrupted')
})

test.each([
  { said: 'TypeError: fetch failed\n    at x', reason: 'fetch failed' },
  { said: '/a/install.js:93\n    throw err\n    ^\n\nError: Not Found\n    at y', reason: 'Not Found' },
  { said: '\n  killed \n', reason: 'killed' },
  { said: '', reason: undefined },
])('the reason in "$said" is $reason', ({ said, reason }) => {
  expect(reasonIn(said)).toBe(reason)
})
