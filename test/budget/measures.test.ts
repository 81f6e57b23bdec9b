/**
 * How long and how much: a save until it is on the other disk, a large file, many small ones, and
 * the memory both nodes took for it. Promises to print what was measured, and limits with margin.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { seededBytes } from '../support/awkward-tree.ts'
import { within } from '../support/deadline.ts'
import { openStage } from '../support/real-nodes.ts'
import type { RealNode } from '../support/real-nodes.ts'
import { untilSame } from '../support/synced.ts'
import { FOLDER, twoPlaces } from '../support/two-places.ts'
import { amount } from '../support/tier.ts'

const MIB = 1 << 20

function report(text: string): void {
  process.stdout.write(`  ${text}\n`)
}

const SAVES = 50
/** Milliseconds: what the product promises. */
const SAVE_LIMIT_MS = 1_000

test(`of ${SAVES} saves, 95 % are on the other disk within a second`, async () => {
  const [from, to] = await twoPlaces(openStage())
  const arrivals = watchArrivals(to.path)
  const tookMs: number[] = []
  for (let save = 0; save < SAVES; save++) {
    const name = `${save % 5}.txt`
    const content = `save ${save}`
    const arrived = arrivals(name, content)
    const startMs = performance.now()
    if (save % 2 === 0) writeFileSync(join(from.path, name), content)
    else saveLikeAnEditor(from.path, name, content)
    await within(20_000, `save ${save} arrives`, arrived)
    tookMs.push(performance.now() - startMs)
  }
  const sorted = tookMs.toSorted((one, other) => one - other)
  const at = (share: number): number => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0)
  report(`a save arrives after ${at(0.5)} ms (p50), ${at(0.95)} ms (p95), ${at(1)} ms (longest)`)
  expect(at(0.95)).toBeLessThanOrEqual(SAVE_LIMIT_MS)
})

/** Writes beside and renames over, as many editors do. */
function saveLikeAnEditor(directory: string, name: string, content: string): void {
  writeFileSync(join(directory, `.${name}.swp`), content)
  renameSync(join(directory, `.${name}.swp`), join(directory, name))
}

/** Resolves when the file reads so; told by the kernel, so nothing is polled. */
function watchArrivals(directory: string): (name: string, content: string) => Promise<void> {
  let look = (): void => {}
  const watcher = watch(directory, () => look())
  onTestFinished(() => watcher.close())
  return (name, content) =>
    new Promise((resolve) => {
      look = () => {
        try {
          if (readFileSync(join(directory, name), 'utf8') === content) resolve()
        } catch {
          // Not there yet.
        }
      }
    })
}

/** Heaps and pools have grown to their working size after as much. */
const WARM_UP_MIB = 64
/**
 * Bytes a node may need more for 1 GiB after that. Measured 2026-11-20 on 2 cores, peaks of sender and
 * receiver in MiB: 354 and 327 after 64 MiB, 369 and 343 after 256 MiB twice, 379 and 368 after 1 GiB,
 * 393 and 398 after another: heaps growing with the collector's mood, far from the size of the file.
 */
const GROWTH_LIMIT_BYTES = 128 * MIB
/**
 * Bytes in all, of which a node that does nothing holds 270 MiB. Measured 2026-11-20: 398 MiB after
 * 2.6 GiB, 474 MiB after 10,000 small files (receiver).
 */
const PEAK_LIMIT_BYTES = 640 * MIB

test(
  'a large file arrives identical, with no more memory than a smaller one takes',
  { timeout: 600_000 },
  async () => {
    const places = await twoPlaces(openStage())
    const [from, to] = places
    writeLarge(join(from.path, 'smaller'), 1, WARM_UP_MIB * MIB)
    await untilSame(60_000, FOLDER, places)
    const before = [from, to].map(({ node }) => node.peakBytes())
    const bytes = amount({ short: 64 * MIB, long: 1_024 * MIB })
    const startMs = performance.now()
    writeLarge(join(from.path, 'large'), 2, bytes)
    await untilSame(500_000, FOLDER, places)
    const tookMs = performance.now() - startMs
    const after = [from, to].map(({ node }) => node.peakBytes())
    report(
      `${bytes / MIB} MiB written and in step after ${Math.round(tookMs)} ms; ` +
        `peaks ${inMib(before)} MiB before, ${inMib(after)} MiB after (sender, receiver)`,
    )
    for (const [index, peak] of after.entries()) {
      expect(peak - (before[index] ?? 0)).toBeLessThan(GROWTH_LIMIT_BYTES)
      expect(peak).toBeLessThan(PEAK_LIMIT_BYTES)
    }
  },
)

/** In pieces, so that the test holds no more of it than the nodes do. */
function writeLarge(path: string, seed: number, bytes: number): void {
  const file = openSync(path, 'w')
  for (let at = 0; at < bytes; at += MIB) writeSync(file, seededBytes(seed * 100_000 + at / MIB, MIB))
  closeSync(file)
}

function inMib(bytes: readonly number[]): string {
  return bytes.map((one) => Math.round(one / MIB)).join(' and ')
}

test('many small files arrive identical', { timeout: 600_000 }, async () => {
  const places = await twoPlaces(openStage())
  const [from, to] = places
  const count = amount({ short: 2_000, long: 10_000 })
  for (let index = 0; index < count; index++) {
    const directory = join(from.path, `${Math.trunc(index / 100)}`)
    if (index % 100 === 0) mkdirSync(directory)
    writeFileSync(join(directory, `${index}`), seededBytes(index, 100 + (index % 8_000)))
  }
  const startMs = performance.now()
  const tree = await untilSame(400_000, FOLDER, places)
  const nodes: RealNode[] = [from.node, to.node]
  const peaks = nodes.map((node) => node.peakBytes())
  report(
    `${count} small files in step after ${Math.round(performance.now() - startMs)} ms; ` +
      `peaks ${inMib(peaks)} MiB (sender, receiver)`,
  )
  expect(tree.size).toBe(count + Math.ceil(count / 100))
  for (const peak of peaks) expect(peak).toBeLessThan(PEAK_LIMIT_BYTES)
})
