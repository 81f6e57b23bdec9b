/**
 * Runs at the end of `npm ci` and builds what a start needs: the screens and the node's bundle.
 * Promises that an install without the tools to build (npm ci --omit=dev) still succeeds and says
 * what it lacks. Never hides a build that fails.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** npm puts node_modules/.bin first on the path: this is the project's own Node, unless it is left out. */
const NEEDED = 24
const at = (path) => fileURLToPath(new URL('../' + path, import.meta.url))

const missing = !existsSync(at('node_modules/electron-vite/package.json'))
  ? 'the tools that build them are not installed; run "npm ci" without --omit=dev'
  : Number(process.versions.node.split('.')[0]) < NEEDED
    ? 'Node ' + NEEDED + ' is needed to build them, and this is ' + process.versions.node
    : undefined

if (missing !== undefined) {
  process.stderr.write(
    'peerfold: the screens are not built: ' +
      missing +
      '.\nThe node and its command line work without them.\n',
  )
} else {
  const built = spawnSync(process.execPath, [at('scripts/build.ts')], { stdio: 'inherit' })
  process.exitCode = built.status ?? 1
}
