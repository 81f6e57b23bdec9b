/**
 * The catalogue as the command line speaks it: English, whole dates, nothing that a terminal cannot
 * show. Promises one sentence for every status. Never decides what is true: it words what the node
 * said.
 */
import type { FolderView } from '../api/node-port.ts'
import { statusText as statusTextOf } from '../words/status-words.ts'
import { makeWords } from '../words/words.ts'

/** Whole dates do not depend on today. */
export const WORDS = makeWords({ locale: 'en', times: 'full', nowMs: () => 0, isolateNames: false })

/** "Syncing: receiving 3 items, 1.2 MB; waiting: 468 items, 2.1 GB for Laptop, last seen …" */
export function statusText(status: FolderView['status']): string {
  return statusTextOf(WORDS, status)
}
