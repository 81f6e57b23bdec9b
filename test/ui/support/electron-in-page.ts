/**
 * What a preload sees of Electron, made inside a page. Promises that ports are transferred, not
 * copied, and that messages keep their order. Runs in the page: it sees nothing of this file's
 * surroundings.
 */

/** What the test's process calls in the page. */
export interface PageEnd {
  fromMain(channel: string, value: unknown): void
  fromPort(port: number, data: string): void
}

interface PageWindow {
  electronEnd: PageEnd
  askMain(channel: string, ...args: unknown[]): Promise<unknown>
  portToMain(port: number, data: string | null): Promise<void>
  /** Where files lie that were dragged in, by name: pathForFile is Electron's own knowledge. */
  pathsOfFiles?: Record<string, string>
}

/** The `require` of the preload. */
export function imitateElectron(): () => unknown {
  type Listener = (event: object, ...args: unknown[]) => void
  const page = window as never as PageWindow & Record<string, unknown>
  const listeners = new Map<string, Set<Listener>>()
  const ports = new Map<number, MessagePort>()
  page.electronEnd = {
    fromMain: (channel, value) => {
      for (const listener of listeners.get(channel) ?? []) listener({}, value)
    },
    fromPort: (port, data) => ports.get(port)?.postMessage(data),
  }
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, api: unknown) => void (page[name] = api) },
    ipcRenderer: {
      invoke: (channel: string, ...args: unknown[]) => page.askMain(channel, ...args),
      postMessage: (_channel: string, _message: unknown, [port]: MessagePort[]) => {
        if (!port) return
        const number = ports.size + 1
        ports.set(number, port)
        void page.portToMain(number, null)
        port.addEventListener('message', ({ data }) => void page.portToMain(number, data as string))
        port.start()
      },
      on: (channel: string, listener: Listener) => {
        listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener))
      },
      removeListener: (channel: string, listener: Listener) => listeners.get(channel)?.delete(listener),
    },
    webUtils: { getPathForFile: (file: File) => page.pathsOfFiles?.[file.name] ?? '' },
  }
  return () => electron
}
