/**
 * Which row is active after a key. Promises pure arithmetic over row numbers. Never knows what a
 * row holds.
 */

/** The row that a key leads to; undefined when the key leads nowhere. `active` is -1 before the first key. */
export function moveOf(key: string, active: number, count: number, rowsPerPage: number): number | undefined {
  const target = targetOf(key, active, count, rowsPerPage)
  if (target === undefined || count === 0) return undefined
  return Math.min(Math.max(0, target), count - 1)
}

function targetOf(key: string, active: number, count: number, rowsPerPage: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return active + 1
    case 'ArrowUp':
      return active - 1
    case 'PageDown':
      return active + rowsPerPage
    case 'PageUp':
      return active - rowsPerPage
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}

/** The row to be active once some are gone: the next that stays, or else the last one before. */
export function activeAfterDeletion(
  active: number,
  count: number,
  isDeleted: (index: number) => boolean,
): number {
  for (let index = active; index < count; index++) if (!isDeleted(index)) return index
  for (let index = Math.min(active, count) - 1; index >= 0; index--) if (!isDeleted(index)) return index
  return -1
}
