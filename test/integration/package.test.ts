/**
 * The desktop package, made with a stand-in for Electron, and taken apart again: what of it can be
 * run under Node is run. What only Electron can do with it is on the list of docs/not-run.md.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { isBuiltin } from 'node:module'
import { createInterface } from 'node:readline'
import { extractAll } from '@electron/asar'
import { FuseState, FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { buildWhatIsStale } from '../support/built.ts'
import { packWithStandIn, type Packed } from '../support/electron-stand-in.ts'

const isHere = process.platform === 'linux' && process.arch === 'x64'
/** Bytes. 6.0 MB were measured on 2026-11-20, 2.2 of them the native SQLite; Electron comes on top. */
const LIMIT_BYTES = 9_000_000

let place = ''
let packed: Packed
/** The app as its own files say, native code laid over. */
let extracted = ''

beforeAll(() => {
  if (!isHere) return
  place = mkdtempSync(join(tmpdir(), 'peerfold-package-'))
  buildWhatIsStale()
  packed = packWithStandIn(place)
  extracted = join(place, 'extracted')
  extractAll(join(packed.app, 'resources/app.asar'), extracted)
  cpSync(join(packed.app, 'resources/app.asar.unpacked'), extracted, { recursive: true })
})

afterAll(() => {
  if (place !== '') rmSync(place, { recursive: true })
})

beforeEach(({ skip }) => skip(!isHere, 'the stand-in is for x64 Linux'))

