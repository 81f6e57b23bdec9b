/**
 * What packs instead of Electron where its binary cannot be had: a small program with Electron's
 * fuses behind it, and a maker of Debian packages that only writes down what it was told. Promises
 * that nothing is fetched. Never shows that the real ones work.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../architecture/read-sources.ts'

/** As Electron's build puts them into its binary: a sentinel, version 1, and nine fuses. */
const FUSES = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x09101100011'

export interface Packed {
  /** The unpacked app. */
  readonly app: string
  readonly desktopEntry: string
  /** Target paths of what a Debian package would hold besides the app. */
  readonly installed: readonly string[]
  readonly afterInstall: string
}

/** Packs dist/ as it is. */
export function packWithStandIn(directory: string): Packed {
  const electron = join(directory, 'electron')
  mkdirSync(join(electron, 'locales'), { recursive: true })
  mkdirSync(join(electron, 'resources'))
  copyFileSync('/usr/bin/true', join(electron, 'electron'))
  appendFileSync(join(electron, 'electron'), FUSES, 'latin1')
  writeFileSync(join(electron, 'version'), electronVersion())
  writeFileSync(join(electron, 'locales/en-US.pak'), '')
  const output = join(directory, 'out')
  const cli = join(ROOT, 'node_modules/electron-builder/cli.js')
  const settings = [
    `electronDist=${electron}`,
    `directories.output=${output}`,
    // A Debian package names a home page, and the project has none yet.
    'extraMetadata.homepage=https://peerfold.invalid',
  ]
  execFileSync(process.execPath, [cli, '--linux', 'deb', ...settings.map((setting) => `-c.${setting}`)], {
    cwd: ROOT,
    env: { ...process.env, CUSTOM_FPM_PATH: recorderIn(directory) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
  return {
    app: join(output, 'linux-unpacked'),
    desktopEntry: read('desktop'),
    installed: read('arguments')
      .split('\n')
      .flatMap((line) => /^\/.*=(?<target>\/.*)$/.exec(line)?.groups?.['target'] ?? []),
    afterInstall: read('after-install'),
  }
}

function electronVersion(): string {
  const manifest = readFileSync(join(ROOT, 'node_modules/electron/package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** Stands for fpm, which makes the package: keeps its arguments, the desktop entry and the script. */
function recorderIn(directory: string): string {
  const path = join(directory, 'fpm')
  const script = `#!/bin/sh
cd '${directory}'
printf '%s\\n' "$@" > arguments
for each in "$@"; do case "$each" in *.desktop=*) cp "\${each%%=*}" desktop ;; esac; done
while [ $# -gt 0 ]; do
  case "$1" in --package) : > "$2" ;; --after-install) cp "$2" after-install ;; esac
  shift
done
`
  writeFileSync(path, script)
  chmodSync(path, 0o755)
  return path
}
