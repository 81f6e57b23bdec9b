/**
 * What the desktop's main process and its node say to each other besides RPC. Promises plain data
 * that any channel between two processes carries. Never carries keys, file contents or names of
 * people; a connection's port travels beside its message, not in it.
 */

/** Whoever sits at a window. The node believes its parent process, and nobody else. */
export interface HostUser {
  readonly name: string
  readonly role: 'owner'
}

/** From main to the node. */
export type HostMessage =
  /** One window's port comes along, already checked: serve the contract on it, as this user. */
  | { readonly kind: 'connect'; readonly user: HostUser }
  /** Stop in good order and exit. Main waits 10 s, then kills. */
  | { readonly kind: 'stop' }
  /** Where is this folder on the disk? Answered by `folder` with the same number. */
  | { readonly kind: 'find-folder'; readonly request: number; readonly folder: string }

/** From the node to main. */
export type NodeMessage =
  /** It serves; ports sent from now on are answered at once. */
  | { readonly kind: 'ready'; readonly id: string; readonly home: string }
  /** It cannot start, and exits next. `code` is of the error table; only INTERNAL may pass by trying again. */
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
      /** What to do next; the table's. */
      readonly hint?: string | undefined
    }
  /** `path` is the folder's root, absent when there is no such folder. */
  | { readonly kind: 'folder'; readonly request: number; readonly path?: string | undefined }

/** Main's line on its standard output when its first window shows: whoever started it may stop waiting. */
export const WINDOW_READY = 'peerfold: window ready'
