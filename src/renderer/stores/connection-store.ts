/** Whether the node can be spoken to. Holds what the connection says, and nothing derived from it. */
import { create } from 'zustand'
import type { NodeState } from '../../node/api/desktop-bridge.ts'
import type { Phase } from '../connection/connection.ts'

interface ConnectionState {
  readonly phase: Phase
  /** Desktop only: what main says of the node's process. */
  readonly nodeState: NodeState | undefined
}

export const useConnection = create<ConnectionState>(() => ({
  phase: { kind: 'connecting' },
  nodeState: undefined,
}))
