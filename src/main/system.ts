/**
 * What the app asks of the system around it: dialogs, the file manager, the browser, the key
 * store. Promises that nothing here opens a file, and that every sentence comes from the
 * catalogue. Never answers a page itself: ipc.ts has checked who asks, and what.
 */
import { homedir } from 'node:os'
import { PeerfoldError } from '../node/base/errors.ts'
import type { Log } from '../node/base/log.ts'
import type { Words } from '../node/words/words.ts'
import type { ElectronPort, WindowPort } from './electron-port.ts'
import { findKeyStore } from './key-storage.ts'
import { findShownPath } from './show-file.ts'
import type { Supervisor } from './supervisor.ts'

export interface SystemParts {
  readonly electron: Pick<ElectronPort, 'dialog' | 'shell' | 'safeStorage'>
  readonly supervisor: Pick<Supervisor, 'findFolder'>
  readonly words: Words
  readonly log: Log
  readonly platform: string
}

export class System {
  readonly #parts: SystemParts

  constructor(parts: SystemParts) {
    this.#parts = parts
  }

  /** undefined when the person thought better of it. */
  async chooseDirectory(above: WindowPort): Promise<string | undefined> {
    const { electron, words } = this.#parts
    const { canceled, filePaths } = await electron.dialog.showOpenDialog(above, {
      title: words.text('desktop.chooseDirectory'),
      // Electron begins in the downloads, where nobody keeps what is to be synced.
      defaultPath: homedir(),
      properties: ['openDirectory', 'createDirectory'],
    })
    return canceled ? undefined : filePaths[0]
  }

  /** FOLDER_NOT_FOUND, BAD_PATH, FILE_NOT_FOUND, DAEMON_UNREACHABLE, TIMEOUT. */
  async showFile(folder: string, path: string): Promise<void> {
    const { electron, supervisor } = this.#parts
    const root = await supervisor.findFolder(folder)
    if (root === undefined) throw new PeerfoldError('FOLDER_NOT_FOUND', 'there is no such folder', { folder })
    electron.shell.showItemInFolder(await findShownPath(root, path))
  }

  /** The address has been checked. */
  async openExternal(url: string): Promise<void> {
    try {
      await this.#parts.electron.shell.openExternal(url)
    } catch (error) {
      this.#parts.log.warn('the browser did not open', { error })
    }
  }

  async warnOfPlainKeyStore(): Promise<void> {
    if ((await this.#keyStore()) === 'plain')
      this.#parts.log.warn('the key store of this system keeps nothing secret', { backend: 'basic_text' })
  }

  async tellAboutKeys(above: WindowPort): Promise<void> {
    const { electron, words } = this.#parts
    const store = await this.#keyStore()
    await electron.dialog.showMessageBox(above, {
      type: store === 'plain' ? 'warning' : 'info',
      message: words.text('desktop.keys.title'),
      detail: `${words.text('desktop.keys.file')}\n\n${words.text(`desktop.keys.${store}`)}`,
    })
  }

  #keyStore() {
    return findKeyStore(this.#parts.electron.safeStorage, this.#parts.platform)
  }
}
