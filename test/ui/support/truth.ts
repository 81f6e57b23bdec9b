/**
 * Holding what windows showed against what was the case. Promises that a lie of a screen is named
 * with its moment, its words and what the node said then.
 */
import type { NodeStatus } from '../../../src/node/api/node-port.ts'
import type { Sight } from './sights.ts'

/** What a node said of a folder from a moment on. */
interface Statement {
  readonly atMs: number
  readonly word: string
}

/**
 * How old what a window shows may be: a snapshot waits a quarter of a second for the next push, and
 * the rest is for a machine whose two cores are busy with nodes and a browser.
 */
const LAG_MS = 4_000

/** What a node says of one folder, as it comes. */
export class Statements {
  readonly #said: Statement[] = []
  #failure: unknown

  /** Takes snapshots of the node's own stream until it ends; never rejects. */
  async follow(folder: string, stream: AsyncIterable<NodeStatus>): Promise<void> {
    try {
      for await (const { folders } of stream) {
        const word = folders.find(({ id }) => id === folder)?.status.word
        if (word !== undefined && word !== this.now) this.#said.push({ atMs: Date.now(), word })
      }
    } catch (error) {
      this.#failure = error
    }
  }

  /** The last word that came. */
  get now(): string | undefined {
    return this.#said.at(-1)?.word
  }

  /** The words that were true at some time from `fromMs` to `toMs`. */
  between(fromMs: number, toMs: number): Set<string> {
    if (this.#failure) throw new Error('the node was not followed to the end', { cause: this.#failure })
    const words = new Set<string>()
    for (const [at, { atMs, word }] of this.#said.entries()) {
      const endMs = this.#said[at + 1]?.atMs ?? Infinity
      if (atMs <= toMs && endMs >= fromMs) words.add(word)
    }
    return words
  }
}

/** What people read for each word. */
const TEXTS: Readonly<Record<string, string>> = {
  safe: 'Safe',
  syncing: 'Syncing',
  waiting: 'Waiting',
  'needs-you': 'Needs you',
}

/** Sights of a word that the node did not say then, or in another's text or colour. */
export function lies(sights: readonly Sight[], said: Statements): string[] {
  return sights.flatMap(({ word, text, green, atMs }) => {
    const shown = `"${text || word}" at ${time(atMs)}`
    if (green !== (word === 'safe')) return [`${shown} is ${green ? '' : 'not '}green`]
    if (word === 'unknown') return []
    if (text !== '' && text !== TEXTS[word]) return [`${shown} stands for ${word}`]
    const then = said.between(atMs - LAG_MS, atMs + LAG_MS)
    return then.has(word) ? [] : [`${shown}, when the node said ${[...then].join(', ')}`]
  })
}

/** Sights of "safe" from `fromMs` to `toMs`. */
export function safeBetween(sights: readonly Sight[], fromMs: number, toMs = Infinity): string[] {
  return sights
    .filter(({ word, atMs }) => word === 'safe' && atMs >= fromMs && atMs <= toMs)
    .map(({ text, atMs }) => `"${text || 'safe'}" at ${time(atMs)}`)
}

/** When the window first showed another word than "safe" after `fromMs`. */
export function firstUnsafe(sights: readonly Sight[], fromMs: number): number | undefined {
  return sights.find(({ word, atMs }) => atMs >= fromMs && ['syncing', 'waiting', 'needs-you'].includes(word))
    ?.atMs
}

function time(atMs: number): string {
  return new Date(atMs).toISOString().slice(11)
}
