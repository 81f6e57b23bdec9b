/** Kept contents read again: those beside their descriptions, and those in packs. */
import { describe, expect, test } from 'vitest'
import type { KnownVersion } from '../../../src/node/durability/catalogue.ts'
import { contentPath, PACKS } from '../../../src/node/durability/layout.ts'
import { checkVersions } from '../../../src/node/files/check-versions.ts'
import type { FolderRoot } from '../../../src/node/fs/file-system.ts'
import { packNames, Packs } from '../../../src/node/store/packs.ts'
import type { CheckedVersion } from '../../../src/node/sync/ports.ts'
import { seededBytes } from '../../support/chunker-feeding.ts'
import { HOUR, upkeepOn } from '../../support/kept-in-order.ts'
import { memoryFolder } from '../../support/memory-folder.ts'
import { allVersions, displace, scribble, storeOn } from '../../support/versions.ts'

const NEVER = new AbortController().signal

async function openWorld() {
  const folder = memoryFolder(1)
  const root = await folder.open()
  const { clock, disk } = folder
  let seed = 0
  const park = async (path: string, content: string): Promise<string> => {
    clock.add(1_000)
    disk.user.write(`/folder/${path}`, content)
    return displace(root, storeOn(root, ++seed, clock), path, content, undefined)
  }
  const takeIn = () => upkeepOn({ fileSystem: disk.fileSystem, root, clock, seed: ++seed }).runNow()
  const check = async (after = '', pace = async (_bytes: number) => {}): Promise<CheckedVersion[]> => {
    const store = storeOn(root, ++seed, clock)
    const checked: CheckedVersion[] = []
    for await (const one of checkVersions(root, store, after, pace, NEVER)) checked.push(one)
    return checked
  }
  return { folder, root, clock, park, takeIn, check }
}

/** Text of several blocks; two of them with one `seed` share all but the last. */
function long(seed: string, end: string): string {
  return Buffer.from(seededBytes(seed, 200_000)).toString('hex') + end
}

/** Spoils one byte in the middle of the stored block that lies first in a pack, or last. */
async function spoilBlock(root: FolderRoot, which: 'first' | 'last', pack = 0): Promise<void> {
  const packs = new Packs(root, PACKS)
  await packs.refresh()
  const { index, name } = packs.list[pack]!
  const blocks = Array.from({ length: index.count }, (_, position) => index.at(position))
  const [first, ...rest] = blocks.toSorted((a, b) => a.offset - b.offset)
  const { offset, storedBytes } = (which === 'first' ? first : rest.at(-1))!
  const file = await root.openWrite(`${PACKS}/${name}`)
  const at = offset + (storedBytes >> 1)
  const byte = new Uint8Array(1)
  await file.read(byte, at)
  await file.write(Uint8Array.of(byte[0]! ^ 0xff), at)
  await file.close()
}

const damagedIds = (checked: readonly CheckedVersion[]): string[] =>
  checked.filter(({ damaged }) => damaged).map(({ id }) => id)

describe('versions in packs', () => {
  test('are sound as long as every block is', async () => {
    const { park, takeIn, check } = await openWorld()
    const ids = [await park('empty', ''), await park('small', 'small'), await park('large', long('a', ''))]
    await takeIn()
    expect((await check()).map(({ id, damaged }) => [id, damaged])).toEqual(
      ids.toReversed().map((id) => [id, false]),
    )
  })

  test('that share a damaged block are all named, and no others', async () => {
    const { root, park, takeIn, check } = await openWorld()
    const ids = [await park('a', long('shared', '1')), await park('a', long('shared', '2'))]
    const other = await park('b', long('other', ''))
    await takeIn()
    await spoilBlock(root, 'first')
    const checked = await check()
    expect(damagedIds(checked)).toEqual(ids.toReversed())
    expect(checked.find(({ id }) => id === other)?.damaged).toBe(false)
  })

  test('are damaged when the page that lists their blocks is', async () => {
    const { root, park, takeIn, check } = await openWorld()
    const id = await park('a', long('a', ''))
    await takeIn()
    await spoilBlock(root, 'last')
    expect(damagedIds(await check())).toEqual([id])
  })

  test('are damaged when a pack is gone or its index is spoiled', async () => {
    for (const how of ['gone', 'spoiled'] as const) {
      const { root, park, takeIn, check } = await openWorld()
      const id = await park('a', 'content')
      await takeIn()
      const [name] = await packNames(root, PACKS)
      const path = `${PACKS}/${name}`
      if (how === 'gone') await root.unlink(path)
      else await scribble(root, path, 'nothing')
      expect(damagedIds(await check()), how).toEqual([id])
    }
  })

  test('cost each block one reading, however many of them share it', async () => {
    const { park, takeIn, check } = await openWorld()
    for (const end of ['1', '2', '3', '4']) await park('a', long('shared', end))
    await takeIn()
    const read = (await check()).map(({ bytes }) => bytes)
    expect(read[0]).toBeGreaterThan(400_000)
    for (const bytes of read.slice(1)) expect(bytes).toBeLessThan(read[0]! / 2)
  })

  test('go on behind the one that was read last', async () => {
    const { root, park, takeIn, check } = await openWorld()
    const [older, newer] = [await park('a', 'older'), await park('a', 'newer')]
    await takeIn()
    await spoilBlock(root, 'first')
    await spoilBlock(root, 'last')
    expect(damagedIds(await check())).toEqual([newer, older])
    expect(damagedIds(await check(newer))).toEqual([older])
  })

  test('are sound when a program wrote them before they were taken in', async () => {
    const { root, clock, park, takeIn, check } = await openWorld()
    const id = await park('a', 'as parked')
    clock.add(HOUR)
    await scribble(root, contentPath(id), 'written late')
    clock.add(25 * HOUR)
    await takeIn()
    expect((await check()).map(({ damaged }) => damaged)).toEqual([false])
  })

  test('that were let go meanwhile are not named', async () => {
    const { root, park, check, takeIn } = await openWorld()
    const id = await park('a', 'content')
    await takeIn()
    const [version] = (await allVersions(root)) as KnownVersion[]
    const [name] = await packNames(root, PACKS)
    const checked = await check('', async () => {
      if ((await root.lstat(`${PACKS}/${name}`)) === undefined) return
      await root.unlink(`.peerfold/versions/items/${id.slice(0, 8)}/${version?.id}.json`)
      await root.unlink(`${PACKS}/${name}`)
    })
    expect(checked).toEqual([])
  })

  test('hold no pack open while others come first', async () => {
    const { folder, park, takeIn, check } = await openWorld()
    for (const name of ['a', 'b', 'c']) await park(name, long(name, '').repeat(4))
    await takeIn()
    const open: number[] = []
    await check('', async (bytes) => void (bytes > 0 && open.push(folder.disk.openHandles())))
    expect(open.length).toBeGreaterThan(1)
    expect(new Set(open)).toEqual(new Set([0]))
  })
})

test('a file beside its description is compared with what is claimed for it', async () => {
  const { folder, park, check } = await openWorld()
  const [good, bad] = [await park('a', 'good'), await park('b', 'bad')]
  folder.disk.user.rot(`/folder/${contentPath(bad)}`, 1)
  expect((await check()).map(({ id, damaged }) => [id, damaged])).toEqual([
    [bad, true],
    [good, false],
  ])
})
