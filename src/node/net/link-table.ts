/**
 * Which link to a device counts. Promises at most one published link per device and that both
 * ends publish the same one: the device with the smaller id chooses and says so, because when
 * both dial at once (they hear each other at the same moment) two rules would meet two orders of
 * arrival, and links would come and go. Never opens or judges a connection.
 */
import type { Clock } from '../base/clock.ts'
import type { CloseReason } from './peer-link.ts'
import type { ControlLink } from './link.ts'
import { Turns } from './turns.ts'

/**
 * A second connection so soon after the first is a race of two dials; a later one means that the
 * other end has lost the first, whatever we still believe. As long as a dial may take.
 */
const RACE_MS = 10_000
/**
 * A link that goes sooner did not work: the other end let it come up and refused it then. Ours: longer than
 * two devices take to say hello.
 */
const WORKED_MS = 5_000

export interface TableEvents {
  published(link: ControlLink): void
  /** The last connection to the device went; `worked`: it had been published, and for some seconds. */
  down(device: string, worked: boolean): void
}

export class LinkTable {
  readonly #self: string
  readonly #clock: Clock
  readonly #events: TableEvents
  readonly #published = new Map<string, ControlLink>()
  readonly #publishedMs = new WeakMap<ControlLink, number>()
  readonly #open = new Map<string, Set<ControlLink>>()
  readonly #turns: Turns

  constructor(self: string, clock: Clock, events: TableEvents) {
    this.#self = self
    this.#clock = clock
    this.#events = events
    this.#turns = new Turns(clock)
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

  /** Does this device choose among the connections to that one? */
  decides(device: string): boolean {
    return this.#self < device
  }

  #settle(link: ControlLink): void {
    const current = this.#published.get(link.device)
    if (current?.isClosed === false) {
      if (this.#isAnotherTurn(link, current)) return void link.close('replaced')
      if (this.decides(link.device) && !this.#supersedes(link, current)) return void link.close('replaced')
      void current.close('replaced')
    }
    if (this.decides(link.device)) link.choose()
    this.#published.set(link.device, link)
    this.#publishedMs.set(link, this.#clock.monotonicMs())
    this.#turns.letIn(link.device, link.peerIncarnation)
    this.#events.published(link)
  }

  /** Another start of the device, the same end dialling again, or no race any more: the old link is dead. */
  #supersedes(link: ControlLink, current: ControlLink): boolean {
    const isRace = link.peerIncarnation === current.peerIncarnation && this.#ageMs(current) < RACE_MS
    return !isRace || link.dialled === current.dialled
  }

  /** Also at the end that does not decide: the one that does is one of the two, and cannot know. */
  #isAnotherTurn(link: ControlLink, current: ControlLink): boolean {
    const isOther = link.peerIncarnation !== current.peerIncarnation
    return isOther && this.#turns.mustWait(link.device, this.#ageMs(current))
  }

  #ageMs(published: ControlLink): number {
    return this.#clock.monotonicMs() - (this.#publishedMs.get(published) ?? 0)
  }

  #remove(link: ControlLink): void {
    const wasPublished = this.#published.get(link.device) === link
    if (wasPublished) this.#published.delete(link.device)
    const links = this.#open.get(link.device)
    links?.delete(link)
    if (links?.size !== 0) return
    this.#open.delete(link.device)
    this.#events.down(link.device, wasPublished && this.#ageMs(link) >= WORKED_MS)
  }
}
