/**
 * Waiting in tests on real time: for an event, or until something holds. Promises to fail at the
 * deadline with the name of what did not happen, and never to wait longer than the event takes.
 */

/** Between two looks: the shortest and the longest pause, and its part of the time waited so far. */
const LOOK_EVERY_MS = 25
const LOOK_AT_LEAST_MS = 250
const PART_OF_WAIT = 0.1
/** The pause in looks: what is looked at has the same two cores. */
const PAUSE_LOOKS = 3

/** The promise's own result, or a failure that names `what` after `deadlineMs`. */
export async function within<Result>(
  deadlineMs: number,
  what: string,
  promise: Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${deadlineMs} ms: ${what}`)), deadlineMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Looks until `look` gives something other than undefined or false, and returns it. What `look`
 * throws counts as "not yet" and becomes the cause of the failure at the deadline. A look that takes
 * long is followed by a longer pause, so that looking leaves the cores to what is looked at.
 */
export async function eventually<Result>(
  deadlineMs: number,
  what: string,
  look: () => Result | Promise<Result>,
): Promise<Exclude<Result, undefined | false>> {
  const startMs = performance.now()
  const endMs = startMs + deadlineMs
  let cause: unknown
  for (;;) {
    const lookedMs = performance.now()
    try {
      const seen = await look()
      if (seen !== undefined && seen !== false) return seen as Exclude<Result, undefined | false>
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (performance.now() >= endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause })
    const nowMs = performance.now()
    const waitedMs = Math.min(LOOK_AT_LEAST_MS, PART_OF_WAIT * (nowMs - startMs))
    const pauseMs = Math.max(LOOK_EVERY_MS, waitedMs, PAUSE_LOOKS * (nowMs - lookedMs))
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
