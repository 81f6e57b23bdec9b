/**
 * What a folder may send and take here: its mode, and the guard against mass changes. Promises plain
 * data and one rule for how much may be destroyed without asking. Never says what happens to a path
 * (withheld.ts does).
 */

/**
 * 'send-only': nothing that others say is carried out here. 'receive-only': what is changed here is not
 * told to the others as ours.
 */
export type FolderMode = 'send-receive' | 'send-only' | 'receive-only'
export const FOLDER_MODES: readonly FolderMode[] = ['send-receive', 'send-only', 'receive-only']

/**
 * How many files one device may delete or rewrite within GUARD_WINDOW_MS: `percent` of what the folder
 * holds, but at least `least` files, and never more than `most`.
 */
export interface Guard {
  readonly percent: number
  readonly least: number
  readonly most: number
}

/**
 * A guess between two wrongs. Asked in vain, a person clicks once; not asked, versions bring everything
 * back for 30 days. So it is made to stay silent in everyday life and to speak before a folder is lost:
 * half of a folder is more than a checkout, a clean-up of photos or an edit of a whole song collection's
 * tags usually touches; a folder emptied, a disk mounted wrongly and a program that encrypts file after
 * file all pass it. Fewer than 200 files are looked through by hand faster than they are asked about.
 * Beyond 20,000 the share no longer matters: nobody rewrites as many by hand within an hour. Content that
 * only moved is not counted, so that renaming a directory of any size asks nobody.
 */
export const DEFAULT_GUARD: Guard = { percent: 50, least: 200, most: 20_000 }

/**
 * The trickle counts together: what pages of an index or hints of a watcher bring one after the other is
 * one change to a person. Ten families of encrypting malware, timed by a security company on some 100,000
 * files, took 42 minutes in the median, so an hour sees most of what one of them does.
 */
export const GUARD_WINDOW_MS = 3_600_000

export interface FolderPolicy {
  readonly mode: FolderMode
  /** Undefined: off. */
  readonly guard: Guard | undefined
}

/** As folders were before they had a policy: nothing is withheld. */
export const FREE_POLICY: FolderPolicy = { mode: 'send-receive', guard: undefined }

/** Files that one device may destroy in a folder of `files`, within the window. */
export function allowedByGuard({ percent, least, most }: Guard, files: number): number {
  return Math.min(most, Math.max(least, Math.floor((files * percent) / 100)))
}
