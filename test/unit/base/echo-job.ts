/** A job for tests of the hosts: every way in which an operation can end. */
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { withTransfer } from '../../../src/node/base/job-transfer.ts'

export interface EchoSettings {
  readonly greeting: string
  readonly failOpen?: boolean
  readonly failClose?: boolean
}

export type EchoOperations = ReturnType<typeof open>

export function open(settings: EchoSettings) {
  if (settings.failOpen === true) throw new PeerfoldError('CONFIG_DAMAGED', 'cannot open', { greeting: 'no' })
  const opened: Array<() => void> = []
  return {
    greet: async (argument: { name: string }) => `${settings.greeting} ${argument.name}`,
    echo: async (argument: { value: unknown }) => argument.value,
    length: async (argument: { bytes: Uint8Array }) => argument.bytes.length,
    make: async (argument: { size: number }) => {
      const bytes = new Uint8Array(argument.size).fill(7)
      return withTransfer({ bytes }, [bytes.buffer])
    },
    refuse: async (argument: { path: string }): Promise<void> => {
      throw new PeerfoldError('DISK_FULL', 'no room', { path: argument.path, needed: 5 })
    },
    stumble: async (_argument: object): Promise<void> => {
      throw new TypeError('wrong')
    },
    wait: (_argument: object) => new Promise<string>((resolve) => opened.push(() => resolve('done'))),
    release: async (_argument: object) => {
      for (const resolve of opened) resolve()
    },
    uncloneable: async (_argument: object) => ({ value: () => 1 }),
    die: async (argument: { exitCode: number }): Promise<void> => process.exit(argument.exitCode),
    throwLater: async (_argument: object) => {
      queueMicrotask(() => {
        throw new Error('nobody caught this')
      })
    },
    devour: async (_argument: object) => {
      const kept: number[][] = []
      for (;;) kept.push(Array.from({ length: 10_000 }, (_, index) => index + kept.length))
    },
    close: async () => {
      if (settings.failClose === true) throw new PeerfoldError('IO_ERROR', 'cannot close')
    },
  }
}
