/**
 * Which identities live on two machines at once, a copied home for example. Promises a report only with
 * proof: a session that another one of the same device had followed is heard again, which a device
 * that was merely restarted never brings about; and that it ends when proof stays away. Never
 * cuts anybody off: what both wrote is kept.
 */
import type { Clock, Timer } from '../base/clock.ts'
import type { DeviceId } from '../core/record.ts'

/** Both call again at least once a minute: without proof for so long, one of them is gone. */
const REPORTED_MS = 10 * 60_000
/** Sessions remembered of one device: two take turns, and each may be restarted a few times. */
const SESSIONS_LIMIT = 8

export class DoubledIdentities {
  readonly #clock: Clock
  readonly #changed: () => void
  /** In the order in which they were last heard. */
  readonly #sessions = new Map<DeviceId, string[]>()
  readonly #reported = new Map<DeviceId, Timer>()

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock
    this.#changed = changed
  }

  /** Whether the device's sessions prove that it lives twice. */
  hear(device: DeviceId, session: string): boolean {
    const before = this.#sessions.get(device) ?? []
    const isBack = before.includes(session) && before.at(-1) !== session
    const others = before.filter((one) => one !== session)
    this.#sessions.set(device, [...others, session].slice(-SESSIONS_LIMIT))
    if (isBack) this.report(device)
    return isBack
  }

  /** Also for this device itself, when another one tells. */
  report(device: DeviceId): void {
    this.#reported.get(device)?.cancel()
    const end = (): void => {
      this.#reported.delete(device)
      this.#changed()
    }
    this.#reported.set(device, this.#clock.after(REPORTED_MS, end))
    this.#changed()
  }

  has(device: DeviceId): boolean {
    return this.#reported.has(device)
  }
}
