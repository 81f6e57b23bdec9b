/**
 * The sentences for errors. Promises for every code of the one table what happened and what to do
 * next. Never reads the text of an error: only code and facts cross the API.
 */
import type { ErrorCode } from '../base/errors.ts'
import { isolated, type Words } from './words.ts'

export interface ErrorWords {
  readonly what: string
  readonly next: string
  /** What it is about, as the node named it: a path, an id, an address. */
  readonly about?: string
}

/** Facts that name what an error is about, the most telling first. */
const ABOUT = ['path', 'address', 'reason'] as const

/** A code that this catalogue does not know is worded as INTERNAL; the screen shows the code itself. */
export function errorWords(
  words: Words,
  code: ErrorCode | (string & {}),
  facts: Readonly<Record<string, unknown>> = {},
): ErrorWords {
  const known = /^[A-Z0-9_]+$/.test(code) && words.find(`error.${code}.what`) !== undefined
  const key = `error.${known ? (code as ErrorCode) : 'INTERNAL'}` as const
  const about = ABOUT.map((name) => facts[name]).find((fact) => typeof fact === 'string' && fact !== '')
  return {
    what: words.text(`${key}.what`),
    next: words.text(`${key}.next`),
    ...(typeof about === 'string' ? { about: isolated(about) } : {}),
  }
}
