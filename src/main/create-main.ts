/**
 * The desktop app, put together: one window, one node, one instance. Promises that nothing of the
 * app starts before the refusals of switches.ts, that sandbox and scheme are set before the first
 * wait, and that the app ends only when its node has. Never imports electron: it is handed in.
 */
import { join } from 'node:path'
import type { NodeReport } from '../node/api/desktop-bridge.ts'
import { WINDOW_READY } from '../node/api/host-messages.ts'
import type { Clock } from '../node/base/clock.ts'
import { jsonLog, type Log } from '../node/base/log.ts'
import { makeWords, type Words } from '../node/words/words.ts'
import { APP_SCHEME, createBundleHandler } from './app-scheme.ts'
import { CHANNELS } from './channels.ts'
import { LINK_SCHEME, linkOf, routeOf } from './deep-link.ts'
import type { ContentsPort, ElectronPort, GoneDetails, WindowPort } from './electron-port.ts'
import { HandOver } from './hand-over.ts'
import { createIpc, folderAndPath, noArguments } from './ipc.ts'
import { createLogFile } from './log-file.ts'
import { menuTemplate } from './menu.ts'
import { EXTERNAL_HOSTS, guardContents } from './navigation.ts'
import { forkNode } from './node-process.ts'
import { SCHEME } from './own-page.ts'
import { denyEverything } from './permissions.ts'
import { ReloadBudget } from './renderer-care.ts'
import { Supervisor } from './supervisor.ts'
import { startRefusal } from './switches.ts'
import { System } from './system.ts'
import { createWindow } from './window.ts'

export interface MainParts {
  /** Arguments after the executable. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly uid: number | undefined
  readonly userName: string
  readonly clock: Clock
  /** Absolute paths of what was built. */
  readonly paths: {
    readonly preload: string
    readonly renderer: string
    readonly node: string
    readonly icon: string
  }
  /** One line for whoever started the app. */
  say(line: string): void
}

export function createMain(electron: ElectronPort, parts: MainParts): void {
  const { app } = electron
  const { argv, uid } = parts
  const refusal = startRefusal({ argv, uid, isPackaged: app.isPackaged })
  if (refusal !== undefined) {
    parts.say(refusal)
    return app.exit(1)
  }
  app.enableSandbox()
  electron.protocol.registerSchemesAsPrivileged([APP_SCHEME])
  // The instance that has the lock shows its window and takes our link from our arguments.
  if (!app.requestSingleInstanceLock()) return app.quit()
  new Desktop(electron, parts).begin()
}

class Desktop {
  readonly #electron: ElectronPort
  readonly #parts: MainParts
  readonly #log: Log
  readonly #words: Words
  readonly #supervisor: Supervisor
  readonly #handOver: HandOver
  readonly #system: System
  readonly #reloads = new ReloadBudget()
  #window: WindowPort | undefined
  /** Where the next window begins; a link may come before there is one. */
  #route: string | undefined
  #phase: 'starting' | 'running' | 'quitting' | 'ended' = 'starting'
  /** Somebody started the app while it was ending. */
  #again = false

