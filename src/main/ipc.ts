/**
 * The one door between a page and main. Promises that nobody is heard but the main frame of
 * app://bundle in a window of ours, that arguments have the shape they should have, and that only
 * codes of the error table go back. Never answers synchronously, never passes a text of an error
 * to a page.
 */
import { codeOf } from '../node/base/errors.ts'
import type { Log } from '../node/base/log.ts'
import type { IpcAnswer } from './channels.ts'
import type { ContentsPort, IpcEvent, IpcMainPort, PortMain } from './electron-port.ts'
import { isTrustedFrame } from './own-page.ts'

/** Returns what it was given, in its own words, or undefined when the shape is wrong. */
export type Check<T> = (args: readonly unknown[]) => T | undefined

export interface Ipc {
  handle<T>(
    channel: string,
    check: Check<T>,
    work: (args: T, sender: ContentsPort) => Promise<unknown> | unknown,
  ): void
  /** One port per message; more or none is refused. */
  onPort(channel: string, take: (port: PortMain, sender: ContentsPort) => void): void
}

export interface IpcParts {
  readonly ipcMain: IpcMainPort
  readonly log: Log
  /** Whether a web contents belongs to a window that we made. */
  isOurs(contents: ContentsPort): boolean
}

export function createIpc({ ipcMain, log, isOurs }: IpcParts): Ipc {
  const isTrusted = (event: IpcEvent, channel: string): boolean => {
    const trusted = isTrustedFrame(event.senderFrame) && isOurs(event.sender)
    if (!trusted) log.warn('a message from a frame that is not ours was refused', { channel })
    return trusted
  }
  return {
    handle: (channel, check, work) =>
      ipcMain.handle(channel, async (event, ...args): Promise<IpcAnswer> => {
        if (!isTrusted(event, channel)) return { ok: false, code: 'FORBIDDEN' }
        const checked = check(args)
        if (checked === undefined) return { ok: false, code: 'BAD_INPUT' }
        try {
          return { ok: true, value: await work(checked, event.sender) }
        } catch (error) {
          const code = codeOf(error)
          if (code === 'INTERNAL')
            log.error('a request of the window failed unexpectedly', { channel, error })
          return { ok: false, code }
        }
      }),
    onPort: (channel, take) =>
      ipcMain.on(channel, (event) => {
        const [port, ...more] = event.ports
        if (port === undefined) return
        if (more.length === 0 && isTrusted(event, channel)) return take(port, event.sender)
        for (const refused of event.ports) refused.close()
      }),
  }
}

// ---- shapes ----------------------------------------------------------------------------------

/** Longer than any path or folder id that a disk takes. */
const TEXT_LIMIT = 32_768

export const noArguments: Check<true> = (args) => (args.length === 0 ? true : undefined)

/** (folder, path) */
export const folderAndPath: Check<{ folder: string; path: string }> = (args) => {
  const [folder, path] = args
  return args.length === 2 && isText(folder) && isText(path) && folder !== '' ? { folder, path } : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_LIMIT
}