test('the fuses that were asked for can be read back from the packed binary', async () => {
  const wire = await getCurrentFuseWire(join(packed.app, 'peerfold'))
  expect(wire.version).toBe(FuseVersion.V1)
  const blown = (fuse: FuseV1Options): boolean => wire[fuse] === FuseState.ENABLE
  expect({
    runAsNode: blown(FuseV1Options.RunAsNode),
    cookies: blown(FuseV1Options.EnableCookieEncryption),
    nodeOptions: blown(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
    inspect: blown(FuseV1Options.EnableNodeCliInspectArguments),
    integrity: blown(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
    onlyAsar: blown(FuseV1Options.OnlyLoadAppFromAsar),
    snapshot: blown(FuseV1Options.LoadBrowserProcessSpecificV8Snapshot),
    filePrivileges: blown(FuseV1Options.GrantFileProtocolExtraPrivileges),
  }).toEqual({
    runAsNode: false,
    cookies: true,
    nodeOptions: false,
    inspect: false,
    integrity: true,
    onlyAsar: true,
    snapshot: false,
    filePrivileges: false,
  })
})

test('the desktop entry opens the app and its links, and the icons lie where desktops look', () => {
  const lines = packed.desktopEntry.split('\n')
  for (const line of [
    'Name=Peerfold',
    'Exec=/opt/Peerfold/peerfold %U',
    'Icon=peerfold',
    'StartupWMClass=peerfold',
    'MimeType=x-scheme-handler/peerfold;',
    'Categories=Network;FileTransfer;',
  ])
    expect(lines).toContain(line)
  expect(packed.installed).toContain('/usr/share/applications/peerfold.desktop')
  for (const size of [16, 48, 256, 512])
    expect(packed.installed).toContain(`/usr/share/icons/hicolor/${size}x${size}/apps/peerfold.png`)
  // What makes Chromium's sandbox work; it must not be replaced by a script of ours.
  expect(packed.afterInstall).toContain('apparmor')
})

test('there is one native file, no other platform’s, no source and no package that was bundled', () => {
  const files = globSync('**/*', { cwd: extracted }).filter((path) =>
    statSync(join(extracted, path)).isFile(),
  )
  expect(files.filter((path) => path.endsWith('.node'))).toEqual([
    'node_modules/better-sqlite3/prebuilds/linux-x64.node',
  ])
  const packages = files.filter((path) => path.startsWith('node_modules/')).map((path) => path.split('/')[1])
  expect([...new Set(packages)]).toEqual(['better-sqlite3'])
  const strange = files.filter(
    (path) => !/^(?:dist\/(?:main|node|preload|renderer)|node_modules)\/|^package\.json$/.test(path),
  )
  expect(strange).toEqual([])
  expect(files.filter((path) => /\.(?:tsx?|map)$|react-native|made-from/.test(path))).toEqual([])
  const bytes = files.reduce((sum, path) => sum + statSync(join(extracted, path)).size, 0)
  expect(bytes).toBeLessThan(LIMIT_BYTES)
  expect(bytes).toBeGreaterThan(LIMIT_BYTES / 3)
})

test('nothing is imported that is not packed', () => {
  const bundles = globSync('dist/{main,node,preload}/*.{js,cjs}', { cwd: extracted })
  expect(bundles.length).toBeGreaterThan(10)
  const found = bundles.flatMap((path) =>
    packagesIn(readFileSync(join(extracted, path), 'utf8')).map((name) => `${path.split('/')[1]}: ${name}`),
  )
  expect([...new Set(found)].sort()).toEqual(['main: electron', 'node: better-sqlite3', 'preload: electron'])
})

test('the native SQLite loads from the package', () => {
  const code = `
    const Database = require('better-sqlite3')
    console.log(require.resolve('better-sqlite3'), new Database(':memory:').prepare('select 6 * 7 as n').get().n)
  `
  const said = execFileSync(process.execPath, ['--eval', code], { cwd: extracted, encoding: 'utf8' })
  expect(said).toBe(`${join(extracted, 'node_modules/better-sqlite3/lib/index.js')} 42\n`)
})

test('the node of the package starts below a parent, says so, and stops in good order', async () => {
  const home = join(place, 'home')
  const node = spawn(process.execPath, [join(extracted, 'dist/node/desktop.js')], {
    cwd: place,
    env: { ...process.env, PEERFOLD_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const { ended } = watched(node)
  const said = await Promise.race([once(node, 'message'), ended])
  expect(said).toEqual([expect.objectContaining({ kind: 'ready', home }), undefined])
  expect(existsSync(join(home, 'index.db'))).toBe(true)
  node.send({ kind: 'stop' })
  expect(await ended).toMatchObject({ code: 0 })
})

test('the headless node of the package serves the packed screens', async () => {
  const main = JSON.stringify(join(extracted, 'dist/node/main.js'))
  const args = [
    'start',
    '--home',
    join(place, 'headless'),
    '--api',
    '127.0.0.1:0',
    '--no-discovery',
    '--json',
  ]
  const code = `import(${main}).then(({ main }) => main(${JSON.stringify([...args, '--listen', '/ip4/127.0.0.1/tcp/0'])}))`
  const node = spawn(process.execPath, ['--eval', code], { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] })
  const { ended } = watched(node)
  const line = await Promise.race([once(createInterface(node.stdout), 'line'), ended])
  const { url } = JSON.parse(String(line)) as { url: string }
  const page = await fetch(url)
  expect(page.status).toBe(200)
  expect(await page.text()).toBe(readFileSync(join(extracted, 'dist/renderer/index.html'), 'utf8'))
  node.kill('SIGTERM')
  expect(await ended).toMatchObject({ code: 0 })
})

/** Gone with its test; `ended` says with what words. */
function watched(node: ChildProcess) {
  let err = ''
  node.stderr?.on('data', (data: Buffer) => (err += data.toString()))
  const ended = once(node, 'close').then(([code]: unknown[]) => ({ code, err }))
  onTestFinished(async () => {
    node.kill('SIGKILL')
    await ended
  })
  return { ended }
}

/** Names of packages that a bundle imports or requires; Node's own are no packages. */
function packagesIn(code: string): string[] {
  const pattern =
    /^\s*(?:(?:import|export)\b[^'"`;]*?\bfrom\s*|import\s*)["']([^"'.][^"']*)["']|\brequire\(["']([^"'.][^"']*)["']\)/gm
  return [...code.matchAll(pattern)]
    .map(([, imported, required]) => imported ?? required ?? '')
    .filter((name) => !isBuiltin(name))
}
