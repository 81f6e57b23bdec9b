/**
 * The built page and preload, as they are shown. Promises that what the tests see is what the
 * sources say: what is older than any of its sources is built again.
 */
import { execFileSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../architecture/read-sources.ts'

/** Parts of scripts/build.ts, what they make, and all that they are made of or by. */
const PARTS = [
  {
    part: 'renderer',
    made: 'dist/renderer/index.html',
    sources: ['src/renderer/**/*', 'src/node/words/**/*', 'src/node/api/*', 'electron.vite.config.ts'],
  },
  {
    part: 'preload',
    made: 'dist/preload/preload.cjs',
    sources: ['src/main/preload*.ts', 'src/main/channels.ts', 'electron.vite.config.ts'],
  },
] as const

export function buildWhatIsStale(): void {
  const stale = PARTS.filter(({ made, sources }) => {
    const newestMs = Math.max(...globSync(sources, { cwd: ROOT }).map(modifiedMs))
    return modifiedMs(made) <= newestMs
  })
  if (stale.length === 0) return
  execFileSync(process.execPath, ['scripts/build.ts', ...stale.map(({ part }) => part)], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

/** Of a file below the root; 0 when there is none. */
function modifiedMs(path: string): number {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
