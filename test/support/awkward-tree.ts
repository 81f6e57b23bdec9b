/**
 * Trees for tests with real disks: one of everything that is awkward about names, kinds, modes,
 * sizes and times, and a big real one. Promises the same tree for the same seed. Never makes what
 * the engine may refuse by design (names that are no UTF-8, devices, unreadable files).
 */
import { execFileSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '../../src/node/base/random.ts'
import { ROOT } from '../architecture/read-sources.ts'
import { amount } from './tier.ts'

const KIB = 1_024
const MIB = KIB * KIB

/** Has the form of the engine's own temporaries without their proof: a user's file. */
export const LOOK_ALIKES = ['.peerfold-0123.tmp', '.peerfold-0123456789abcdef0123456789abcdef.tmp']

const NAMES = [
  'with space',
  ' leading and trailing ',
  'line\nbreak',
  'tab\tand\rreturn',
  `quotes ' " \``,
  'back\\slash',
  'star*?[a]{b}',
  'emoji 🙈',
  'beyond the plane 𝒳𠀋',
  'caf\u00e9', // composed
  'cafe\u0301', // the same word, decomposed: another name
  '\u0130\u00df\u212a', // letters whose case folding changes their length
  'right\u202eto left',
  'ÄÖÜ',
  'n'.repeat(255),
  '语'.repeat(85), // 255 bytes
  '-rf',
  '--help',
  '.hidden',
  '..two dots',
  '...',
  'trailing dot.',
  'CON',
  'aux.txt',
  'a:b',
  '__proto__',
  'constructor',
  'report (conflict x).txt',
  '(conflict x)',
  '.peerfold.txt',
  '.peerfoldish',
  'Case',
  'case',
  ...LOOK_ALIKES,
]

/** Around the borders that the parts below care about: read windows, blocks, manifest pages. */
const SIZES = [
  0,
  1,
  16 * KIB - 1,
  16 * KIB,
  16 * KIB + 1,
  64 * KIB - 1,
  64 * KIB,
  64 * KIB + 1,
  128 * KIB - 1,
  128 * KIB,
  128 * KIB + 1,
  256 * KIB - 1,
  256 * KIB,
  256 * KIB + 1,
  MIB - 1,
  MIB,
  MIB + 1,
  4 * MIB,
  5 * MIB,
]

const FILE_MODES = [0o400, 0o444, 0o600, 0o640, 0o644, 0o700, 0o755, 0o777]
const DIRECTORY_MODES = [0o500, 0o555, 0o700, 0o755, 0o777]

/** Seconds since 1970 with nanoseconds, as `touch` reads them. */
const TIMES = [
  '-86400.123456789',
  '-1.999999999',
  '0.000000001',
  '1.5',
  '1234567890.123456789',
  '2147483648.000000999',
  '4294967296.999999999',
  '7258118400.000001001',
]

/** `count` bytes that do not compress; the same for the same seed. */
export function seededBytes(seed: number, count: number): Buffer {
  const key = Buffer.alloc(16)
  key.writeDoubleLE(seed)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(count))
}

/** Makes `directory` and fills it. */
export function makeAwkwardTree(directory: string, seed: number): void {
  mkdirSync(directory)
  const at = (...parts: string[]): string => join(directory, ...parts)
  for (const name of ['names', 'sizes', 'modes', 'times', 'links', 'empty', 'deep']) mkdirSync(at(name))

  for (const [index, name] of NAMES.entries()) {
    writeFileSync(at('names', name), `content of ${index}`)
    if (index % amount({ short: 3, long: 1 }) !== 0) continue
    mkdirSync(at('names', `in ${index}`))
    mkdirSync(at('names', `in ${index}`, name))
    writeFileSync(at('names', `in ${index}`, name, name), seededBytes(seed + index, index))
  }
  for (const [index, size] of SIZES.entries())
    writeFileSync(at('sizes', String(size)), seededBytes(seed + 1_000 + index, size))
  // All alike: every block of it has one hash.
  writeFileSync(at('sizes', 'zeros'), Buffer.alloc(3 * MIB + 7))
  writeFileSync(at('sizes', 'twin'), seededBytes(seed + 1_000 + SIZES.length - 1, 5 * MIB))

  mkdirSync(at('empty', 'inner', 'innermost'), { recursive: true })
  mkdirSync(at('deep', ...Array.from({ length: 40 }, (_, depth) => `d${depth}`)), { recursive: true })
  makeRandomTree(at('deep', 'random'), seed)
  makeLinks(at('links'))
  makeTimes(at('times'))
  makeModes(at('modes')) // last: nothing can be made in a directory of mode 0500
}

