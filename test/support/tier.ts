/**
 * How much a test run does: `npm test` takes the short form of everything slow, `npm run test:all`
 * the long one, and mutation testing, which runs every test hundreds of times, a tenth of the short.
 * Promises that all run the same tests.
 */
const tier = process.env.PEERFOLD_TESTS

/** The amount for this run: cases, seeds, steps, bytes. */
export function amount(sizes: { readonly short: number; readonly long: number }): number {
  if (tier === 'few') return Math.ceil(sizes.short / 10)
  return tier === 'all' ? sizes.long : sizes.short
}
