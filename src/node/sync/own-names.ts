/**
 * Names of the temporaries that stand beside their target inside a folder. Promises to recognise
 * only names it can prove to be ours: a user's file with a similar name is a user's file.
 */
import { hashBlock, hexOf } from '../codec/hash.ts'
import { joinPath, nameOf, parentOf } from '../fs/relative-path.ts'
import type { RelativePath } from '../fs/relative-path.ts'

const TEMPORARY = /^\.peerfold-([0-9a-f]{16})([0-9a-f]{16})\.tmp$/

/**
 * Name of the temporary for `content` on its way to `target`: fixed length, so that a 255-byte
 * target has one too, and the same after a restart, so that a half-finished one is found again.
 * The second half is proved by the folder's secret from its marker.
 */
export function temporaryPath(secret: string, target: RelativePath, content: string): RelativePath {
  const identity = short(`${content}\n${target}`)
  return joinPath(parentOf(target), `.peerfold-${identity}${proof(secret, identity)}.tmp`)
}

/** Whether this engine made the temporary, here or in a former life of the folder's directory. */
export function isOurTemporary(secret: string, path: RelativePath): boolean {
  const [, identity, claimed] = TEMPORARY.exec(nameOf(path)) ?? []
  return identity !== undefined && claimed === proof(secret, identity)
}

function proof(secret: string, identity: string): string {
  return short(`${secret}\n${identity}`)
}

function short(text: string): string {
  return hexOf(hashBlock(Buffer.from(text))).slice(0, 16)
}
