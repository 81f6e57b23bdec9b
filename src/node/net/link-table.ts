/**
 * Which link to a device counts. Promises at most one published link per device and that both
 * ends keep the same one of two. Never opens or judges a connection.
 */
import type { CloseReason } from './peer-link.ts'
import type { ControlLink } from './link.ts'

export interface TableEvents {
  published(link: ControlLink): void
  /** The last connection to the device went; `hadLink`: it, or the one before, had been published. */
  down(device: string, hadLink: boolean): void
}

export class LinkTable {
  readonly #self: string
  readonly #events: TableEvents
  readonly #published = new Map<string, ControlLink>()
  readonly #open = new Map<string, Set<ControlLink>>()

  constructor(self: string, events: TableEvents) {
    this.#self = self
    this.#events = events
  }

  /** A new connection: published as soon as it is ready, unless a better one exists. */
  add(link: ControlLink): void {
    const links = this.#open.get(link.device) ?? new Set()
    this.#open.set(link.device, links.add(link))
    void link.ready.then((ready) => {
      if (ready && !link.isClosed) this.#settle(link)
    })
    void link.closed.then(() => this.#remove(link))
  }

  /** The link that block lanes belong to: the published one, or one that is about to be. */
  find(device: string): ControlLink | undefined {
    return (
      this.#published.get(device) ?? [...(this.#open.get(device) ?? [])].findLast((link) => link.hasControl)
    )
  }

  isConnected(device: string): boolean {
    return this.#open.has(device)
  }

  close(device: string, reason: CloseReason): void {
    for (const link of [...(this.#open.get(device) ?? [])]) void link.close(reason)
  }

  closeAll(reason: CloseReason): void {
    for (const device of [...this.#open.keys()]) this.close(device, reason)
  }

  #settle(link: ControlLink): void {
    const current = this.#published.get(link.device)
    if (current !== undefined && !current.isClosed) {
      if (!this.#supersedes(link, current)) return void link.close('replaced')
      void current.close('replaced')
    }
    this.#published.set(link.device, link)
    this.#events.published(link)
  }

  /**
   * Another incarnation: the old link leads to a process that is gone. The same end dialled
   * again: it knows why. Both ends dialled at once: the dial of the smaller id stays, at both.
   */
  #supersedes(link: ControlLink, current: ControlLink): boolean {
    if (link.peerIncarnation !== current.peerIncarnation || link.dialled === current.dialled) return true
    return link.dialled === this.#self < link.device
  }

  #remove(link: ControlLink): void {
    const wasPublished = this.#published.get(link.device) === link
    if (wasPublished) this.#published.delete(link.device)
    const links = this.#open.get(link.device)
    links?.delete(link)
    if (links?.size !== 0) return
    this.#open.delete(link.device)
    this.#events.down(link.device, wasPublished)
  }
}
