/** The sentences for notices. Promises some for every code, that of a newer node included. */
import type { Words } from './words.ts'

interface Said {
  readonly code: string
  readonly folder?: string | undefined
  readonly params: Readonly<Record<string, string | number>>
}

export interface NoticeWords {
  readonly what: string
  /** "" for a code of a newer node. */
  readonly next: string
}

/** `folderName`: what people call the folder; its id where that is not known. */
export function noticeWords(words: Words, notice: Said, folderName = notice.folder): NoticeWords {
  const { code, params } = notice
  const isCode = /^[a-z-]+$/.test(code)
  const what = isCode ? words.find(`notice.what.${code}`, { folder: folderName }) : undefined
  if (what === undefined) return { what: words.text('notice.unknown', { code }), next: '' }
  const kept =
    params['kept'] === undefined ? [] : [words.text('notice.kept', { kept: String(params['kept']) })]
  return { what, next: [words.find(`notice.next.${code}`) ?? '', ...kept].join(' ') }
}
