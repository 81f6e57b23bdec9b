/**
 * The catalogue as functions. Promises that a sentence is complete when it leaves here: plural,
 * figures, times and names included, so that nobody joins fragments. Names from peers never act as
 * instructions: neither i18next's own syntax in them nor a steering character has any effect.
 */
import { createInstance, type i18n } from 'i18next'
import { ENGLISH, type TextKey } from './catalogue.ts'
import { type Formats, type FormatSettings, makeFormats } from './formats.ts'
import { shown } from './shown.ts'

/** `count` chooses the plural, `context` a variant of the sentence (see catalogue.ts). */
export type Params = Readonly<Record<string, string | number | undefined>>

export interface WordsSettings extends FormatSettings {
  /**
   * Wraps names from peers in the Unicode isolates FSI and PDI, so that their direction stays
   * inside them; `partsOf` finds them again. Terminals show isolates as boxes: off there.
   */
  readonly isolateNames: boolean
}

export interface Words extends Formats {
  readonly text: (key: TextKey, params?: Params) => string
  /** The sentence of a key that came from elsewhere, such as a reason; undefined when there is none. */
  readonly find: (key: string, params?: Params) => string | undefined
  /** Bytes a second. */
  readonly rate: (bytes: number) => string
  /** "about 4 min": a rest of time, in steps a person cares about. */
  readonly duration: (ms: number) => string
}

/** First strong isolate, and its end (UAX 9). */
const ISOLATE = '\u2068'
const END = '\u2069'

export function makeWords(settings: WordsSettings): Words {
  const formats = makeFormats(settings)
  const instance = makeInstance(settings, formats)
  const text = (key: TextKey, params: Params = {}): string => instance.t(key, params)
  const find = (key: string, params: Params = {}): string | undefined => {
    const found: unknown = instance.t(key as never, { ...params, defaultValue: '' })
    return typeof found === 'string' && found !== '' ? found : undefined
  }
  return {
    ...formats,
    text,
    find,
    rate: (bytes) => text('common.rate', { bytes }),
    duration: (ms) => durationText(ms, text),
  }
}

function makeInstance({ isolateNames }: WordsSettings, formats: Formats): i18n {
  const instance = createInstance()
  void instance.init({
    lng: 'en',
    resources: { en: { translation: ENGLISH } },
    // Everything is here already: without this the first sentence would come too early.
    initAsync: false,
    nsSeparator: false,
    returnObjects: false,
    interpolation: {
      // React and the terminal escape what they show, each in its own way.
      escapeValue: false,
      // The default, said aloud: what stands in a value is never taken for syntax.
      skipOnVariables: true,
    },
  })
  const add = (name: string, format: (value: never) => string): void =>
    instance.services.formatter?.add(name, (value: unknown) =>
      value === undefined ? '' : format(value as never),
    )
  add('number', formats.number)
  add('bytes', formats.bytes)
  add('time', formats.time)
  add('name', (name: string) => (isolateNames ? isolated(name) : shown(name)))
  return instance
}

/** A name, escaped and isolated; for texts that are put together outside of the catalogue. */
export function isolated(name: string): string {
  return `${ISOLATE}${shown(name)}${END}`
}

export interface TextPart {
  readonly text: string
  readonly isName: boolean
}

/** A sentence in parts, so that a screen can mark the names in it. */
export function partsOf(sentence: string): TextPart[] {
  return sentence
    .split(/(\u2068[^\u2069]*\u2069)/)
    .filter((part) => part !== '')
    .map((part) =>
      part.startsWith(ISOLATE) ? { text: part.slice(1, -1), isName: true } : { text: part, isName: false },
    )
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

function durationText(ms: number, text: Words['text']): string {
  if (ms < MINUTE_MS) return text('common.duration.seconds')
  if (ms < 90 * MINUTE_MS) return text('common.duration.minutes', { count: Math.round(ms / MINUTE_MS) })
  if (ms < 2 * DAY_MS) return text('common.duration.hours', { count: Math.round(ms / HOUR_MS) })
  return text('common.duration.days', { count: Math.round(ms / DAY_MS) })
}
