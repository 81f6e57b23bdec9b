/**
 * The desktop's window without Electron: the built preload runs in the page against an imitation of
 * what Electron gives it, and this process stands in for main, handing the page's ports to a real
 * node over the channel it was started with. Promises that the page cannot tell the difference as
 * far as window.desktop and its ports go. Never serves anything by HTTP but the built files.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, Page } from '@playwright/test'
import { CHANNELS, type IpcAnswer } from '../../../src/main/channels.ts'
import { HandOver } from '../../../src/main/hand-over.ts'
import { CONTENT_SECURITY_POLICY } from '../../../src/node/api/content-security-policy.ts'
import type { NodeReport } from '../../../src/node/api/desktop-bridge.ts'
import type { HostMessage } from '../../../src/node/api/host-messages.ts'
import { contentTypeOf } from '../../../src/node/api/static-path.ts'
import { VirtualPorts } from '../../../src/node/api/virtual-ports.ts'
import { ROOT } from '../../architecture/read-sources.ts'
import type { RealNode } from '../../support/real-nodes.ts'
import { type Opened, openWindow, type WindowSettings } from './browser.ts'
import { imitateElectron, type PageEnd } from './electron-in-page.ts'

/** Stands for app://bundle, which only Electron knows. */
const BUNDLE = 'https://bundle.test'
const PRELOAD = 'dist/preload/preload.cjs'
/** There is one window. */
const CONTENTS = 1

export interface DesktopWindow extends Opened {
  /** Tells the window of the node's new life; its death is told by itself. */
  nodeIsBack(): void
}

/** Opens the desktop's window on a node that was started as its child. */
export async function openDesktopWindow(
  node: RealNode,
  settings: WindowSettings = {},
): Promise<DesktopWindow> {
  let main: MainDouble | undefined
  const opened = await openWindow({
    ...settings,
    prepare: async (context, page) => {
      await settings.prepare?.(context, page)
      await serveBundle(context)
      main = new MainDouble(page, node)
      await main.attach()
    },
  })
  await opened.page.goto(`${BUNDLE}/`)
  return { ...opened, nodeIsBack: () => main?.follow() }
}

async function serveBundle(context: BrowserContext): Promise<void> {
  await context.route(`${BUNDLE}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1) || 'index.html'
    const path = join(ROOT, 'dist/renderer', name)
    if (!existsSync(path)) return route.fulfill({ status: 404 })
    await route.fulfill({
      body: readFileSync(path),
      contentType: contentTypeOf(name),
      headers: { 'content-security-policy': CONTENT_SECURITY_POLICY },
    })
  })
}

/** A port of the page, on its way through this process. */
class PagePort {
  readonly #tell: (data: string) => void
  #forward: ((data: string) => void) | undefined
  #waiting: string[] = []

  constructor(tell: (data: string) => void) {
    this.#tell = tell
  }

  fromPage(data: string): void {
    if (this.#forward) this.#forward(data)
    else this.#waiting.push(data)
  }

  toPage(data: string): void {
    this.#tell(data)
  }

  connect(forward: (data: string) => void): void {
    this.#forward = forward
    for (const data of this.#waiting.splice(0)) forward(data)
  }

  close(): void {
    this.#forward = () => {}
  }
}

/** What main does for a window, without windows. */
class MainDouble {
  readonly #page: Page
  readonly #node: RealNode
  readonly #pagePorts = new Map<number, PagePort>()
  readonly #listeners: ((report: NodeReport) => void)[] = []
  readonly #handOver: HandOver
  /** Of the node's present life; undefined while there is none. */
  #nodePorts: VirtualPorts | undefined

  constructor(page: Page, node: RealNode) {
    this.#page = page
    this.#node = node
    this.#handOver = new HandOver(
      {
        connect: (message, port) => this.#connect(message, port as PagePort),
        onReport: (listener) => void this.#listeners.push(listener),
      } as ConstructorParameters<typeof HandOver>[0],
      { name: 'local', role: 'owner' },
    )
  }

  async attach(): Promise<void> {
    await this.#page.exposeBinding('askMain', (_source, channel: string): IpcAnswer => this.#answer(channel))
    await this.#page.exposeBinding('portToMain', (_source, port: number, data: string | null) =>
      this.#hear(port, data),
    )
    const preload = readFileSync(join(ROOT, PRELOAD), 'utf8')
    const process = `{ platform: 'linux', argv: ['--peerfold-version=0.1.0'] }`
    await this.#page.addInitScript({
      content: `(function (require, process, module, exports) {${preload}
      })((${imitateElectron.toString()})(), ${process}, { exports: {} }, {})`,
    })
    this.follow()
  }

  /** The node has begun to live. */
  follow(): void {
    const child = this.#node.process
    const ports = new VirtualPorts({ send: (message) => void child.send(message) })
    this.#nodePorts = ports
    child.on('message', (message) => ports.take(message))
    child.once('exit', () => {
      ports.end()
      this.#nodePorts = undefined
      this.#report()
    })
    this.#report()
  }

  #report(): void {
    const report: NodeReport = { state: this.#nodePorts ? 'running' : 'gone' }
    for (const listener of this.#listeners) listener(report)
    this.#toPage('main', CHANNELS.node, report)
  }

  #answer(channel: string): IpcAnswer {
    if (channel === CHANNELS.nodeState)
      return { ok: true, value: { state: this.#nodePorts ? 'running' : 'gone' } }
    return { ok: false, code: 'FORBIDDEN' }
  }

  /** `null` opens the port. */
  #hear(number: number, data: string | null): void {
    if (data !== null) return this.#pagePorts.get(number)?.fromPage(data)
    const port = new PagePort((text) => this.#toPage('port', number, text))
    this.#pagePorts.set(number, port)
    this.#handOver.take(port, CONTENTS)
  }

  #connect(message: HostMessage, port: PagePort): boolean {
    if (!this.#nodePorts) return false
    const nodePort = this.#nodePorts.open(message)
    nodePort.on('message', ({ data }) => port.toPage(String(data)))
    nodePort.start?.()
    port.connect((data) => nodePort.postMessage(data))
    return true
  }

  /** A window that has gone meanwhile hears nothing. */
  #toPage(kind: 'main' | 'port', address: string | number, value: unknown): void {
    this.#page
      .evaluate(
        ([kind, address, value]) => {
          const { electronEnd } = window as never as { electronEnd: PageEnd }
          if (kind === 'port') electronEnd.fromPort(Number(address), String(value))
          else electronEnd.fromMain(String(address), value)
        },
        [kind, address, value] as const,
      )
      .catch(() => {})
  }
}
