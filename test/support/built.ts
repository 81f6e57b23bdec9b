/** dist/ as the sources are. Promises to build only what is not, so that others' pages stay. */
import { execFileSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isBundleFresh } from '../../src/node/fs/bundle-stamp.js'
import { ROOT } from '../architecture/read-sources.ts'
import { buildWhatIsStale as buildPage } from '../ui/support/build.ts'

export function buildWhatIsStale(): void {
  buildPage()
  const stale = [...(isBundleFresh(ROOT) ? [] : ['node']), ...(isMainStale() ? ['main'] : [])]
  if (stale.length === 0) return
  execFileSync(process.execPath, ['scripts/build.ts', ...stale], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

function isMainStale(): boolean {
  const made = statSync(join(ROOT, 'dist/main/index.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = globSync(['src/main/*.ts', 'src/node/{base,words}/**/*', 'electron.vite.config.ts'], {
    cwd: ROOT,
  })
  return sources.some((path) => statSync(join(ROOT, path)).mtimeMs >= made)
}
