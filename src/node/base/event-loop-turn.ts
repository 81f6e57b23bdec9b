/**
 * Giving way. Promises that messages and I/O that wait get their turn before the caller goes on.
 * Never measures time.
 */

/** Resolves after the event loop went round once. For long work on a thread that also listens. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
