/**
 * How much a test run does: `npm test` takes the short form of everything slow, `npm run test:all`
 * the long one. Promises that the long one runs all of the short one, over more.
 */
const isLong = process.env.PEERFOLD_TESTS === 'all'

/** The amount for this run: cases, seeds, steps, bytes. */
export function amount(sizes: { readonly short: number; readonly long: number }): number {
  return isLong ? sizes.long : sizes.short
}
