/**
 * What of Electron is used, and nothing more. Promises that every other file of main can be run
 * against a small imitation; index.ts hands in the real one, and the compiler compares the two.
 * Never imports electron, not even its types.
 */

export interface Preventable {
  preventDefault(): void
}

/** Device-independent pixels. */
export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface FramePort {
  readonly url: string
  /** null for the main frame of a window. */
  readonly parent: FramePort | null
}

type Navigating = Preventable & { readonly url: string }

export interface ContentsPort {
  readonly id: number
  send(channel: string, ...args: unknown[]): void
  isDestroyed(): boolean
  reload(): void
  setWindowOpenHandler(handler: (details: { url: string }) => { action: 'deny' }): void
  on(event: 'will-navigate', listener: (details: Navigating) => void): unknown
  on(event: 'will-redirect', listener: (details: Navigating) => void): unknown
  on(event: 'will-frame-navigate', listener: (details: Navigating) => void): unknown
  on(event: 'will-attach-webview', listener: (event: Preventable) => void): unknown
}

export interface GoneDetails {
  readonly reason: string
  readonly exitCode: number
}

export interface AppPort {
  readonly isPackaged: boolean
  enableSandbox(): void
  requestSingleInstanceLock(): boolean
  setAsDefaultProtocolClient(protocol: string): boolean
  whenReady(): Promise<void>
  getVersion(): string
  getPath(name: 'userData' | 'logs'): string
  quit(): void
  /** Starts the app once more when it has ended. */
  relaunch(): void
  exit(code?: number): void
  on(event: 'second-instance', listener: (event: unknown, argv: string[]) => void): unknown
  on(event: 'open-url', listener: (event: Preventable, url: string) => void): unknown
  on(event: 'window-all-closed', listener: () => void): unknown
  on(event: 'before-quit', listener: (event: Preventable) => void): unknown
  on(event: 'activate', listener: () => void): unknown
  on(event: 'web-contents-created', listener: (event: unknown, contents: ContentsPort) => void): unknown
  on(
    event: 'render-process-gone',
    listener: (event: unknown, contents: ContentsPort, details: GoneDetails) => void,
  ): unknown
  on(
    event: 'child-process-gone',
    listener: (event: unknown, details: GoneDetails & { readonly type: string }) => void,
  ): unknown
}

export interface WindowOptions {
  x?: number
  y?: number
  width: number
  height: number
  minWidth: number
  minHeight: number
  title: string
  icon?: string
  show: boolean
  autoHideMenuBar: boolean
  webPreferences: {
    preload: string
    contextIsolation: boolean
    sandbox: boolean
    webSecurity: boolean
    nodeIntegration: boolean
    nodeIntegrationInWorker: boolean
    nodeIntegrationInSubFrames: boolean
    devTools: boolean
    spellcheck: boolean
    additionalArguments: string[]
  }
}

export interface WindowPort {
  readonly webContents: ContentsPort
  loadURL(url: string): Promise<void>
  show(): void
  focus(): void
  restore(): void
  maximize(): void
  isMinimized(): boolean
  isMaximized(): boolean
  isDestroyed(): boolean
  getNormalBounds(): Bounds
  on(event: 'closed', listener: () => void): unknown
  on(event: 'close', listener: () => void): unknown
  on(event: 'resize', listener: () => void): unknown
  on(event: 'move', listener: () => void): unknown
  once(event: 'ready-to-show', listener: () => void): unknown
}

/** One end of a message channel, in main. */
export interface PortMain {
  close(): void
}

export interface IpcEvent {
  readonly sender: ContentsPort
  /** null when the frame is gone or navigated since it spoke. */
  readonly senderFrame: FramePort | null
}

export interface IpcMainPort {
  handle(channel: string, listener: (event: IpcEvent, ...args: unknown[]) => Promise<unknown> | unknown): void
  on(channel: string, listener: (event: IpcEvent & { readonly ports: PortMain[] }) => void): unknown
}

export interface UtilityPort {
  /** undefined before it runs and after it ended. */
  readonly pid: number | undefined
  readonly stdout: NodeJS.ReadableStream | null
  readonly stderr: NodeJS.ReadableStream | null
  postMessage(message: unknown, transfer?: PortMain[]): void
  /** Asks, on POSIX by SIGTERM. */
  kill(): boolean
  /** V8 gives up; 'exit' follows. Without a listener it would be thrown here. */
  on(event: 'error', listener: (type: string, location: string) => void): unknown
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
}

export interface ForkOptions {
  serviceName: string
  stdio: 'pipe'
  env: Record<string, string>
}

export interface SessionPort {
  setPermissionRequestHandler(
    handler: (contents: unknown, permission: string, answer: (granted: boolean) => void) => void,
  ): void
  setPermissionCheckHandler(handler: () => boolean): void
  setDevicePermissionHandler(handler: () => boolean): void
  on(event: 'will-download', listener: (event: Preventable) => void): unknown
}

export interface MenuItem {
  label?: string
  role?:
    | 'appMenu'
    | 'editMenu'
    | 'windowMenu'
    | 'close'
    | 'quit'
    | 'reload'
    | 'resetZoom'
    | 'toggleDevTools'
    | 'togglefullscreen'
    | 'zoomIn'
    | 'zoomOut'
  type?: 'separator'
  click?: () => void
  submenu?: MenuItem[]
}

export interface ElectronPort {
  readonly app: AppPort
  readonly BrowserWindow: new (options: WindowOptions) => WindowPort
  readonly ipcMain: IpcMainPort
  readonly protocol: {
    registerSchemesAsPrivileged(
      schemes: {
        scheme: string
        privileges: { standard: boolean; secure: boolean; supportFetchAPI: boolean }
      }[],
    ): void
    handle(scheme: string, handler: (request: Request) => Promise<Response>): void
  }
  readonly session: { readonly defaultSession: SessionPort }
  readonly utilityProcess: { fork(modulePath: string, args: string[], options: ForkOptions): UtilityPort }
  readonly dialog: {
    showOpenDialog(
      window: WindowPort,
      options: { title: string; defaultPath: string; properties: ('openDirectory' | 'createDirectory')[] },
    ): Promise<{ canceled: boolean; filePaths: string[] }>
    showMessageBox(
      window: WindowPort,
      options: { type: 'info' | 'warning'; message: string; detail: string },
    ): Promise<unknown>
  }
  readonly shell: {
    openExternal(url: string): Promise<void>
    showItemInFolder(path: string): void
  }
  readonly safeStorage: {
    isAsyncEncryptionAvailable(): Promise<boolean>
    /** Linux only. */
    getSelectedStorageBackend(): string
  }
  readonly screen: { getAllDisplays(): { readonly workArea: Bounds }[] }
  setApplicationMenu(template: MenuItem[]): void
}
