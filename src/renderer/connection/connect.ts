/**
 * Chooses the transport: the desktop window speaks over a port, a browser over a WebSocket. The
 * rest of the app never asks which.
 */
import type { NodeReport } from '../../node/api/desktop-bridge.ts'
import { type Api, type ApiLink, apiOver, pingOver } from './api.ts'
import { Connection, type Phase } from './connection.ts'
import { findDesktop } from './desktop.ts'
import { openPortLink } from './port-link.ts'
import { openWebSocketLink } from './web-socket-link.ts'

export interface ConnectListeners {
  onPhase(phase: Phase): void
  /** Desktop only: what main says of the node's process. */
  onNode(report: NodeReport): void
}

export function connect({ onPhase, onNode }: ConnectListeners): Api {
  const desktop = findDesktop()
  const connection = new Connection<ApiLink>({
    openLink: desktop ? openPortLink : openWebSocketLink,
    ping: pingOver,
    nowMs: () => Date.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    random: () => Math.random(),
    onPhase,
  })
  desktop?.onNode((state, report) => {
    onNode(report)
    if (state === 'running') connection.retry()
    else if (state !== 'starting') connection.lose()
  })
  // A page that comes back to sight or to a network need not wait for the pause to end.
  window.addEventListener('online', () => connection.retry())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && connection.phase.kind === 'lost') connection.retry()
  })
  connection.start()
  return apiOver(connection)
}
