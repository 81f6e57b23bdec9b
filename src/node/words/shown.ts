/**
 * Names from files and peers as they may be shown. Promises that no name can steer a terminal, turn
 * the reading direction, or pass for another by what nobody sees (joiners aside). Never shortens a
 * name.
 */

/** Control and surrogate characters, line and paragraph separators, the byte order mark. */
const CONTROL = /\p{Cc}|\p{Cs}|[\u2028\u2029\ufeff]/u
/** The characters that change the reading direction (UAX 9). */
const DIRECTION = /\p{Bidi_Control}/u
/**
 * What takes no room and joins nothing: two names would look alike. Of Default_Ignorable_Code_Point
 * (Unicode, DerivedCoreProperties), without the joiners, vowels and variation selectors that scripts and
 * emoji need; a flag made of tags is shown as its escapes.
 */
const INVISIBLE =
  /[\u00ad\u115f\u1160\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\uffa0\ufff0-\ufff8\u{e0000}-\u{e00ff}]/u
const STEERING = new RegExp(`${CONTROL.source}|${DIRECTION.source}|${INVISIBLE.source}`, 'gu')

/** A name as it may be shown: steering and invisible characters as escapes. */
export function shown(name: string): string {
  return name.replace(STEERING, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
