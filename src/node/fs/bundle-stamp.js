/**
 * Whether the bundle in dist/node was made from the sources that lie beside it. Promises "no"
 * whenever a source, a dependency or the package itself is not exactly the one that was bundled, and never
 * throws. Never builds anything. JavaScript, because a start from the bundle must not load what
 * strips types from TypeScript: that is most of what the bundle saves.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Below the root of the checkout. */
export const STAMP = 'dist/node/made-from'
const SOURCES = 'src/node'
/** A change of either may change what is bundled; the second is written by npm with every install. */
const PACKAGES = ['package.json', 'node_modules/.package-lock.json']

/**
 * One line that changes with any file below src/node and with the installed packages: a hash of
 * names, sizes and modification times. Directories count, too: they change with what is
 * renamed. Reading the files instead would cost every command 20 ms;
 * a copy with other times only means that the sources run as they are.
 * @param {string} root of the checkout
 * @returns {string}
 */
export function stampOf(root) {
  const hash = createHash('sha256')
  const sources = readdirSync(join(root, SOURCES), { recursive: true }).sort()
  for (const name of [...sources.map((path) => `${SOURCES}/${path}`), ...PACKAGES]) {
    const { size, mtimeMs } = statSync(join(root, name))
    hash.update(`${name}\0${size}\0${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/**
 * @param {string} root of the checkout
 * @returns {boolean}
 */
export function isBundleFresh(root) {
  try {
    return readFileSync(join(root, STAMP), 'utf8') === stampOf(root)
  } catch {
    // No bundle, or no checkout: the caller runs what is there.
    return false
  }
}
