/**
 * Names from files and peers as they may be shown. Promises that no name can steer a terminal, turn
 * the reading direction or hide what it is. Never shortens a name.
 */

/** Control and surrogate characters, line and paragraph separators, the byte order mark. */
const CONTROL = /\p{Cc}|\p{Cs}|[\u2028\u2029\ufeff]/u
/** The characters that change the reading direction (UAX 9). */
const DIRECTION = /\p{Bidi_Control}/u
const STEERING = new RegExp(`${CONTROL.source}|${DIRECTION.source}`, 'gu')

/** A name as it may be shown: steering characters as escapes. */
export function shown(name: string): string {
  return name.replace(STEERING, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
