/**
 * The catalogue as the screens speak it: figures and times in the habit of the person's language.
 * A sentence may hold names from peers: show it with `<Said>`, never as a bare string.
 */
import { usableLocale } from '../node/words/formats.ts'
import { isolated, makeWords } from '../node/words/words.ts'

export const words = makeWords({
  locale: usableLocale(navigator.languages),
  times: 'near',
  nowMs: () => Date.now(),
  isolateNames: true,
})

/** The sentence of a key. */
export const t = words.text

/** "Laptop, NAS and Phone": names from peers, put together as the language does it. */
export function listed(names: readonly string[]): string {
  return LIST.format(names.map(isolated))
}

const LIST = new Intl.ListFormat('en')
