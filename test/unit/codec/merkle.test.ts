/** The Merkle tree against the vectors of Certificate Transparency, whose shape and prefixes it has. */
import { describe, expect, it } from 'vitest'
import { hexOf } from '../../../src/node/codec/hash.ts'
import { hashLeaf, merklePath, merkleRoot, rootAlong } from '../../../src/node/codec/merkle.ts'

// Leaves and roots of the test tree in certificate-transparency (C++), also used by its other clients.
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => hashLeaf(Buffer.from(hex, 'hex')))
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

describe('the tree', () => {
  it.each(ROOTS.map((root, index) => ({ count: index + 1, root })))(
    'over $count leaves has the root that RFC 6962 gives',
    ({ count, root }) => {
      expect(hexOf(merkleRoot(LEAVES.slice(0, count)))).toBe(root)
    },
  )

  it('is proved leaf by leaf, for every leaf of every size up to eight', () => {
    for (let count = 1; count <= LEAVES.length; count++) {
      const leaves = LEAVES.slice(0, count)
      leaves.forEach((leaf, index) => {
        const path = merklePath(leaves, index)
        expect(hexOf(rootAlong(path, leaf, index, count)!)).toBe(ROOTS[count - 1])
      })
    }
  })

  it('is not proved from another place, with another leaf or another length of path', () => {
    const root = ROOTS[6]
    const leaves = LEAVES.slice(0, 7)
    const path = merklePath(leaves, 2)
    const other = (node: Uint8Array, index: number, steps: Uint8Array): string =>
      hexOf(rootAlong(steps, node, index, 7) ?? Uint8Array.of())
    expect(other(leaves[2]!, 2, path)).toBe(root)
    expect(other(leaves[3]!, 2, path)).not.toBe(root)
    expect(other(leaves[2]!, 3, path)).not.toBe(root)
    expect(other(leaves[2]!, 6, path)).toBe('')
    expect(other(leaves[2]!, 2, path.subarray(32))).toBe('')
    expect(other(leaves[2]!, 2, Buffer.concat([path, path]))).toBe('')
  })
})
