/**
 * What happened once and a person should know, until the person says that it is known. Promises to keep
 * it across restarts, to say the same thing once, and that nothing leaves the list by itself but what is
 * about a folder that is gone. Never a log: few codes, each worth a person's time, and never the
 * place for a state that lasts (that is the verdict's).
 */
import type { Clock } from '../base/clock.ts'
import { codeOf, PeerfoldError, textOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'

export type NoticeCode =
  | 'index-lost' // folder; kept: name of the file set aside, absent when there was none
  | 'index-set-back' // folder: this device's index is older than what it told, or is a copy
  | 'mark-damaged' // the high-water mark could not be read
  | 'config-put-back' // the configuration is the one before the last change
  | 'notices-lost' // the list could not be read: there may have been others

export interface Notice {
  /** The same for the same code and folder. */
  readonly id: string
  readonly code: NoticeCode
  readonly folder?: string
  /** Wall clock, ms: when it was first met since it was last dismissed. */
  readonly sinceMs: number
  readonly params: Readonly<Record<string, string | number>>
}

/** A small file that knows whether it is whole, replaced durably and in one step. */
export interface NoticeFile {
  read(): Promise<Uint8Array | undefined>
  replace(bytes: Uint8Array): Promise<void>
}

export interface NoticeAbout {
  readonly folder?: string
  readonly params?: Notice['params']
}

export interface Notices {
  /** Oldest first. */
  list(): readonly Notice[]
  has(code: NoticeCode, folder: string): boolean
  /** Listed at once; resolves when it is kept, or could not be for now: then the next change keeps it. */
  add(code: NoticeCode, about?: NoticeAbout): Promise<void>
  /** Resolves when it is gone for good. NOTICE_NOT_FOUND; what the disk throws leaves it in the list. */
  dismiss(id: string): Promise<void>
  /** The folder is gone, and so is what is to be known of it; kept as add() keeps. */
  forgetFolder(folder: string): Promise<void>
}

/** Five codes and thousands of folders are far below; beyond, the oldest give way. */
const LIMIT = 10_000

export async function openNotices(file: NoticeFile, clock: Clock, log: Log): Promise<Notices> {
  const bytes = await file.read()
  let notices = bytes ? decode(bytes) : []
  let writing: Promise<void> = Promise.resolve()

  const write = (): Promise<void> => {
    writing = writing.catch(() => {}).then(() => file.replace(encode(notices)))
    return writing
  }
  const keep = async (): Promise<void> => {
    await write().catch((error: unknown) => {
      log.warn('the notices could not be kept', { code: codeOf(error), reason: textOf(error) })
    })
  }
  return {
    list: () => notices,
    has: (code, folder) => notices.some(({ id }) => id === idOf(code, folder)),
    async add(code, { folder, params = {} } = {}) {
      const id = idOf(code, folder)
      if (notices.some((notice) => notice.id === id)) return
      const sinceMs = Math.trunc(clock.nowMs())
      const added: Notice = { id, code, ...(folder !== undefined && { folder }), sinceMs, params }
      notices = [...notices, added].slice(-LIMIT)
      await keep()
    },
    async dismiss(id) {
      const dismissed = notices.find((notice) => notice.id === id)
      if (!dismissed) throw new PeerfoldError('NOTICE_NOT_FOUND', 'there is no such notice', { notice: id })
      notices = notices.filter((notice) => notice !== dismissed)
      try {
        await write()
      } catch (error) {
        notices = [dismissed, ...notices]
        throw error
      }
    },
    async forgetFolder(folder) {
      const left = notices.filter((notice) => notice.folder !== folder)
      if (left.length === notices.length) return
      notices = left
      await keep()
    },
  }
}

function idOf(code: NoticeCode, folder: string | undefined): string {
  return folder === undefined ? code : `${code}.${folder}`
}

function encode(notices: readonly Notice[]): Uint8Array {
  return Buffer.from(JSON.stringify({ format: 1, notices }))
}

/** Whole, as the file says of itself: what is told apart here is only another format. */
function decode(bytes: Uint8Array): readonly Notice[] {
  const { format, notices } = JSON.parse(Buffer.from(bytes).toString()) as {
    format: number
    notices: readonly Notice[]
  }
  return format === 1 ? notices : []
}
