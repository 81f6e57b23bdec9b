/** Every channel between a page and main. Promises one name for each on both sides; holds nothing else. */
import type { ErrorCode } from '../node/base/errors.ts'

export const CHANNELS = {
  chooseDirectory: 'desktop:choose-directory',
  showFile: 'desktop:show-file',
  nodeState: 'desktop:node-state',
  startNode: 'desktop:start-node',
  /** The page's port for RPC; the page posts it to itself under the same name. */
  connect: 'rpc:connect',
  /** To the page: a NodeReport. */
  node: 'desktop:node',
  /** To the page: the route of a screen. */
  show: 'desktop:show',
} as const

/** What a request is answered with. An error is its code and nothing else. */
export type IpcAnswer =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly code: ErrorCode }
