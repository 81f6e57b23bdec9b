/** For runs that compare one with another: generated cases come from one seed, and a failure is enough. */
import fc from 'fast-check'

fc.configureGlobal({ endOnFailure: true, seed: 1 })
