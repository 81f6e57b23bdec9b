/** Nothing but two entries loads electron, nothing weakens its guards, and no import downloads it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf } from '../../architecture/imports.ts'
import { mask } from '../../architecture/mask.ts'
import { readSources, ROOT } from '../../architecture/read-sources.ts'

const ENTRIES = ['src/main/index.ts', 'src/main/preload.ts']

/** Texts, comments and planted breaches in strings do not count. */
function loadsElectron(source: string): boolean {
  const { code } = mask(source)
  const required = [...code.matchAll(/\brequire\s*\(\s*['"]/g)].map((match) =>
    source.slice(match.index + match[0].length),
  )
  return (
    importsOf(source).some(({ specifier }) => specifier?.split('/')[0] === 'electron') ||
    required.some((rest) => /^electron\b/.test(rest))
  )
}

describe('electron', () => {
  const sources = new Map(
    ['src', 'test', 'scripts'].flatMap((folder) => [...readSources(folder, /\.(?:[cm]?[jt]sx?)$/)]),
  )

  test('is loaded by the entries of the window and by no other source, test or script', () => {
    const loading = [...sources].filter(([, text]) => loadsElectron(text)).map(([file]) => file)
    expect(loading).toEqual(ENTRIES)
  })

  test.each([
    `import x from "electron"`,
    `import type { App } from 'electron'`,
    `export { a } from 'electron'`,
    `import x from 'electron/main'`,
    `const x = require('electron')`,
    `await import( 'electron' )`,
  ])('is found in %s', (text) => {
    expect(loadsElectron(text)).toBe(true)
    expect(loadsElectron(JSON.stringify(text))).toBe(false)
  })
})

/** What would undo isolation, sandbox or policy, wherever it stood. */
const WEAKENED: readonly RegExp[] = [
  /\bsandbox\s*:\s*(?:false|!1)\b/,
  /\bcontextIsolation\s*:\s*(?:false|!1)\b/,
  /\bwebSecurity\s*:\s*(?:false|!1)\b/,
  /\bnodeIntegration(?:InWorker|InSubFrames)?\s*:\s*(?:true|!0)\b/,
  /\bwebviewTag\b/,
  /\ballowRunningInsecureContent\b/,
  /\bexperimentalFeatures\b/,
  /\benableBlinkFeatures\b/,
  /\bdisableBlinkFeatures\b/,
  /\bbypassCSP\b/,
  /\benableRemoteModule\b/,
  /\bappendSwitch\b/,
  /\bsendSync\b/,
  /\bsetCertificateVerifyProc\b/,
  /\bopenPath\b/,
  /\bexecuteJavaScript\b/,
  /\bloadFile\b/,
  /\bfile:\/\//,
  /\bgrantFileProtocolExtraPrivileges\s*:\s*true/,
]

function weakenedIn(texts: ReadonlyMap<string, string>): string[] {
  return [...texts].flatMap(([file, text]) =>
    WEAKENED.filter((pattern) => pattern.test(text)).map((pattern) => `${file}: ${pattern}`),
  )
}

describe('weakened guards', () => {
  test('stand nowhere in main', () => {
    const main = readSources('src/main', /\.ts$/)
    expect(main.size).toBeGreaterThan(15)
    // Comments say what is never done; the texts of programs do not.
    const code = new Map(
      [...main].map(([file, text]) => [file, text.replace(/^\s*(?:\/\*\*?|\*|\/\/).*$/gm, '')]),
    )
    expect(weakenedIn(code)).toEqual([])
  })

  test('stand nowhere in what was built of it', ({ skip }) => {
    skip(!existsSync(join(ROOT, 'dist/main/index.js')), 'dist/main is not built here')
    const built = new Map([...readSources('dist/main', /\.js$/), ...readSources('dist/preload', /\.cjs$/)])
    const code = new Map(
      [...built].map(([file, text]) => [file, text.replace(/^\s*(?:\/\*\*?|\*|\/\/).*$/gm, '')]),
    )
    expect(weakenedIn(code)).toEqual([])
  })

  test('are found when they are planted', () => {
    for (const planted of [
      'webPreferences: { sandbox: false }',
      'contextIsolation:!1',
      'nodeIntegrationInWorker: true',
      `app.commandLine.appendSwitch('no-sandbox')`,
      `window.loadURL('file:///index.html')`,
    ])
      expect(weakenedIn(new Map([['a.ts', planted]]))).toHaveLength(1)
  })
})

test('the built preload is one file without modules of Node', ({ skip }) => {
  const built = readSources('dist/preload', /./)
  skip(built.size === 0, 'dist/preload is not built here')
  expect([...built.keys()]).toEqual(['dist/preload/preload.cjs'])
  const required = [...(built.get('dist/preload/preload.cjs') ?? '').matchAll(/\brequire\(([^)]*)\)/g)]
  expect(required.map(([, name]) => name?.replace(/['"`]/g, ''))).toEqual(['electron'])
})

test('importing every part of main downloads nothing and never resolves electron', async () => {
  // A port that was ours a moment ago: whatever tried to download from there would fail loudly.
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const parts = [...readSources('src/main', /\.ts$/).keys()].filter((file) => !ENTRIES.includes(file))
  expect(parts.length).toBeGreaterThan(15)
  const program = `
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve(specifier, context, next) {
        if (/^electron(\\/|$)/.test(specifier)) throw new Error('electron was asked for by ' + context.parentURL)
        return next(specifier, context)
      },
    })
    for (const part of ${JSON.stringify(parts)}) await import(${JSON.stringify(`file://${ROOT}`)} + part)
    process.stdout.write('all imported')
  `
  const downloaded = join(ROOT, 'node_modules/electron/dist')
  const before = existsSync(downloaded)
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: ROOT,
    env: {
      ...process.env,
      ELECTRON_MIRROR: `http://127.0.0.1:${port}/`,
      electron_config_cache: '/nonexistent/cache',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()))
  const [code] = (await once(child, 'close')) as [number]
  expect({ code, out, err }).toEqual({ code: 0, out: 'all imported', err: '' })
  expect(existsSync(downloaded)).toBe(before)
})
