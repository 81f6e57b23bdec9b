/**
 * Builds dist/: "node scripts/build.ts" all of it, "node scripts/build.ts renderer node" some.
 * Promises that a part fails loudly and then leaves what was there before; a half-made one is never
 * used. Leaves out, and says so, what has no source.
 */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveConfig } from 'electron-vite'
import { build } from 'vite'
import { nodeConfig } from '../electron.vite.config.ts'
import { STAMP, stampOf } from '../src/node/fs/bundle-stamp.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Parts, and the sources without which a part is not built. */
const PARTS = {
  renderer: ['src/renderer/index.html'],
  node: ['src/node/cli/main.ts', 'src/node/desktop.ts'],
  preload: ['src/main/preload.ts'],
  main: ['src/main/index.ts'],
} as const
type Part = keyof typeof PARTS

const started = process.hrtime.bigint()
process.chdir(ROOT)
for (const part of partsAsked()) {
  const sources = PARTS[part].filter((path) => existsSync(path))
  if (sources.length === 0) say(`${part}: left out, there is no ${PARTS[part].join(' and no ')}`)
  else await (part === 'node' ? buildNode(sources) : buildWindow(part))
}
say(`built in ${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s`)

function partsAsked(): Part[] {
  const all = Object.keys(PARTS) as Part[]
  const asked = process.argv.slice(2)
  const unknown = asked.filter((name) => !all.includes(name as Part))
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')} (there are ${all.join(', ')})`)
  return all.filter((part) => asked.length === 0 || asked.includes(part))
}

async function buildWindow(part: Exclude<Part, 'node'>): Promise<void> {
  const { config } = await resolveConfig({ logLevel: 'warn' }, 'build', 'production')
  const found = config?.[part]
  await inPlace(part, (outDir) => build({ ...found, build: { ...found?.build, outDir } }))
}

async function buildNode(sources: readonly string[]): Promise<void> {
  await inPlace('node', async (outDir) => {
    // Before anything is read: a source that changes from here on is not in the bundle.
    const stamp = stampOf(ROOT)
    const config = nodeConfig(sources)
    await build({ ...config, build: { ...config.build, outDir } })
    writeFileSync(join(outDir, basename(STAMP)), stamp)
  })
}

/** Makes a part beside its place and moves it there when it is whole: pages are served meanwhile. */
async function inPlace(part: Part, make: (outDir: string) => Promise<unknown>): Promise<void> {
  const made = join(ROOT, 'dist', `.making-${part}-${process.pid}`)
  const place = join(ROOT, 'dist', part)
  try {
    await make(made)
    // Another build may put its own there between the two: whichever comes last stays.
    for (let isPlaced = false; !isPlaced; isPlaced = rename(made, place))
      rmSync(place, { recursive: true, force: true })
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

/** False when something is in the way. */
function rename(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (
      ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(String((error as NodeJS.ErrnoException).code)) &&
      existsSync(to)
    )
      return false
    throw error
  }
}

function say(text: string): void {
  console.log(`build: ${text}`)
}
