/**
 * A Merkle tree in the shape of RFC 6962 section 2.1 over nodes that are already hashed. Promises
 * that a leaf can never pass for an inner node (different prefix bytes). Knows neither blocks nor
 * pages, and stores no tree.
 */
import { createHash } from 'node:crypto'
import { HASH_BYTES } from './hash.ts'

const LEAF_PREFIX = Uint8Array.of(0)
const NODE_PREFIX = Uint8Array.of(1)

/** SHA-256 of 0x00 and the leaf's data. */
export function hashLeaf(data: Uint8Array): Uint8Array {
  return createHash('sha256').update(LEAF_PREFIX).update(data).digest()
}

function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(NODE_PREFIX).update(left).update(right).digest()
}

/** Root over at least one node; of one node it is that node. */
export function merkleRoot(nodes: readonly Uint8Array[]): Uint8Array {
  if (nodes.length === 1) return nodes[0]!
  const split = splitOf(nodes.length)
  return hashNode(merkleRoot(nodes.slice(0, split)), merkleRoot(nodes.slice(split)))
}

/** Siblings on the way from node `index` to the root, the lowest first, joined; empty for one node. */
export function merklePath(nodes: readonly Uint8Array[], index: number): Uint8Array {
  return Buffer.concat(siblings(nodes, index))
}

function siblings(nodes: readonly Uint8Array[], index: number): Uint8Array[] {
  if (nodes.length === 1) return []
  const split = splitOf(nodes.length)
  const left = nodes.slice(0, split)
  const right = nodes.slice(split)
  return index < split
    ? [...siblings(left, index), merkleRoot(right)]
    : [...siblings(right, index - split), merkleRoot(left)]
}

/**
 * The root that `node` at `index` of `count` leads to along `path`; undefined when the path has not
 * exactly the length that this place in the tree asks for.
 */
export function rootAlong(
  path: Uint8Array,
  node: Uint8Array,
  index: number,
  count: number,
): Uint8Array | undefined {
  const onRight = turns(index, count)
  if (path.length !== onRight.length * HASH_BYTES) return undefined
  return onRight.reduce<Uint8Array>((below, isRight, level) => {
    const sibling = path.subarray(level * HASH_BYTES, (level + 1) * HASH_BYTES)
    return isRight ? hashNode(sibling, below) : hashNode(below, sibling)
  }, node)
}

/** From the node upwards: whether it, and then each node above it, is a right child. */
function turns(index: number, count: number): boolean[] {
  const downwards: boolean[] = []
  for (let at = index, size = count; size > 1;) {
    const split = splitOf(size)
    const isRight = at >= split
    downwards.push(isRight)
    at = isRight ? at - split : at
    size = isRight ? size - split : split
  }
  return downwards.reverse()
}

/** The largest power of two below `count` (count > 1). */
function splitOf(count: number): number {
  return 2 ** (31 - Math.clz32(count - 1))
}
