/**
 * `window.desktop`: what the window can do beyond the contract. Promises that the preload, main
 * and the screens mean the same by it. Types only; nothing here is loaded.
 */

/** gone: it died and is started again; failed: it is not started again before a person did something. */
export type NodeState = 'starting' | 'running' | 'gone' | 'failed'

export interface NodeReport {
  readonly state: NodeState
  /** Why it failed: a code of the error table; INTERNAL when it died too often. */
  readonly code?: string | undefined
  /** The log to look at, where there is something to look at. */
  readonly logPath?: string | undefined
}

/** `DroppedFile` is the page's own File; this file sees no DOM. */
export interface DesktopBridge<DroppedFile> {
  readonly platform: string
  readonly version: string
  /** "" for a file that lies on no disk. */
  pathForFile(file: DroppedFile): string
  /** undefined when the person thought better of it. */
  chooseDirectory(): Promise<string | undefined>
  /** Shows it in the file manager; never opens it. Rejects with a code of the error table as its message. */
  showFile(folder: string, path: string): Promise<void>
  /** Another try for a node that failed; otherwise nothing happens. */
  startNode(): Promise<void>
  /** Called with the present state soon, then with every change. Returns the function that ends it. */
  onNode(listener: (state: NodeState, report: NodeReport) => void): () => void
}
