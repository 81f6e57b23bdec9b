/** The sentence for a group of held changes. Promises who made them, what they are and how many. */
import type { Words } from './words.ts'

interface Group {
  readonly cause: 'mass-change' | 'receive-only' | 'send-only'
  readonly direction: 'in' | 'out'
  readonly device: { readonly name: string }
  readonly sinceMs: number
  readonly deleted: number
  readonly replaced: number
  readonly added: number
  readonly metadata: number
  readonly bytes: number
}

const KEYS = { 'receive-only': 'receive-only-out', 'send-only': 'send-only-in' } as const
const CHANGES = ['deleted', 'replaced', 'added', 'metadata'] as const

/** "Laptop: 3,000 deleted, 2 rewritten; 1.2 GB, since 10:12: unusually much at once" */
export function heldText(words: Words, group: Group): string {
  const { cause, direction, device, bytes, sinceMs } = group
  const met = CHANGES.filter((change) => group[change] > 0)
  const changes = met.map((change) => words.text(`held.${change}`, { count: group[change] })).join(', ')
  const key = cause === 'mass-change' ? (`${cause}-${direction}` as const) : KEYS[cause]
  return words.text(`held.${key}`, {
    device: device.name,
    changes,
    bytes,
    sinceMs,
  })
}
