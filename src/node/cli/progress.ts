/**
 * One line that changes while long work goes on. Promises to draw only where a person watches, a
 * few times a second, and to leave a clean line behind. Never writes to the output stream.
 */
import type { Clock } from '../base/clock.ts'
import type { Terminal } from './command.ts'
import { bytesText } from './output.ts'

/** Ten times a second looks live. */
const REDRAW_MS = 100
/** Back to the beginning of the line, and erase it (ECMA-48). */
const CLEAR = '\r\u001b[K'

export interface Progress {
  show(text: string): void
  /** Leaves a clean line; drawing may begin anew. */
  end(): void
}

export function progressOn(terminal: Terminal, json: boolean, clock: Clock): Progress {
  if (!terminal.draws || json) return { show: () => {}, end: () => {} }
  let drawnMs = Number.NEGATIVE_INFINITY
  let stands = false
  return {
    show: (text) => {
      if (clock.monotonicMs() - drawnMs < REDRAW_MS) return
      drawnMs = clock.monotonicMs()
      stands = true
      terminal.err(`${CLEAR}${text}`)
    },
    end: () => {
      if (stands) terminal.err(CLEAR)
      stands = false
    },
  }
}

/** Passes content through and shows how far it is. */
export async function* shownContent(
  content: AsyncIterable<Uint8Array>,
  totalBytes: number,
  what: string,
  progress: Progress,
): AsyncGenerator<Uint8Array> {
  let doneBytes = 0
  for await (const piece of content) {
    yield piece
    doneBytes += piece.length
    const percent = totalBytes > 0 ? Math.min(100, Math.floor((doneBytes / totalBytes) * 100)) : 100
    progress.show(`${what}: ${bytesText(doneBytes)} of ${bytesText(totalBytes)}, ${percent} %`)
  }
}
