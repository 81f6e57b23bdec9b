/**
 * The demonstration: two nodes on this machine. Promises to return when it was ended, leaving its
 * folders to look at. Never touches the home of this machine's own node.
 */
import { PeerfoldError } from '../base/errors.ts'
import type { Context } from './command.ts'

export async function runDemo(_context: Context): Promise<void> {
  throw new PeerfoldError('BAD_INPUT', 'the demonstration is not part of this build')
}