function makeRandomTree(directory: string, seed: number): void {
  const random = seededRandom(seed)
  const directories = [directory]
  mkdirSync(directory)
  for (let index = 0; index < amount({ short: 40, long: 120 }); index++) {
    const parent = directories[random.below(directories.length)] ?? directory
    const path = join(parent, `${index}`)
    if (random.below(4) === 0) {
      mkdirSync(path)
      directories.push(path)
    } else writeFileSync(path, random.bytes(random.below(3_000)))
  }
}

function makeLinks(directory: string): void {
  const link = (name: string, target: string): void => symlinkSync(target, join(directory, name))
  writeFileSync(join(directory, 'file'), 'pointed at')
  mkdirSync(join(directory, 'directory'))
  writeFileSync(join(directory, 'directory', 'inside'), 'inside')
  link('relative', 'file')
  link('to directory', 'directory')
  link('into directory', 'directory/inside')
  link('up', '../sizes/1')
  link('absolute', '/etc/hostname')
  link('dangling', 'nowhere/at all')
  link('itself', 'itself')
  link('loop a', 'loop b')
  link('loop b', 'loop a')
  link('here', '.')
  link('outward', '../../../../../../outside')
  link('to root', '/')
  link('line\nbreak', 'odd\ntarget 🙈')
  link('long', 't'.repeat(1_000))
  execFileSync('touch', ['-h', '-d', '@1000000000.123456', join(directory, 'dangling')])
}

function makeTimes(directory: string): void {
  for (const [index, time] of TIMES.entries()) {
    const path = join(directory, `time ${index}`)
    writeFileSync(path, time)
    execFileSync('touch', ['-d', `@${time}`, path])
  }
}

function makeModes(directory: string): void {
  for (const mode of FILE_MODES) {
    const path = join(directory, `file ${mode.toString(8)}`)
    writeFileSync(path, `mode ${mode.toString(8)}`)
    chmodSync(path, mode)
  }
  for (const mode of DIRECTORY_MODES) {
    const path = join(directory, `directory ${mode.toString(8)}`)
    mkdirSync(path)
    writeFileSync(join(path, 'inside'), `in ${mode.toString(8)}`)
    chmodSync(path, mode)
  }
}

/** Packages with native programs for every platform: bytes without variety. */
const PACKAGE_BYTES_LIMIT = 16 * MIB

/**
 * Copies installed packages and, where there is some, documentation into the new `directory` until
 * it has at least `entries` files. Real names, sizes, modes, times and links.
 */
export function copyRealTree(directory: string, entries: number): number {
  mkdirSync(directory)
  let copied = 0
  for (const source of realSources()) {
    if (copied >= entries) break
    const { count, bytes } = measure(source)
    if (bytes > PACKAGE_BYTES_LIMIT) continue
    const target = join(directory, source.replaceAll('/', '_'))
    cpSync(source, target, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
    copied += count
  }
  return copied
}

function realSources(): string[] {
  const listed = (directory: string): string[] => {
    try {
      return readdirSync(directory)
        .toSorted()
        .map((name) => join(directory, name))
    } catch {
      return [] // Not on this machine.
    }
  }
  const documents = listed('/usr/share/doc').slice(0, 300)
  return [...documents, ...listed(join(ROOT, 'node_modules'))]
}

function measure(path: string): { count: number; bytes: number } {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isDirectory()) return { count: 1, bytes: stat?.size ?? 0 }
  let [count, bytes] = [0, 0]
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    count++
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size
  }
  return { count, bytes }
}
