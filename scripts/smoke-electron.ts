/**
 * What only a real Electron can show. Starts the app on a display, looks at it from outside and
 * inside, and prints a table; exits 1 when a line of it is wrong. Promises to use a home and a
 * profile of its own and to leave none of it behind. Never downloads Electron and never loads its
 * module: the executable is found on the disk.
 *
 *   node scripts/smoke-electron.ts               the built app (npm run build), looked into
 *   node scripts/smoke-electron.ts EXECUTABLE    a packed app, looked at: its fuses let nobody in
 *
 * Linux needs a display (xvfb-run will do) and a user other than root.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { WINDOW_READY } from '../src/node/api/host-messages.ts'
import { findElectron } from '../src/node/cli/launch/find-electron.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const START_MS = 60_000
/** The node has 10 s to stop; the rest is Electron's. */
const STOP_MS = 20_000

/** The parts of Electron that a look from inside uses; its own types would need its module. */
interface Inside {
  readonly app: {
    getAppMetrics(): { readonly name?: string; readonly serviceName?: string; readonly pid: number }[]
    getPath(name: string): string
  }
  readonly BrowserWindow: {
    getAllWindows(): {
      readonly webContents: { getLastWebPreferences(): Record<string, unknown> | null }
      isVisible(): boolean
    }[]
  }
  readonly safeStorage: {
    isAsyncEncryptionAvailable(): Promise<boolean>
    getSelectedStorageBackend(): string
  }
}

interface Row {
  readonly what: string
  readonly right: boolean
  readonly seen: string
}
const rows: Row[] = []

/** Runs one look; what it throws is what was seen. `right` of its answer decides. */
async function look(what: string, see: () => Promise<{ right: boolean; seen?: unknown }>): Promise<void> {
  try {
    const { right, seen = '' } = await see()
    rows.push({ what, right, seen: typeof seen === 'string' ? seen : JSON.stringify(seen) })
  } catch (error) {
    rows.push({
      what,
      right: false,
      seen: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    })
  }
  const row = rows.at(-1)
  console.log(`${row?.right ? 'ok  ' : 'FAIL'}  ${what}${row?.seen ? `  (${row.seen})` : ''}`)
}

const place = mkdtempSync(join(tmpdir(), 'peerfold-smoke-'))
const profile = [`--user-data-dir=${join(place, 'profile')}`]
const env: Record<string, string> = {
  ...(process.env as Record<string, string>),
  PEERFOLD_HOME: join(place, 'home'),
  XDG_CONFIG_HOME: join(place, 'config'),
}
delete env['ELECTRON_RUN_AS_NODE']

try {
  const [packed] = process.argv.slice(2)
  if (process.getuid?.() === 0) throw new Error('not run: the desktop app does not start as root')
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
    throw new Error('not run: no display; xvfb-run gives one')
  if (packed === undefined) await smokeBuilt(await builtExecutable())
  else await smokePacked(packed)
  const wrong = rows.filter(({ right }) => !right).length
  console.log(`\n${rows.length} looks, ${wrong} wrong, on ${process.platform} ${process.arch}`)
  process.exitCode = wrong === 0 && rows.length > 0 ? 0 : 1
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
} finally {
  rmSync(place, { recursive: true, force: true, maxRetries: 5 })
}

