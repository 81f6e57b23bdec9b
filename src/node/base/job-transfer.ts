/**
 * How a job hands buffers of its result over without copying. Promises that the mark changes
 * nothing in the result itself, so that a host that cannot transfer may ignore it.
 */
const buffersOf = new WeakMap<object, readonly ArrayBuffer[]>()

/**
 * Marks buffers that leave the job together with `result`; the job must not touch them again.
 * A small view on a large buffer drags all of it along: mark only buffers made for the result.
 */
export function withTransfer<Result extends object>(
  result: Result,
  buffers: readonly ArrayBufferLike[],
): Result {
  buffersOf.set(
    result,
    buffers.filter((buffer) => buffer instanceof ArrayBuffer),
  )
  return result
}

/** The buffers marked on this result; the hosts call it. */
export function transferOf(result: unknown): readonly ArrayBuffer[] {
  return typeof result === 'object' && result !== null ? (buffersOf.get(result) ?? []) : []
}
