/**
 * Plants small faults into src/node/core, one at a time, and runs its tests against each: what no test
 * notices is printed. By hand only: `npm run mutate -- [file.ts ...]` takes minutes to an hour. Promises
 * to leave the sources and the installed packages alone: Stryker is fetched into .tmp at its pinned
 * version, because 200 packages for a tool run now and then have no place in everybody's install.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../test/architecture/read-sources.ts'

const STRYKER = '10.1.1'
/** Percent; below it the run fails. */
const GOAL = 80

const home = join(ROOT, '.tmp/stryker')
const packages = join(home, 'node_modules/@stryker-mutator')

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

/** Vitest is ours: the tests and the runner must mean the same one. */
function install(): void {
  const manifest = join(packages, 'core/package.json')
  if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes(`"version": "${STRYKER}"`)) return
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  const wanted = ['core', 'vitest-runner'].map((name) => `@stryker-mutator/${name}@${STRYKER}`)
  run('npm', ['install', '--prefix', home, '--no-audit', '--no-fund', '--legacy-peer-deps', ...wanted])
}

function configure(files: readonly string[]): string {
  const chosen = files.length > 0 ? files : ['*.ts']
  const config = {
    mutate: chosen.map((file) => `src/node/core/${file}`),
    testRunner: 'vitest',
    plugins: [join(packages, 'vitest-runner/dist/src/index.js')],
    vitest: { configFile: 'vitest.mutate.config.ts', related: false },
    coverageAnalysis: 'perTest',
    // The tests run as they are: Vitest checks no types.
    disableTypeChecks: false,
    incremental: true,
    incrementalFile: '.tmp/stryker/known.json',
    tempDirName: '.tmp/stryker/sandbox',
    ignorePatterns: ['.tmp', '.vitest', 'dist', 'docs', 'assets'],
    reporters: ['clear-text', 'progress', 'json'],
    jsonReporter: { fileName: '.tmp/stryker/report.json' },
    thresholds: { high: 95, low: GOAL, break: GOAL },
    timeoutMS: 10_000,
    concurrency: 2,
  }
  const path = join(home, 'config.json')
  writeFileSync(path, JSON.stringify(config))
  return path
}

install()
const config = configure(process.argv.slice(2))
run(process.execPath, [join(packages, 'core/bin/stryker.js'), 'run', config])