async function builtExecutable(): Promise<string> {
  for (const part of ['main/index.js', 'preload/preload.cjs', 'renderer/index.html', 'node/desktop.js'])
    if (!existsSync(join(ROOT, 'dist', part)))
      throw new Error(`not run: dist/${part} is not built (npm run build)`)
  const { resolve } = createRequire(import.meta.url)
  const found = await findElectron(
    {
      resolve: (name) => resolve(name),
      readText: async (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
      exists: async (path) => existsSync(path),
    },
    { platform: process.platform, override: process.env['ELECTRON_OVERRIDE_DIST_PATH'] },
  )
  if (found.kind === 'missing') throw new Error(`not run: ${found.why}`)
  return found.executable
}

// ---- the built app, from inside --------------------------------------------------------------

async function smokeBuilt(executable: string): Promise<void> {
  const app = await _electron.launch({
    executablePath: executable,
    args: [ROOT, ...profile],
    env,
    timeout: START_MS,
  })
  try {
    const page = await app.firstWindow({ timeout: START_MS })
    await lookAtWindow(app, page)
    await lookAtScheme(page)
    await lookAtFence(page)
    await lookAtNode(app, page)
    await look('a second start ends at once and leaves one window', async () => {
      const exit = await exitOf(spawn(executable, [ROOT, ...profile], { env, stdio: 'ignore' }), STOP_MS)
      return {
        right: exit === 0 && app.windows().length === 1,
        seen: { exit, windows: app.windows().length },
      }
    })
  } finally {
    await lookAtEnd(app)
  }
}

async function lookAtWindow(app: ElectronApplication, page: Page): Promise<void> {
  await look('the window shows app://bundle', async () => {
    await page.waitForLoadState('load')
    return { right: page.url().startsWith('app://bundle/'), seen: page.url() }
  })
  await look('it is sandboxed and isolated, as Electron sees it', async () => {
    const seen = await inside(app, ({ BrowserWindow }) => {
      const { sandbox, contextIsolation, nodeIntegration, webSecurity } =
        BrowserWindow.getAllWindows()[0]?.webContents.getLastWebPreferences() ?? {}
      return { sandbox, contextIsolation, nodeIntegration, webSecurity }
    })
    const { sandbox, contextIsolation, nodeIntegration, webSecurity } = seen
    return {
      right: sandbox === true && contextIsolation === true && !nodeIntegration && webSecurity !== false,
      seen,
    }
  })
  await look('the page sees window.desktop, and neither Node nor Electron', async () => {
    const seen = await page.evaluate(() => ({
      desktop: Object.keys((window as never as { desktop: object }).desktop).sort(),
      leaks: ['require', 'process', 'module', 'Buffer', 'ipcRenderer'].filter((name) => name in window),
    }))
    return { right: seen.desktop.length === 7 && seen.leaks.length === 0, seen }
  })
  await look('facts: versions and the key store', async () => ({
    right: true,
    seen: await inside(app, async ({ safeStorage }) => ({
      electron: process.versions['electron'],
      node: process.versions.node,
      keyStore: await safeStorage.isAsyncEncryptionAvailable(),
      backend: process.platform === 'linux' ? safeStorage.getSelectedStorageBackend() : '',
    })),
  }))
}

async function lookAtScheme(page: Page): Promise<void> {
  const fetched = (path: string, method = 'GET') =>
    page.evaluate(
      ([path, method]) =>
        fetch(path, { method }).then(({ status, headers }) => ({
          status,
          policy: headers.get('content-security-policy') ?? '',
        })),
      [path, method] as const,
    )
  await look('app:// serves a page with its content security policy', async () => {
    const { status, policy } = await fetched('/index.html')
    return {
      right: status === 200 && policy.startsWith("default-src 'none'"),
      seen: `${status} ${policy.slice(0, 18)}`,
    }
  })
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%5cpackage.json', '/%00', '/gone.js'])
    await look(`app:// refuses ${path}`, async () => {
      const { status } = await fetched(path)
      return { right: status === 404, seen: String(status) }
    })
  await look('app:// refuses POST', async () => {
    const { status } = await fetched('/index.html', 'POST')
    return { right: status === 404, seen: String(status) }
  })
}

async function lookAtFence(page: Page): Promise<void> {
  await look('window.open opens nothing', async () => ({
    right: await page.evaluate(() => window.open('https://example.org/') === null),
  }))
  await look('a navigation away is prevented', async () => {
    await page.evaluate(() => {
      location.href = 'https://example.org/'
    })
    await sleep(1_000)
    return { right: page.url().startsWith('app://bundle/'), seen: page.url() }
  })
  await look('a permission is denied', async () => {
    const seen = await page.evaluate(() => Notification.requestPermission())
    return { right: seen === 'denied', seen }
  })
}

async function lookAtNode(app: ElectronApplication, page: Page): Promise<void> {
  /** Shown only by a page that has an answer of its node: a fresh home has no folder. */
  const answered = () => page.getByText('No folders yet').first().waitFor({ timeout: START_MS })
  let first: number | undefined
  await look('the page speaks to the node over its port', async () => {
    await answered()
    first = await nodePid(app)
    return { right: first !== undefined, seen: `process ${first}` }
  })
  await look('a killed node is started again, and the page speaks to the new one', async () => {
    if (first === undefined) throw new Error('no node to kill')
    process.kill(first, 'SIGKILL')
    const second = await until(START_MS, async () => {
      const pid = await nodePid(app)
      return pid !== undefined && pid !== first ? pid : undefined
    })
    await answered()
    return { right: true, seen: `process ${second}` }
  })
}

async function lookAtEnd(app: ElectronApplication): Promise<void> {
  await look('closing ends the app and its node in good order', async () => {
    const pid = await nodePid(app)
    const log = join(await inside(app, ({ app }) => app.getPath('logs')), 'peerfold.log')
    await app.close()
    await until(STOP_MS, async () => (pid === undefined || !isAlive(pid) ? true : undefined))
    const ended = readFileSync(log, 'utf8')
      .split('\n')
      .findLast((line) => line.includes('the node process ended'))
    return { right: ended?.includes('"code":0') ?? false, seen: ended ?? 'no line in the log' }
  })
}

function nodePid(app: ElectronApplication): Promise<number | undefined> {
  return inside(
    app,
    ({ app }) =>
      app.getAppMetrics().find(({ name, serviceName }) => [name, serviceName].includes('Peerfold node'))?.pid,
  )
}

/** Evaluated in main; the function is sent as text, so it uses nothing from here. */
function inside<Result>(
  app: ElectronApplication,
  see: (electron: Inside) => Result | Promise<Result>,
): Promise<Result> {
  return app.evaluate(see as never) as Promise<Result>
}

// ---- a packed app, from outside --------------------------------------------------------------

async function smokePacked(executable: string): Promise<void> {
  if (!existsSync(executable)) throw new Error(`not run: there is no ${executable}`)
  await look('a packed app refuses a debugger', async () => {
    const exit = await exitOf(
      spawn(executable, [...profile, '--remote-debugging-port=0'], { env, stdio: 'ignore' }),
      STOP_MS,
    )
    return { right: exit === 1, seen: `exit ${exit}` }
  })
  const app = spawn(executable, profile, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  await look('its window shows', async () => {
    let said = ''
    app.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()))
    await until(START_MS, async () => {
      if (app.exitCode !== null) throw new Error(`it ended with ${app.exitCode}`)
      return said.includes(WINDOW_READY) ? true : undefined
    })
    return { right: true }
  })
  await look('its node runs: bundle and natives load inside Electron', async () => {
    const line = await until(START_MS, async () =>
      logText()
        .split('\n')
        .find((one) => one.includes('node is up')),
    )
    return { right: true, seen: line.slice(0, 60) }
  })
  await look('a second start ends at once', async () => {
    const exit = await exitOf(spawn(executable, profile, { env, stdio: 'ignore' }), STOP_MS)
    return { right: exit === 0, seen: `exit ${exit}` }
  })
  await look('a wish to end ends it, its node first', async () => {
    app.kill('SIGTERM')
    const exit = await exitOf(app, STOP_MS)
    return { right: exit === 0 && logText().includes('the node process ended'), seen: `exit ${exit}` }
  })
  app.kill('SIGKILL')
}

/** Wherever this platform put it below our own places. */
function logText(): string {
  return globSync('**/peerfold.log', { cwd: place })
    .map((file) => readFileSync(join(place, file), 'utf8'))
    .join('\n')
}

// ---- waiting ---------------------------------------------------------------------------------

async function exitOf(child: ChildProcess, limitMs: number): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const [code] = (await Promise.race([
    once(child, 'exit'),
    sleep(limitMs).then(() => {
      child.kill('SIGKILL')
      throw new Error(`not ended after ${limitMs} ms`)
    }),
  ])) as [number | null]
  return code
}

async function until<Result>(limitMs: number, find: () => Promise<Result | undefined>): Promise<Result> {
  const endMs = performance.now() + limitMs
  for (;;) {
    const found = await find()
    if (found !== undefined) return found
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms`)
    await sleep(100)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
