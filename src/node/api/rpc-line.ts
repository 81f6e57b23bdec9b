/**
 * The contract over anything that carries messages both ways: one line for each caller. Promises
 * the same calls, errors and streams on every transport, and that a message nobody can read is
 * dropped and harms nothing. Never opens or closes what carries the messages.
 */
import { RPCHandler } from '@orpc/server/websocket'
import { textOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Api, CallContext } from './router.ts'

export interface Line {
  /** What the caller sent. Contents never come here, so it is always a text. */
  take(message: string): void
  /** The caller is gone: its calls and streams are aborted. */
  close(): void
}

export interface Lines {
  /** `send` may be called until close(); what it throws ends one answer, not the line. */
  open(send: (message: string) => void, context: CallContext): Line
}

/**
 * The handler for WebSockets of any kind is the one whose reading of a message can be awaited:
 * those for the library ws and for ports leave a failure of it to the process, which would end.
 */
type Carrier = Parameters<RPCHandler<CallContext>['message']>[0]

export function createLines(router: Api['router'], log: Log): Lines {
  const handler = new RPCHandler(router)
  return {
    open: (send, context) => {
      const carrier = { send } as unknown as Carrier
      return {
        take: (message) => {
          handler.message(carrier, message, { context }).catch((error: unknown) => {
            log.debug('a message could not be answered', { origin: context.origin, reason: textOf(error) })
          })
        },
        close: () => handler.close(carrier),
      }
    },
  }
}
