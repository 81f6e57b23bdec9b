/**
 * Reads just enough of JavaScript and TypeScript to know code from comments, strings, templates
 * and regular expressions. Promises text of the same length, line for line, in which everything
 * that is not code is blank (the quotes stay), so that plain patterns can search it. Never
 * understands the code; TypeScript 7 offers its own scanner to JavaScript as "unstable" only.
 */

export interface Masked {
  /** Code alone; same length and lines as the source. */
  readonly code: string
  /** Comments alone; same length and lines as the source. */
  readonly comments: string
}

type Kind = 'code' | 'comment' | 'text'

/** After one of these a slash begins a regular expression; after a name or a bracket it divides. */
const BEFORE_REGEX =
  /(?:^|[=(,:;!&|?{}[+*%~^>-]|\b(?:return|typeof|case|in|of|void|delete|throw|new|await|yield|else|do))\s*$/

const STRING = /(['"])(?:\\[\s\S]|(?!\1)[^\\\n])*\1/y
const REGEX = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y
const LINE_COMMENT = /\/\/[^\n]*|^#![^\n]*/y
const BLOCK_COMMENT = /\/\*[\s\S]*?(?:\*\/|$)/y

/** Splits a source into code and the rest. */
export function mask(source: string): Masked {
  const kinds = Array.from({ length: source.length }, (): Kind => 'code')
  const paint = (from: number, to: number, kind: Kind): void => void kinds.fill(kind, from, to)
  /** Depth of braces inside each open ${ } of a template; the innermost is last. */
  const holes: number[] = []
  let at = 0
  let codeSoFar = ''

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(source)?.[0]
  }
  const readTemplateText = (): void => {
    const from = at
    while (at < source.length && source[at] !== '`' && !source.startsWith('${', at))
      at += source[at] === '\\' ? 2 : 1
    paint(from, at, 'text')
    if (source[at] === '`') at += 1
    else {
      holes.push(0)
      at += 2
    }
    codeSoFar = source[at - 1] === '`' ? '`' : '{'
  }

  while (at < source.length) {
    const comment = take(LINE_COMMENT) ?? take(BLOCK_COMMENT)
    const string = comment === undefined ? take(STRING) : undefined
    const other = comment ?? string
    if (other !== undefined) {
      if (comment === undefined) paint(at + 1, at + other.length - 1, 'text')
      else paint(at, at + other.length, 'comment')
      if (string !== undefined) codeSoFar = '"'
      at += other.length
      continue
    }
    const regex = BEFORE_REGEX.test(codeSoFar) ? take(REGEX) : undefined
    if (regex !== undefined) {
      paint(at + 1, at + regex.length - 1, 'text')
      at += regex.length
      codeSoFar = '/x'
      continue
    }
    const letter = source[at] ?? ''
    at += 1
    const depth = holes.at(-1)
    if (letter === '`') readTemplateText()
    else if (letter === '}' && depth === 0) {
      holes.pop()
      readTemplateText()
    } else {
      if (depth !== undefined && letter === '{') holes[holes.length - 1] = depth + 1
      if (depth !== undefined && letter === '}') holes[holes.length - 1] = depth - 1
      if (/\S/.test(letter) || /\S$/.test(codeSoFar)) codeSoFar = (codeSoFar + letter).slice(-20)
    }
  }
  return { code: keep(source, kinds, 'code'), comments: keep(source, kinds, 'comment') }
}

function keep(source: string, kinds: readonly Kind[], wanted: Kind): string {
  let kept = ''
  for (let i = 0; i < source.length; i++) kept += kinds[i] === wanted || source[i] === '\n' ? source[i] : ' '
  return kept
}

/** Line number, from 1, of a position. */
export function lineAt(source: string, position: number): number {
  let line = 1
  for (let i = 0; i < position; i++) if (source[i] === '\n') line++
  return line
}
