/**
 * Which folder speaks for all of them, where there is room for one sentence. Promises the order of
 * the words (needs you, syncing, waiting, safe), and "safe" only when every folder is. Never makes a
 * verdict: it picks one of those that the node gave.
 */
import type { Phrase } from './status-words.ts'

const URGENCY: readonly Phrase['word'][] = ['needs-you', 'syncing', 'waiting', 'safe']

/** The first of the most urgent; undefined when there are no folders. */
export function mostUrgent<F extends { readonly status: Phrase }>(folders: readonly F[]): F | undefined {
  const rank = (folder: F): number => URGENCY.indexOf(folder.status.word)
  return folders.reduce<F | undefined>(
    (first, folder) => (first === undefined || rank(folder) < rank(first) ? folder : first),
    undefined,
  )
}
