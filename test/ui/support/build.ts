/**
 * The built interface, as the nodes serve it. Promises that what the tests see is what the sources
 * say: a build that is older than any source of it is made again.
 */
import { execFileSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../architecture/read-sources.ts'

const BUILT = 'dist/renderer/index.html'
/** All that the bundle is made of, or made by. */
const SOURCES = ['src/renderer/**/*', 'src/node/words/**/*', 'src/node/api/**/*', 'electron.vite.config.ts']

export function buildWhatIsStale(): void {
  const newestMs = Math.max(...globSync(SOURCES, { cwd: ROOT }).map(modifiedMs))
  if (modifiedMs(BUILT) > newestMs) return
  execFileSync(process.execPath, ['scripts/build.ts', 'renderer'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

/** Of a file below the root; 0 when there is none. */
function modifiedMs(path: string): number {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
