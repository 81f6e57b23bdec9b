/** Whether the node can be spoken to. Holds what the connection says, and nothing derived from it. */
import { create } from 'zustand'
import type { NodeReport } from '../../node/api/desktop-bridge.ts'
import type { CallError } from '../connection/call-error.ts'
import type { Phase } from '../connection/connection.ts'

interface ConnectionState {
  readonly phase: Phase
  /** Desktop only: what main says of the node's process. */
  readonly nodeReport: NodeReport | undefined
  /** Why the code in the address did not sign in. */
  readonly signInError: CallError | undefined
}

export const useConnection = create<ConnectionState>(() => ({
  phase: { kind: 'connecting' },
  nodeReport: undefined,
  signInError: undefined,
}))
