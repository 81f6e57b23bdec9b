/**
 * Two short texts side by side: which lines are in one only. Promises the longest common run of
 * lines, and to give up rather than to be slow. Pure.
 */

export interface Line {
  readonly text: string
  /** The other text has no line for it. */
  readonly differs: boolean
}

/** Of one text: what is worth showing of it. */
export interface Excerpt {
  /** Lines left out before, all of them the same in both. */
  readonly before: number
  readonly lines: readonly Line[]
  /** Lines left out after, and whether the other text lacks any of them. */
  readonly after: number
  readonly afterDiffers: boolean
}

/** Lines of both multiplied: the table is so large. A guess: some milliseconds. */
const TABLE_LIMIT = 1_000_000
const CONTEXT_LINES = 2
const SHOWN_LINES = 14
/** Characters of a line; some files are one line. */
const SHOWN_CHARACTERS = 300

export function excerptsOf(one: string, other: string): [Excerpt, Excerpt] {
  const [left, right] = [linesOf(one), linesOf(other)]
  const common = commonLines(left, right)
  const first = firstDifference(left, right)
  const from = Math.max(0, first - CONTEXT_LINES)
  return [excerpt(left, common?.left, from), excerpt(right, common?.right, from)]
}

function excerpt(lines: readonly string[], common: ReadonlySet<number> | undefined, from: number): Excerpt {
  const shown = lines.slice(from, from + SHOWN_LINES)
  const rest = lines.slice(from + shown.length)
  const differs = (at: number): boolean => common !== undefined && !common.has(at)
  return {
    before: Math.min(from, lines.length),
    lines: shown.map((text, at) => ({ text: cut(text), differs: differs(from + at) })),
    after: rest.length,
    afterDiffers: rest.some((_line, at) => differs(from + shown.length + at)),
  }
}

function cut(line: string): string {
  if (line.length <= SHOWN_CHARACTERS) return line
  // By characters: half of a pair would be shown as an escape.
  return `${Array.from(line.slice(0, SHOWN_CHARACTERS * 2))
    .slice(0, SHOWN_CHARACTERS)
    .join('')}…`
}

/** The last line break ends a line, it does not begin one. */
function linesOf(text: string): string[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function firstDifference(left: readonly string[], right: readonly string[]): number {
  const shorter = Math.min(left.length, right.length)
  for (let at = 0; at < shorter; at++) if (left[at] !== right[at]) return at
  return shorter
}

interface Common {
  readonly left: Set<number>
  readonly right: Set<number>
}

/** Numbers of the lines that belong together; undefined when there are too many to tell. */
function commonLines(left: readonly string[], right: readonly string[]): Common | undefined {
  if (left.length * right.length > TABLE_LIMIT) return undefined
  const width = right.length + 1
  // lengths[i, j]: how many lines left from i on and right from j on have in common.
  const lengths = new Uint32Array((left.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const common: Common = { left: new Set(), right: new Set() }
  let [i, j] = [0, 0]
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) {
      common.left.add(i++)
      common.right.add(j++)
    } else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  }
  return common
}
