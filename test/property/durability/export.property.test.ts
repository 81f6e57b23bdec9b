/** Whatever was parked comes out again: random paths, contents, orders, devices and damage. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exportVersions } from '../../../src/node/durability/export.ts'
import { descriptionPath } from '../../../src/node/durability/layout.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import { amount } from '../../support/tier.ts'
import { allVersions, hashOf, itemOf, put, storeOn, treeOf } from '../../support/versions.ts'

/** Fixed, so that a run repeats. */
const seed = 20261120

/** Awkward names, and few of them, so that paths meet: files where directories were and back. */
const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'a.txt',
    '.hidden',
    '__proto__',
    'a (2026-11-20 13.55.00.000Z laptop)',
    'of unknown origin',
  ),
  fc.constantFrom(
    'x'.repeat(255),
    '😀'.repeat(63),
    `${'ü'.repeat(120)}.text`,
    ' ',
    '-',
    '\n',
    '\\',
    'a\u0301',
    'CON',
    '*?"<>|:',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
)
const usable = name.filter(
  (text) => !/[/\0]/.test(text) && text !== '.' && text !== '..' && text.isWellFormed(),
)
const path = fc
  .array(usable, { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'))
  .filter((text) => !text.startsWith('.peerfold'))

const step = fc.record({
  path,
  /** Unique contents are what a lost one is known by; equal ones must not confuse the names. */
  content: fc.oneof(
    fc.nat({ max: 3 }).map((at) => `shared ${at}`),
    fc.uuid(),
  ),
  isLink: fc.boolean(),
  device: fc.oneof(fc.constantFrom('laptop', ''), fc.string({ unit: 'grapheme', maxLength: 60 })),
  waitMs: fc.constantFrom(0, 0, 1, 86_400_000),
  isDamaged: fc.integer({ min: 0, max: 9 }).map((at) => at === 0),
})

test('an export holds every content that was ever parked', async () => {
  let exported = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.boolean(),
      async (steps, hardLinks) => {
        const folder = memoryFolder(seed, { hardLinks })
        const from = await folder.open()
        const store = storeOn(from, 1, folder.clock)
        const expected = new Set<string>()
        for (const { path, content, isLink, device, waitMs, isDamaged } of steps) {
          folder.clock.add(waitMs)
          if (!(await putAnything(from, path, content, isLink))) continue
          const author = { device: '12D3KooWSomebody', name: device }
          const kind = isLink ? 'symlink' : 'file'
          const handle = await store.prepare(itemOf(path, content, { kind, author, reason: 'deleted' }))
          await store.adopt(handle, path, 'move')
          expected.add(`${kind} ${hashOf(content)}`)
          if (isDamaged) folder.disk.user.write(`/folder/${descriptionPath(handle.id)}`, '{')
        }
        const to = await memoryFolder(seed + 1, { hardLinks }).open()
        const result = await exportVersions(from, to)
        exported += result.exported
        expect(result.problems).toEqual([])
        expect(result.exported + result.alreadyThere).toBe((await allVersions(from)).length)
        const found = [...(await treeOf(to)).values()].map((content) =>
          content.startsWith('-> ') ? `symlink ${hashOf(content.slice(3))}` : `file ${hashOf(content)}`,
        )
        expect(new Set(found)).toEqual(expected)
        const again = await exportVersions(from, to)
        expect(again).toMatchObject({ exported: 0, problems: [] })
      },
    ),
    { seed, numRuns: amount({ short: 150, long: 3_000 }) },
  )
  expect(exported).toBeGreaterThan(500)
})

/** False when a part of the path is something else already. */
async function putAnything(
  root: FolderRoot,
  path: string,
  content: string,
  isLink: boolean,
): Promise<boolean> {
  try {
    await put(root, path, content)
    if (!isLink) return true
    await root.unlink(path)
    await root.makeSymlink(path, content)
    return true
  } catch {
    return false
  }
}
