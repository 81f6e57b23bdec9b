/**
 * Waiting until directories of several nodes are the same. Promises to compare the disks, not what
 * the nodes say of them, and to name what differs when the deadline passes.
 */
import { expect } from 'vitest'
import { eventually } from './deadline.ts'
import type { RealNode } from './real-nodes.ts'
import { isAtRest } from './real-nodes.ts'
import { differences, leftovers, lookAlike, readTree } from './trees.ts'
import type { Tree } from './trees.ts'

export interface Place {
  readonly node: RealNode
  readonly path: string
}

/** Resolves with the tree that all places hold, once every node is at rest with it. */
export async function untilSame(deadlineMs: number, folder: string, places: readonly Place[]): Promise<Tree> {
  const [first, ...others] = places
  if (!first) throw new Error('no place to compare')
  try {
    await eventually(deadlineMs, 'the directories are the same and the nodes at rest', async () => {
      for (const { node } of places) if (!(await isAtRest(node, folder))) return false
      return others.every(({ path }) => lookAlike(first.path, path))
    })
  } catch (error) {
    const trees = places.map(({ path }) => readTree(path))
    const found = trees.slice(1).flatMap((tree) => differences(trees[0] ?? new Map(), tree))
    const said = await Promise.all(places.map(({ node }) => node.folder(folder).catch(String)))
    throw new Error(
      `${String(error)}\n${found.join('\n')}\n${said.map((one) => JSON.stringify(one)).join('\n')}`,
      {
        cause: error,
      },
    )
  }
  const tree = readTree(first.path)
  for (const { path } of others) expect(differences(tree, readTree(path))).toEqual([])
  expect(leftovers(tree)).toEqual([])
  return tree
}