  constructor(electron: ElectronPort, parts: MainParts) {
    const { clock, env, paths } = parts
    const logPath = join(electron.app.getPath('logs'), 'peerfold.log')
    const writeLog = createLogFile(logPath)
    this.#electron = electron
    this.#parts = parts
    this.#log = jsonLog(
      (line) => writeLog(`${line}\n`),
      'info',
      () => clock.nowMs(),
      { process: 'main' },
    )
    const fork = { utilityProcess: electron.utilityProcess, log: this.#log, writeLog }
    this.#words = makeWords({ locale: 'en', times: 'near', isolateNames: false, nowMs: () => clock.nowMs() })
    this.#supervisor = new Supervisor(
      { clock, log: this.#log, fork: (listeners) => forkNode(fork, { entry: paths.node, env }, listeners) },
      { logPath },
    )
    const { platform } = parts
    this.#system = new System({
      electron,
      supervisor: this.#supervisor,
      words: this.#words,
      log: this.#log,
      platform,
    })
    this.#handOver = new HandOver(this.#supervisor, { name: parts.userName, role: 'owner' })
  }

  begin(): void {
    const { app } = this.#electron
    this.#openLink(this.#parts.argv)
    this.#listenToApp()
    if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME)
    // Nothing above waits: sandbox and scheme have to be set before the app is ready.
    app
      .whenReady()
      .then(() => this.#ready())
      .catch((error: unknown) => this.#giveUp(error))
  }

  #ready(): void {
    if (this.#phase !== 'starting') return
    const { session, protocol, app } = this.#electron
    denyEverything(session.defaultSession)
    protocol.handle(SCHEME, createBundleHandler(this.#parts.paths.renderer))
    this.#serveWindow()
    this.#electron.setApplicationMenu(
      menuTemplate({ platform: this.#parts.platform, isPackaged: app.isPackaged }, this.#words.text, {
        restartNode: () => this.#supervisor.retry(),
        tellAboutKeys: () => void (this.#window && this.#system.tellAboutKeys(this.#window)),
      }),
    )
    this.#phase = 'running'
    this.#supervisor.onReport((report) => this.#toWindow(CHANNELS.node, report))
    this.#supervisor.start()
    this.#openWindow()
    void this.#system.warnOfPlainKeyStore()
  }

  #giveUp(error: unknown): void {
    this.#log.error('the desktop app cannot start', { error })
    this.#parts.say('The desktop window cannot start; see the log.')
    this.#electron.app.exit(1)
  }

  // ---- the app's life ------------------------------------------------------------------------

  #listenToApp(): void {
    const { app } = this.#electron
    app.on('second-instance', (_event, argv) => this.#startedAgain(argv))
    app.on('open-url', (event, url) => {
      event.preventDefault()
      this.#startedAgain([url])
    })
    app.on('activate', () => this.#startedAgain([]))
    // There is no tray yet that would keep the app at hand: without a window it ends.
    app.on('window-all-closed', () => app.quit())
    app.on('before-quit', (event) => this.#quit(event))
    app.on('web-contents-created', (_event, contents) =>
      guardContents(contents, { hosts: EXTERNAL_HOSTS, open: (url) => void this.#system.openExternal(url) }),
    )
    app.on('render-process-gone', (_event, contents, details) => this.#pageDied(contents, details))
    app.on('child-process-gone', (_event, details) =>
      this.#log.warn('a process of the app ended', facts(details)),
    )
  }

  #startedAgain(argv: readonly string[]): void {
    this.#openLink(argv)
    if (this.#phase === 'quitting') this.#again = true
    if (this.#phase === 'running') this.#openWindow()
  }

  #openLink(argv: readonly string[]): void {
    const link = linkOf(argv)
    if (link) this.#route = routeOf(link)
  }

  #quit(event: { preventDefault(): void }): void {
    if (this.#phase === 'ended') return
    event.preventDefault()
    if (this.#phase === 'quitting') return
    this.#phase = 'quitting'
    void this.#supervisor.quit().then(() => {
      this.#phase = 'ended'
      if (this.#again) this.#electron.app.relaunch()
      this.#electron.app.quit()
    })
  }

  #pageDied(contents: ContentsPort, details: GoneDetails): void {
    this.#log.error('the page of the window died', facts(details))
    this.#handOver.forget(contents.id)
    if (details.reason === 'clean-exit' || contents.isDestroyed()) return
    if (this.#reloads.spend(this.#parts.clock.monotonicMs())) contents.reload()
    else this.#log.error('the page dies again and again and is not loaded any more')
  }

  // ---- the window ----------------------------------------------------------------------------

  /** Shows the window, making it if need be, where the last link wanted it. */
  #openWindow(): void {
    const route = this.#route
    this.#route = undefined
    const open = this.#window
    if (open === undefined) return this.#makeWindow(route)
    if (open.isMinimized()) open.restore()
    open.show()
    open.focus()
    if (route !== undefined) this.#toWindow(CHANNELS.show, route)
  }

  #makeWindow(route: string | undefined): void {
    const { app } = this.#electron
    const window = createWindow(
      { ...this.#electron, clock: this.#parts.clock },
      {
        preload: this.#parts.paths.preload,
        // A package brings its icon to the system; a checkout shows it itself.
        icon: app.isPackaged ? undefined : this.#parts.paths.icon,
        version: app.getVersion(),
        isPackaged: app.isPackaged,
        placeFile: join(app.getPath('userData'), 'window.json'),
        route,
        onReady: () => this.#parts.say(WINDOW_READY),
      },
    )
    const { id } = window.webContents
    this.#window = window
    window.on('closed', () => {
      this.#handOver.forget(id)
      this.#window = undefined
    })
  }

  #toWindow(channel: string, message: NodeReport | string): void {
    const contents = this.#window?.webContents
    if (contents && !contents.isDestroyed()) contents.send(channel, message)
  }

  #serveWindow(): void {
    const isOurs = (contents: ContentsPort): boolean => contents.id === this.#window?.webContents.id
    const ipc = createIpc({ ipcMain: this.#electron.ipcMain, log: this.#log, isOurs })
    ipc.handle(CHANNELS.nodeState, noArguments, () => this.#supervisor.report())
    ipc.handle(CHANNELS.startNode, noArguments, () => this.#supervisor.retry())
    ipc.handle(
      CHANNELS.chooseDirectory,
      noArguments,
      () => this.#window && this.#system.chooseDirectory(this.#window),
    )
    ipc.handle(CHANNELS.showFile, folderAndPath, ({ folder, path }) => this.#system.showFile(folder, path))
    ipc.onPort(CHANNELS.connect, (port, contents) => this.#handOver.take(port, contents.id))
  }
}

function facts({ reason, exitCode, type }: GoneDetails & { readonly type?: string }) {
  return { reason, exitCode, type }
}
