/** The built entry on an Electron that only notes what it is told: where it looks for the other parts. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../../architecture/read-sources.ts'

const ENTRY = join(ROOT, 'dist/main/index.js')

/** A module called electron, for a Node that has none; it ends the process once the window loads. */
const STAND_IN = `
  import { EventEmitter } from 'node:events'
  const told = { order: [] }
  const note = (name) => told.order.push(name)
  let isReady = false
  export const app = Object.assign(new EventEmitter(), {
    isPackaged: false,
    enableSandbox: () => note('sandbox'),
    requestSingleInstanceLock: () => true,
    setAsDefaultProtocolClient: () => note('links'),
    whenReady: async () => { isReady = true },
    getVersion: () => '1.2.3',
    getPath: () => process.env.SCRATCH,
    exit: (code) => { told.exit = code; end() },
    quit: () => note('quit'),
  })
  const end = () => { process.stdout.write(JSON.stringify(told)); process.exit(0) }
  const afterReady = (name, value) => new Proxy(value, {
    get: (target, key) => { if (!isReady) throw new Error(name + ' before ready'); return target[key] },
  })
  export class BrowserWindow extends EventEmitter {
    webContents = { id: 1, on: () => {}, setWindowOpenHandler: () => {}, isDestroyed: () => false, send: () => {} }
    constructor(options) { super(); told.preload = options.webPreferences.preload; told.icon = options.icon }
    async loadURL(url) { told.url = url; setImmediate(end) }
  }
  export const Menu = { buildFromTemplate: (items) => items, setApplicationMenu: (menu) => { told.menus = menu.length } }
  export const protocol = { registerSchemesAsPrivileged: () => note('scheme'), handle: (scheme, handler) => { told.handler = scheme } }
  export const session = afterReady('session', { defaultSession: {
    setPermissionRequestHandler: () => {}, setPermissionCheckHandler: () => {},
    setDevicePermissionHandler: () => {}, on: () => {},
  } })
  export const screen = afterReady('screen', { getAllDisplays: () => [] })
  export const ipcMain = { handle: () => {}, on: () => {} }
  export const safeStorage = { isAsyncEncryptionAvailable: async () => false, getSelectedStorageBackend: () => '' }
  export const utilityProcess = { fork: (path) => { told.node = path; return Object.assign(new EventEmitter(), { postMessage() {}, kill() {} }) } }
  export const dialog = {}, shell = {}
`

test('finds preload and node beside it, waits for nothing before the sandbox is on, and opens our page', async ({
  skip,
}) => {
  skip(!existsSync(ENTRY), 'dist/main is not built here')
  const scratch = mkdtempSync(join(tmpdir(), 'peerfold-built-'))
  onTestFinished(() => rmSync(scratch, { recursive: true }))
  const program = `
    import { registerHooks } from 'node:module'
    process.getuid = () => 1000
    const source = ${JSON.stringify(STAND_IN)}
    registerHooks({
      resolve: (name, context, next) => name === 'electron' ? { url: 'stand-in:electron', shortCircuit: true } : next(name, context),
      load: (url, context, next) => url === 'stand-in:electron' ? { format: 'module', source, shortCircuit: true } : next(url, context),
    })
    await import(${JSON.stringify(`file://${ENTRY}`)})
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, SCRATCH: scratch },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()))
  await once(child, 'close')
  expect(err).toBe('')
  const told = JSON.parse(out) as Record<string, unknown>
  expect(told).toMatchObject({
    order: ['sandbox', 'scheme'],
    handler: 'app',
    url: 'app://bundle/index.html',
    preload: join(ROOT, 'dist/preload/preload.cjs'),
    node: join(ROOT, 'dist/node/desktop.js'),
  })
  expect(existsSync(told['preload'] as string)).toBe(true)
})
