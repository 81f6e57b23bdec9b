/** Device ids as people compare them: both ends. The whole id is always one press away. */

const SHOWN = 6
/** Every id of a device begins with this. */
const COMMON = '12D3KooW'

/** "12D3KooWabcdef…uvwxyz" */
export function shortId(id: string): string {
  const from = id.startsWith(COMMON) ? COMMON.length : 0
  return id.length <= from + 2 * SHOWN + 1 ? id : `${id.slice(0, from + SHOWN)}…${id.slice(-SHOWN)}`
}
