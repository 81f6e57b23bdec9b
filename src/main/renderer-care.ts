/**
 * What happens when a page's process dies. Promises a page that comes back, and that one which
 * keeps dying is left alone instead of being loaded for ever. Pure.
 */

/** Guesses: a page that died three times in ten minutes will die a fourth time. */
const RELOADS_LIMIT = 3
const WITHIN_MS = 600_000

export class ReloadBudget {
  #reloadsMs: number[] = []

  /** True, and one less to spend, when the page may be loaded again. */
  spend(nowMs: number): boolean {
    this.#reloadsMs = this.#reloadsMs.filter((atMs) => nowMs - atMs < WITHIN_MS)
    if (this.#reloadsMs.length >= RELOADS_LIMIT) return false
    this.#reloadsMs.push(nowMs)
    return true
  }
}
