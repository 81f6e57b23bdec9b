/**
 * An Electron made of records. Promises to remember what it was given, to send what a test sends,
 * and to do nothing by itself. Never proves anything about the real one: see docs/not-run.md.
 */
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import type {
  Bounds,
  ContentsPort,
  ElectronPort,
  ForkOptions,
  FramePort,
  IpcEvent,
  MenuItem,
  PortMain,
  WindowOptions,
} from '../../src/main/electron-port.ts'
import { START_PAGE } from '../../src/main/own-page.ts'

export interface Sent {
  readonly channel: string
  readonly message: unknown
}

export class FakeContents extends EventEmitter {
  readonly id: number
  readonly sent: Sent[] = []
  mainFrame: FramePort = { url: START_PAGE, parent: null }
  reloads = 0
  destroyed = false
  windowOpen: Parameters<ContentsPort['setWindowOpenHandler']>[0] | undefined

  constructor(id: number) {
    super()
    this.id = id
  }

  send(channel: string, message: unknown): void {
    this.sent.push({ channel, message })
  }
  isDestroyed(): boolean {
    return this.destroyed
  }
  reload(): void {
    this.reloads++
  }
  setWindowOpenHandler(handler: Parameters<ContentsPort['setWindowOpenHandler']>[0]): void {
    this.windowOpen = handler
  }
}

class FakeWindow extends EventEmitter {
  readonly options: WindowOptions
  readonly webContents: FakeContents
  readonly urls: string[] = []
  readonly calls: string[] = []
  bounds: Bounds = { x: 10, y: 20, width: 900, height: 700 }
  minimized = false
  maximized = false

  constructor(options: WindowOptions, contents: FakeContents) {
    super()
    this.options = options
    this.webContents = contents
  }

  async loadURL(url: string): Promise<void> {
    this.urls.push(url)
  }
  show(): void {
    this.calls.push('show')
  }
  focus(): void {
    this.calls.push('focus')
  }
  restore(): void {
    this.calls.push('restore')
  }
  maximize(): void {
    this.maximized = true
  }
  isMinimized(): boolean {
    return this.minimized
  }
  isMaximized(): boolean {
    return this.maximized
  }
  isDestroyed(): boolean {
    return this.webContents.destroyed
  }
  getNormalBounds(): Bounds {
    if (this.isDestroyed()) throw new TypeError('Object has been destroyed')
    return this.bounds
  }

  /** As when a person closes it. */
  close(): void {
    this.emit('close')
    this.webContents.destroyed = true
    this.emit('closed')
  }
}

export class FakePort implements PortMain {
  closed = false
  close(): void {
    this.closed = true
  }
}

/** A forked process; `say` and `exit` are what the process does. */
class FakeUtility extends EventEmitter {
  readonly path: string
  readonly args: readonly string[]
  readonly options: ForkOptions
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly received: { readonly message: unknown; readonly ports: readonly PortMain[] }[] = []
  kills = 0
  /** Nobody's: a test that has it killed must not hit a process. */
  readonly pid = undefined

  constructor(path: string, args: readonly string[], options: ForkOptions) {
    super()
    this.path = path
    this.args = args
    this.options = options
  }

  postMessage(message: unknown, ports: PortMain[] = []): void {
    this.received.push({ message, ports })
  }
  kill(): boolean {
    this.kills++
    return true
  }
  say(message: unknown): void {
    this.emit('message', message)
  }
  exit(code: number): void {
    this.emit('exit', code)
  }
}

class FakeApp extends EventEmitter {
  readonly calls: string[] = []
  readonly paths: Readonly<Record<string, string>>
  readonly ready = Promise.withResolvers<void>()
  isPackaged = false
  /** Whether this instance is the first. */
  hasLock = true

  constructor(directory: string) {
    super()
    this.paths = { userData: directory, logs: `${directory}/logs` }
  }

