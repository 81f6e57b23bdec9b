/** Names and descriptions in the store. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decodeDescription, encodeDescription } from '../../../src/node/durability/description.ts'
import { exportDirectory, exportName } from '../../../src/node/durability/export-names.ts'
import type { Version } from '../../../src/node/durability/catalogue.ts'
import { partOf, versionId } from '../../../src/node/durability/layout.ts'
import { descriptionOf, itemOf, SOME_DAY_MS } from '../../support/versions.ts'

const ID = versionId(SOME_DAY_MS, 0, '9f86d081884c')

describe('ids', () => {
  test('show the time and sort by it', () => {
    expect(ID).toBe('20261120T135500000Z-0000-9f86d081884c')
    const times = [-62_167_219_200_000, -1, 0, SOME_DAY_MS, SOME_DAY_MS + 1, 253_402_300_799_999]
    const ids = times.flatMap((time) => [
      versionId(time, 0, 'ffffffffffff'),
      versionId(time, 1, '000000000000'),
    ])
    expect([...ids].sort()).toEqual(ids)
    expect(ids.every((id) => partOf(`${id}.content`)?.id === id)).toBe(true)
  })

  test('keep their form when the clock is absurd', () => {
    expect(versionId(1e20, 0, '000000000000')).toBe('99991231T235959999Z-0000-000000000000')
    expect(versionId(-1e20, 0, '000000000000')).toBe('00000101T000000000Z-0000-000000000000')
  })

  test.each([
    ['a look-alike', '20261120T135500000Z-0000-9F86D081884C.json'],
    ['a longer name', `${ID}.json.bak`],
    ['no part', ID],
    ['an empty name', ''],
  ])('are not seen in %s', (_what, name) => expect(partOf(name)).toBeUndefined())
})

describe('a description', () => {
  const description = descriptionOf(
    itemOf('odd "names"/\u0000-less/ü\n😀/,"checksum":', 'x', { mtimeNs: -1n }),
    ID,
  )

  test('decodes to what was encoded', () => {
    const usual = descriptionOf(itemOf('odd "names"/ü\n😀/,"checksum":', 'x', { mtimeNs: -1n }), ID)
    expect(decodeDescription(encodeDescription(usual), ID)).toEqual(usual)
  })

  test('is one JSON document whose checksum covers every byte before it', () => {
    const text = Buffer.from(encodeDescription(descriptionOf(itemOf('a', 'x'), ID))).toString()
    expect(text.startsWith(`{"format":1,"id":"${ID}","path":`)).toBe(true)
    const { checksum } = JSON.parse(text) as { checksum: string }
    const covered = text.slice(0, text.lastIndexOf(',"checksum":'))
    expect(checksum).toBe(`sha256:${createHash('sha256').update(covered).digest('hex')}`)
  })

  test('with any byte changed or missing is damaged', () => {
    const bytes = encodeDescription(descriptionOf(itemOf('a', 'x'), ID))
    for (let at = 0; at < bytes.length - 1; at++) {
      const flipped = Uint8Array.from(bytes)
      flipped[at] = bytes[at]! ^ 1
      expect(decodeDescription(flipped, ID)).toBeUndefined()
      expect(decodeDescription(bytes.subarray(0, at), ID)).toBeUndefined()
    }
  })

  test.each([
    ['of another item', () => descriptionOf(itemOf('a', 'x'), versionId(SOME_DAY_MS, 1, '9f86d081884c'))],
    ['whose path leaves the folder', () => descriptionOf(itemOf('../a', 'x'), ID)],
    ['whose path holds a NUL', () => description],
    ['whose time no calendar knows', () => ({ ...descriptionOf(itemOf('a', 'x'), ID), displacedAtMs: 1e17 })],
    ['whose size is no count', () => descriptionOf(itemOf('a', 'x', { size: -1 }), ID)],
  ])('%s is refused, checksum or not', (_what, make) => {
    expect(decodeDescription(encodeDescription(make()), ID)).toBeUndefined()
  })
})

describe('the name of an exported version', () => {
  const known = (path: string, name = 'laptop'): Version => ({
    origin: 'known',
    parked: undefined,
    ...descriptionOf(itemOf(path, 'x', { author: { device: '12D3KooWLaptop', name } }), ID),
  })

  test.each([
    { path: 'docs/report.txt', name: 'report (2026-11-20 13.55.00.000Z laptop).txt' },
    { path: '.profile', name: '.profile (2026-11-20 13.55.00.000Z laptop)' },
    { path: 'a.tar.gz', name: 'a.tar (2026-11-20 13.55.00.000Z laptop).gz' },
    { path: 'no extension', name: 'no extension (2026-11-20 13.55.00.000Z laptop)' },
  ])('of $path is $name', ({ path, name }) => expect(exportName(known(path), 1)).toBe(name))

  test('counts from the second try on', () => {
    expect(exportName(known('a.txt'), 2)).toBe('a (2026-11-20 13.55.00.000Z laptop 2).txt')
  })

  test.each([
    { device: '../../etc', shown: '.._.._etc' },
    { device: 'a\u0000b\nc', shown: 'a_b_c' },
    { device: '', shown: '12D3KooW' },
    { device: '😀'.repeat(30), shown: '😀'.repeat(24) },
  ])('never takes more from a device than $shown', ({ device, shown }) =>
    expect(exportName(known('a', device), 1)).toBe(`a (2026-11-20 13.55.00.000Z ${shown})`),
  )

  test.each(['a'.repeat(255), 'ü'.repeat(127), `${'😀'.repeat(60)}.text`, `x.${'y'.repeat(253)}`])(
    'of a name of full length fits and keeps whole characters',
    (path) => {
      const name = exportName(known(path, '😀'.repeat(40)), 10_000)
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
      expect(name.isWellFormed()).toBe(true)
      expect(name).toContain('13.55.00')
    },
  )

  test('keeps the directories of the original path', () => {
    expect(exportDirectory(known('a/b/c'))).toBe('a/b')
    expect(exportDirectory(known('c'))).toBe('')
  })
})
