/** The icons in assets/icons are pictures, in the sizes their names say, of assets/icon.svg. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { icnsOf, icoOf } from '../../../scripts/icon-files.ts'
import { ROOT } from '../../architecture/read-sources.ts'

const SIZES = [16, 24, 32, 48, 64, 128, 256, 512]

function read(name: string): Buffer {
  return readFileSync(join(ROOT, 'assets/icons', name))
}

/** Width, height, bits and kind of colour; 6 is true colour with transparency. */
function pictureIn(png: Buffer) {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  expect(png.subarray(-8, -4).toString('latin1')).toBe('IEND')
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), bits: png[24], colour: png[25] }
}

test('they were made from the drawing as it is; "node scripts/render-icons.ts" makes them anew', () => {
  const drawing = readFileSync(join(ROOT, 'assets/icon.svg'))
  expect(read('made-from').toString()).toBe(createHash('sha256').update(drawing).digest('hex'))
})

test.each(SIZES)('the picture of %d pixels is one, and transparent around the corners', (size) => {
  expect(pictureIn(read(`${size}x${size}.png`))).toEqual({ width: size, height: size, bits: 8, colour: 6 })
})

describe('files of several pictures', () => {
  test('icon.ico holds what Windows asks for, each as large as it says', () => {
    const ico = read('icon.ico')
    expect([ico.readUInt16LE(0), ico.readUInt16LE(2)]).toEqual([0, 1])
    const entries = Array.from({ length: ico.readUInt16LE(4) }, (_, at) =>
      ico.subarray(6 + 16 * at, 22 + 16 * at),
    )
    const sizes = entries.map((entry) => {
      const from = entry.readUInt32LE(12)
      const { width } = pictureIn(ico.subarray(from, from + entry.readUInt32LE(8)))
      expect(entry[0]).toBe(width % 256)
      return width
    })
    expect(sizes).toEqual([16, 24, 32, 48, 64, 128, 256])
  })

  test('icon.icns holds what macOS asks for, for plain and for fine screens', () => {
    const icns = read('icon.icns')
    expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4)]).toEqual(['icns', icns.length])
    const found: Record<string, number> = {}
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4))
      found[icns.toString('latin1', at, at + 4)] = pictureIn(
        icns.subarray(at + 8, at + icns.readUInt32BE(at + 4)),
      ).width
    expect(found).toEqual({
      ic07: 128,
      ic08: 256,
      ic09: 512,
      ic10: 1024,
      ic11: 32,
      ic12: 64,
      ic13: 256,
      ic14: 512,
    })
  })

  test('are written as the committed ones were', () => {
    const pictures = SIZES.filter((size) => size <= 256).map((size) => ({
      size,
      png: read(`${size}x${size}.png`),
    }))
    expect(icoOf(pictures).equals(read('icon.ico'))).toBe(true)
    expect(icnsOf(pictures).subarray(8).toString('latin1', 0, 4)).toBe('ic11')
  })
})