  enableSandbox(): void {
    this.calls.push('enableSandbox')
  }
  requestSingleInstanceLock(): boolean {
    this.calls.push('requestSingleInstanceLock')
    return this.hasLock
  }
  setAsDefaultProtocolClient(protocol: string): boolean {
    this.calls.push(`setAsDefaultProtocolClient ${protocol}`)
    return true
  }
  whenReady(): Promise<void> {
    return this.ready.promise
  }
  getVersion(): string {
    return '1.2.3'
  }
  getPath(name: string): string {
    return this.paths[name] ?? ''
  }
  quit(): void {
    this.calls.push('quit')
    const event = new FakeEvent()
    this.emit('before-quit', event)
    if (!event.prevented) this.calls.push('ended')
  }
  exit(code = 0): void {
    this.calls.push(`exit ${code}`)
  }
  relaunch(): void {
    this.calls.push('relaunch')
  }
}

/** An event that can be prevented. */
export class FakeEvent {
  readonly url: string
  prevented = false
  constructor(url = '') {
    this.url = url
  }
  preventDefault(): void {
    this.prevented = true
  }
}

class FakeIpcMain extends EventEmitter {
  readonly handlers = new Map<string, (event: IpcEvent, ...args: unknown[]) => unknown>()
  handle(channel: string, listener: (event: IpcEvent, ...args: unknown[]) => unknown): void {
    if (this.handlers.has(channel)) throw new Error(`a second handler for ${channel}`)
    this.handlers.set(channel, listener)
  }
  /** As ipcRenderer.invoke does from that frame. */
  async invoke(event: IpcEvent, channel: string, ...args: unknown[]): Promise<unknown> {
    const handler = this.handlers.get(channel)
    if (!handler) throw new Error(`no handler for ${channel}`)
    return await handler(event, ...args)
  }
}

type PermissionHandler = (contents: unknown, permission: string, answer: (granted: boolean) => void) => void

export class FakeSession extends EventEmitter {
  request: PermissionHandler | undefined
  check: (() => boolean) | undefined
  device: (() => boolean) | undefined
  setPermissionRequestHandler(handler: PermissionHandler): void {
    this.request = handler
  }
  setPermissionCheckHandler(handler: () => boolean): void {
    this.check = handler
  }
  setDevicePermissionHandler(handler: () => boolean): void {
    this.device = handler
  }
}

/** `electron` is what createMain gets; everything else is what a test looks at and pulls. */
export function createFakeElectron(directory: string) {
  const app = new FakeApp(directory)
  const ipcMain = new FakeIpcMain()
  const defaultSession = new FakeSession()
  const windows: FakeWindow[] = []
  const forks: FakeUtility[] = []
  const schemes: unknown[] = []
  const handlers = new Map<string, (request: Request) => Promise<Response>>()
  const menus: MenuItem[][] = []
  const shown: string[] = []
  const opened: string[] = []
  const messages: unknown[] = []
  const chosen = { canceled: false, filePaths: ['/home/anna/Photos'] }
  const keyStore = { available: true, backend: 'gnome_libsecret' }
  const screens: { workArea: Bounds }[] = [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }]

  class BrowserWindow extends FakeWindow {
    constructor(options: WindowOptions) {
      super(options, new FakeContents(windows.length + 1))
      windows.push(this)
      app.emit('web-contents-created', {}, this.webContents)
    }
  }

  const electron: ElectronPort = {
    app,
    BrowserWindow,
    ipcMain,
    protocol: {
      registerSchemesAsPrivileged: (given) => schemes.push(...given),
      handle: (scheme, handler) => handlers.set(scheme, handler),
    },
    session: { defaultSession },
    utilityProcess: {
      fork: (path, args, options) => {
        const child = new FakeUtility(path, args, options)
        forks.push(child)
        return child
      },
    },
    dialog: {
      showOpenDialog: async () => chosen,
      showMessageBox: async (_window, options) => messages.push(options),
    },
    shell: {
      openExternal: async (url) => void opened.push(url),
      showItemInFolder: (path) => shown.push(path),
    },
    safeStorage: {
      isAsyncEncryptionAvailable: async () => keyStore.available,
      getSelectedStorageBackend: () => keyStore.backend,
    },
    screen: { getAllDisplays: () => screens },
    setApplicationMenu: (template) => menus.push(template),
  }
  return {
    ...{ electron, app, ipcMain, session: defaultSession, windows, forks, schemes, handlers, menus },
    ...{ shown, opened, messages, chosen, keyStore, screens },
  }
}

export type FakeElectron = ReturnType<typeof createFakeElectron>
