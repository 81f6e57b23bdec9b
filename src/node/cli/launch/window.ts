/**
 * A start's way to its window, or the one line that says why there is none. Promises that whoever
 * asked for a window and nothing else gets an error instead of a browser. Never starts a node.
 */
import { PeerfoldError } from '../../base/errors.ts'
import type { Context } from '../command.ts'
import { shown } from '../output.ts'
import type { Mode } from './mode.ts'

/** True when there was a window, and the command is over with it. WINDOW_UNAVAILABLE. */
export async function hadWindow(
  { home, screens, terminal }: Context,
  mode: Mode,
  ending: AbortSignal,
): Promise<boolean> {
  if (mode !== 'auto' && mode !== 'electron') return false
  const launched = await screens.launch(home, ending)
  if (launched.kind === 'closed') return true
  const { why, lastWords } = launched
  if (mode === 'electron') {
    if (lastWords) terminal.err(lastWords)
    throw new PeerfoldError('WINDOW_UNAVAILABLE', `there is no desktop window: ${why}`)
  }
  const instead = screens.hasDisplay ? 'Opening' : 'Serving'
  terminal.out(`Desktop window unavailable (${shown(why)}). ${instead} the browser interface instead.\n`)
  return false
}
