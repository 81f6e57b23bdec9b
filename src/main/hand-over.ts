/**
 * Ports on their way from a window to the node. Promises that a window's newest port reaches a
 * running node, with the user it acts for, and that a port nobody takes is closed. Never reads
 * what goes through a port.
 */
import type { HostUser } from '../node/api/host-messages.ts'
import type { PortMain } from './electron-port.ts'
import type { Supervisor } from './supervisor.ts'

export class HandOver {
  readonly #supervisor: Pick<Supervisor, 'connect' | 'onReport'>
  readonly #user: HostUser
  /** The newest port of each window that came while no node ran, by id of its web contents. */
  readonly #waiting = new Map<number, PortMain>()

  constructor(supervisor: Pick<Supervisor, 'connect' | 'onReport'>, user: HostUser) {
    this.#supervisor = supervisor
    this.#user = user
    supervisor.onReport(({ state }) => {
      if (state === 'running') this.#passOn()
    })
  }

  /** The sender has been checked. */
  take(port: PortMain, contents: number): void {
    this.forget(contents)
    if (!this.#send(port)) this.#waiting.set(contents, port)
  }

  /** The window is gone, or has a newer port. */
  forget(contents: number): void {
    this.#waiting.get(contents)?.close()
    this.#waiting.delete(contents)
  }

  #passOn(): void {
    for (const [contents, port] of this.#waiting) {
      if (this.#send(port)) this.#waiting.delete(contents)
    }
  }

  #send(port: PortMain): boolean {
    return this.#supervisor.connect({ kind: 'connect', user: this.#user }, port)
  }
}
