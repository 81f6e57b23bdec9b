/**
 * What the copies of one entry amount to, for a narrow cell. Promises pure counting over what the
 * node said. Never decides whether an entry is safe: no word of state is made here.
 */
import type { BrowsedFile, FileCopy } from '../../../node/api/node-port.ts'

export type CopyState = FileCopy['state']

/** What a person should see first, when not every device simply has it. */
const TELLING: readonly CopyState[] = [
  'damaged',
  'unplaceable',
  'other',
  'moving',
  'wants',
  'unknown',
  'unwanted',
]

export interface CopySum {
  readonly has: number
  /** Devices that shall have it: those that ignore it do not count. */
  readonly wanted: number
  /** The most telling state beside "has"; undefined when there is none. */
  readonly beside: CopyState | undefined
}

export function sumOf(copies: readonly FileCopy[]): CopySum {
  const count = (state: CopyState): number => copies.filter((copy) => copy.state === state).length
  return {
    has: count('has'),
    wanted: copies.length - count('unwanted'),
    beside: TELLING.find((state) => count(state) > 0),
  }
}

/** A directory's own record is everywhere long before its files are: its cell says nothing of copies. */
export function hasCopyCell(entry: BrowsedFile): boolean {
  return entry.kind !== 'directory'
}

/** "rw-r--r--" */
export function modeText(mode: number): string {
  return [...'rwxrwxrwx'].map((letter, place) => ((mode >> (8 - place)) & 1 ? letter : '-')).join('')
}

/** Last name of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** What is before the last name; "" at the top of the folder. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** The directories on the way, outermost first, each with its own path. */
export function stepsTo(directory: string): { readonly name: string; readonly path: string }[] {
  const names = directory === '' ? [] : directory.split('/')
  return names.map((name, place) => ({ name, path: names.slice(0, place + 1).join('/') }))
}
