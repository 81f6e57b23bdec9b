/**
 * What the commands need when no daemon answers, or to become one. Promises to be all that the
 * command line ever takes from node.ts. Never used for what the API can do.
 */
import type { SignInCode } from '../api/node-port.ts'
import type { ErrorCode } from '../base/errors.ts'

/** Contents of HOME/api.json. */
export interface ApiFile {
  readonly url: string
  readonly token: string
  readonly pid: number
}

export interface ServeOptions {
  /** Instead of the configured address; port 0 lets the system choose. */
  readonly api?: { readonly host: string; readonly port: number } | undefined
  /** Instead of the configured multiaddrs. */
  readonly listen?: readonly string[] | undefined
  /** False: no mDNS, dial only configured addresses. */
  readonly discovery?: boolean | undefined
  readonly logLevel?: 'error' | 'warn' | 'info' | 'debug' | 'trace' | undefined
}

export interface ServeHandle {
  /** "http://127.0.0.1:8005". */
  readonly url: string
  readonly id: string
  /** Multiaddrs listened on. */
  readonly listening: readonly string[]
  /** A one-time code that signs a browser in, with the address to open. */
  invite(): SignInCode
  /** Orderly stop; idempotent. */
  stop(): Promise<void>
  /** Settles when the node has stopped, for whatever reason; rejects when it failed. */
  readonly stopped: Promise<void>
}

export interface ExportRequest {
  readonly home: string
  /** A folder id of this home, or the path of a folder's directory. */
  readonly folder: string
  /** Absolute; made when missing. */
  readonly to: string
}

/** Versions done so far, with those that failed. */
export interface ExportProgress {
  readonly files: number
  readonly total: number
}

export interface Exported {
  /** Files and links written by this run, and the bytes of their content. */
  readonly files: number
  readonly bytes: number
  /** What could not be exported; the others were. */
  readonly problems: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[]
}

export interface Offline {
  /** Makes identity and configuration. ALREADY_INITIALISED. */
  initHome(home: string, name: string): Promise<{ id: string; name: string }>
  /** NOT_INITIALISED, IDENTITY_DAMAGED. */
  readIdentity(home: string): Promise<{ id: string }>
  /**
   * Runs the node until it is stopped, and resolves when it serves. NOT_INITIALISED,
   * ALREADY_RUNNING, CONFIG_DAMAGED, PORT_IN_USE, BAD_ADDRESS...
   */
  serve(home: string, options: ServeOptions): Promise<ServeHandle>
  /** Every recoverable old content as a plain file. FOLDER_NOT_FOUND, DISK_FULL... */
  exportVersions(request: ExportRequest, onProgress: (done: ExportProgress) => void): Promise<Exported>
}
