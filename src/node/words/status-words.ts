/**
 * The sentences for a folder's status. Promises one for every reason, with its facts, and a reason
 * of a newer node as it is. Never decides what is true: it words what the node said.
 */
import type { Params, Words } from './words.ts'

type Facts = Readonly<Record<string, string | number>>

/** As the node says it: the word, the code of the cause, its facts. */
export interface Phrase {
  readonly word: 'safe' | 'syncing' | 'waiting' | 'needs-you'
  readonly reason: string
  readonly params: Facts
}

export interface StatusPhrases extends Phrase {
  readonly also?: Phrase | undefined
}

/** "Waiting" */
export function wordText(words: Words, word: Phrase['word']): string {
  return words.text(`status.word.${word}`)
}

/** "468 items, 2.1 GB for Laptop, last seen 10:12" */
export function reasonText(words: Words, { reason, params }: Phrase): string {
  // A reason is a code; anything else that came in its place is no path into the catalogue.
  if (!/^[a-z-]+$/.test(reason)) return reason
  return words.find(`status.reason.${reason}`, paramsOf(words, reason, params)) ?? reason
}

/** "Syncing: receiving 3 items, 1.2 MB; waiting: 468 items, 2.1 GB for Laptop, last seen …" */
export function statusText(words: Words, { also, ...status }: StatusPhrases): string {
  const said = { word: wordText(words, status.word), reason: reasonText(words, status) }
  if (!also) return words.text('status.said', said)
  const alsoWord = wordText(words, also.word).toLowerCase()
  return words.text('status.saidTwice', { ...said, alsoWord, also: reasonText(words, also) })
}

function paramsOf(words: Words, reason: string, params: Facts): Params {
  const figure = (key: string): number => Number(params[key] ?? 0)
  const sinceMs = figure('sinceMs')
  const since = words.text('status.since', { sinceMs, ...(sinceMs === 0 ? { context: 'never' } : {}) })
  const context = reason === 'all-copies-confirmed' && figure('away') > 0 ? { context: 'away' } : {}
  return {
    ...params,
    ...context,
    count: Number(params['items'] ?? params['count'] ?? params['files'] ?? 0),
    bytes: figure('bytes'),
    devices: figure('devices'),
    device: String(params['name'] ?? params['device'] ?? words.text('status.someDevice')),
    since,
  }
}
