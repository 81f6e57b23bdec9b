/**
 * What a page sees of the desktop. Promises `window.desktop` with named functions and nothing
 * else, no objects of Electron in or out, and that a port for RPC reaches main. Never hands out
 * ipcRenderer. Runs in the sandbox: no Node, no modules at run time.
 */
import type { DesktopBridge, NodeReport } from '../node/api/desktop-bridge.ts'
import { CHANNELS, type IpcAnswer } from './channels.ts'

type Heard = (event: unknown, ...args: unknown[]) => void
/** A MessagePort of the page; nothing is done with it but passing it on. */
type PagePort = object

/** What of Electron a preload uses. */
export interface PreloadElectron {
  readonly contextBridge: { exposeInMainWorld(name: string, api: unknown): void }
  readonly ipcRenderer: {
    invoke(channel: string, ...args: unknown[]): Promise<unknown>
    postMessage(channel: string, message: unknown, transfer?: PagePort[]): void
    on(channel: string, listener: Heard): unknown
    removeListener(channel: string, listener: Heard): unknown
  }
  readonly webUtils: { getPathForFile(file: File): string }
}

export interface PreloadFacts {
  readonly platform: string
  readonly version: string
}

/** What of the page's window is used; the real one fits. */
export interface PageWindow {
  readonly location: { hash: string }
  addEventListener(
    type: 'message',
    listener: (event: {
      readonly source: unknown
      readonly data: unknown
      readonly ports: readonly PagePort[]
    }) => void,
  ): void
}

export function exposeDesktop(electron: PreloadElectron, page: PageWindow, facts: PreloadFacts): void {
  electron.contextBridge.exposeInMainWorld('desktop', createBridge(electron, facts))
  passPortsOn(electron, page)
  electron.ipcRenderer.on(CHANNELS.show, (_event, route: unknown) => {
    if (typeof route === 'string') page.location.hash = route
  })
}

function createBridge(electron: PreloadElectron, { platform, version }: PreloadFacts): DesktopBridge<File> {
  const { ipcRenderer, webUtils } = electron
  const ask = async (channel: string, ...args: unknown[]): Promise<unknown> => {
    const answer = (await ipcRenderer.invoke(channel, ...args)) as IpcAnswer
    if (!answer.ok) throw new Error(answer.code)
    return answer.value
  }
  return {
    platform,
    version,
    pathForFile: (file) => webUtils.getPathForFile(file),
    chooseDirectory: async () => (await ask(CHANNELS.chooseDirectory)) as string | undefined,
    showFile: async (folder, path) => void (await ask(CHANNELS.showFile, folder, path)),
    startNode: async () => void (await ask(CHANNELS.startNode)),
    onNode: (listener) => {
      let fresh = true
      const tell = (report: unknown): void => listener((report as NodeReport).state, report as NodeReport)
      const hear: Heard = (_event, report) => {
        fresh = false
        tell(report)
      }
      ipcRenderer.on(CHANNELS.node, hear)
      // What was told meanwhile is newer than this answer, whenever it arrives.
      const tellFirst = (report: unknown): void => {
        if (fresh) tell(report)
      }
      ask(CHANNELS.nodeState).then(tellFirst, () => {})
      return () => {
        fresh = false
        ipcRenderer.removeListener(CHANNELS.node, hear)
      }
    },
  }
}

/** A port cannot cross the context bridge; a message of the page to itself can carry it. */
function passPortsOn({ ipcRenderer }: PreloadElectron, page: PageWindow): void {
  page.addEventListener('message', (event) => {
    if (event.source !== page || event.data !== CHANNELS.connect) return
    const [port, ...more] = event.ports
    if (port !== undefined && more.length === 0) ipcRenderer.postMessage(CHANNELS.connect, null, [port])
  })
}
