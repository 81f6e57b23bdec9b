/**
 * What moved between the two folders of the demonstration, told from looking at both disks again
 * and again. Promises that "arrived" is said only when both sides hold the same size, mode and
 * time, and that the time it took is the disk's own. Never asks a node: it is a witness.
 */
import { codeOf } from '../base/errors.ts'
import type { FileStat, FolderRoot } from '../fs/file-system.ts'
import { joinPath } from '../fs/relative-path.ts'

export type Side = 0 | 1

/** Files and links of one folder by their path; directories only show through what they hold. */
export type Picture = ReadonlyMap<string, FileStat>

export interface Movement {
  readonly kind: 'arrived' | 'deleted'
  readonly path: string
  /** Where it was done; the other side followed. Undefined when both sides were met changed. */
  readonly from: Side | undefined
  readonly bytes: number
  readonly afterMs: number
}

/** Marker, versions and temporaries: the engine's own. */
const OWN = /^\.peerfold$|^\.peerfold-[^/]+\.tmp$/

export async function pictureOf(root: FolderRoot, below = ''): Promise<Map<string, FileStat>> {
  const picture = new Map<string, FileStat>()
  for (const { name, stat } of await entriesOf(root, below)) {
    if (name === undefined || !stat || OWN.test(name)) continue
    const path = joinPath(below, name)
    if (stat.kind !== 'directory') picture.set(path, stat)
    else for (const [inner, innerStat] of await pictureOf(root, path)) picture.set(inner, innerStat)
  }
  return picture
}

async function entriesOf(root: FolderRoot, path: string) {
  try {
    return await root.listWithStats(path)
  } catch (error) {
    // It went between two looks; what it held is gone with it.
    if (codeOf(error) === 'FILE_NOT_FOUND') return []
    throw error
  }
}

export class Arrivals {
  /** What both sides held alike, by its marks. */
  readonly #agreed = new Map<string, string>()
  /** Agreed once and seen missing on one side: where first, and when. */
  readonly #missing = new Map<string, { from: Side; sinceMs: number }>()

  get count(): number {
    return this.#agreed.size
  }

  look(pictures: readonly [Picture, Picture], nowMs: number): Movement[] {
    const paths = new Set([...pictures[0].keys(), ...pictures[1].keys(), ...this.#agreed.keys()])
    return [...paths].sort().flatMap((path) => {
      const [one, other] = [pictures[0].get(path), pictures[1].get(path)]
      if (one && other) return this.#both(path, one, other)
      return this.#agreed.has(path) ? this.#gone(path, one, other, nowMs) : []
    })
  }

  #both(path: string, one: FileStat, other: FileStat): Movement[] {
    this.#missing.delete(path)
    const marks = marksOf(one)
    if (marks !== marksOf(other) || this.#agreed.get(path) === marks) return []
    this.#agreed.set(path, marks)
    // The change time is the kernel's: whoever has the older one had the file first.
    const lead = Number(other.ctimeNs - one.ctimeNs) / 1e6
    return [{ kind: 'arrived', path, from: lead >= 0 ? 0 : 1, bytes: one.size, afterMs: Math.abs(lead) }]
  }

  #gone(path: string, one: FileStat | undefined, other: FileStat | undefined, nowMs: number): Movement[] {
    const missing = this.#missing.get(path)
    if (one ?? other) {
      this.#missing.set(path, missing ?? { from: one ? 1 : 0, sinceMs: nowMs })
      return []
    }
    this.#missing.delete(path)
    this.#agreed.delete(path)
    const afterMs = nowMs - (missing?.sinceMs ?? nowMs)
    return [{ kind: 'deleted', path, from: missing?.from, bytes: 0, afterMs }]
  }
}

/** Times travel to the microsecond. */
function marksOf({ kind, size, mode, mtimeNs }: FileStat): string {
  return [kind, size, mode, mtimeNs / 1000n].join(' ')
}
