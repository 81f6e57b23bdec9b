/**
 * A time in nanoseconds as the decimal number of seconds that Node takes. Promises that the
 * microsecond read back is the one that was wanted, for every year the disk can hold up to 2242
 * (beyond it a double of seconds is coarser than a microsecond). Never touches the disk.
 *
 * Node and libuv pass times as a double of seconds, which errs by up to 120 ns today and by up to
 * 480 ns after 2106, so the plain conversion may land in the neighbouring microsecond.
 */

/** What libuv makes of `seconds`: whole seconds cut toward zero, then nanoseconds cut off. */
export function nsOfSeconds(seconds: number): bigint {
  const whole = Math.trunc(seconds)
  return BigInt(whole) * 1_000_000_000n + BigInt(Math.trunc((seconds - whole) * 1e9))
}

/** `ns` divided by 1000, rounded down: the microsecond a time lies in. */
export function microsecondOf(ns: bigint): bigint {
  return (ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n
}

function nearestSeconds(ns: bigint): number {
  const fraction = ns % 1_000_000_000n
  return Number(ns / 1_000_000_000n) + Number(fraction) / 1e9
}

/**
 * The seconds that set `ns`, as text: Node takes negative numbers for "now", but not negative
 * texts. The middle of the microsecond is the second choice, because it is the one point that
 * rounding to either side does not carry out of it.
 */
export function secondsText(ns: bigint): string {
  const wanted = microsecondOf(ns)
  const candidates = [nearestSeconds(ns), nearestSeconds(wanted * 1000n + 500n)]
  const right = candidates.find((seconds) => microsecondOf(nsOfSeconds(seconds)) === wanted)
  return String(right ?? candidates[0])
}
