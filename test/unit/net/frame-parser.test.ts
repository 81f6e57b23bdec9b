/** Frames cut out of a byte stream. */
import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/node/base/random.ts'
import { FrameParser, frameHeader, wordBytes } from '../../../src/node/net/frame-parser.ts'
import { PING_BYTES, PONG_BYTES, greetingBytes, readWord } from '../../../src/node/net/link-words.ts'

function collect(limit = 1000) {
  const frames: Uint8Array[] = []
  const words: Uint8Array[] = []
  const parser = new FrameParser(limit, { frame: (f) => frames.push(f), word: (w) => words.push(w) })
  return { parser, frames, words }
}

test('frames and words come out as they went in, however the bytes are cut', () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seededRandom(seed)
    const sent = Array.from({ length: 20 }, () => random.bytes(random.below(200)))
    const stream = Buffer.concat(sent.flatMap((frame) => [frameHeader(frame.length), frame, PING_BYTES]))
    const { parser, frames, words } = collect()
    for (let at = 0; at < stream.length;) {
      const portion = stream.subarray(at, at + 1 + random.below(300))
      parser.push(portion)
      at += portion.length
    }
    expect(frames).toEqual(sent)
    expect(words).toHaveLength(20)
  }
})

test('a frame owns its memory: the buffer it came in may be reused, and it may be transferred', () => {
  const { parser, frames } = collect()
  const buffer = Buffer.concat([frameHeader(3), Uint8Array.of(1, 2, 3)])
  parser.push(buffer)
  buffer.fill(0)
  expect(frames).toEqual([Uint8Array.of(1, 2, 3)])
  expect(frames[0]?.buffer.byteLength).toBe(3)
})

test.each([
  { what: 'a frame one byte above its limit', header: [0, 0, 3, 233] },
  { what: 'two gigabytes', header: [0x7f, 0xff, 0xff, 0xff] },
  { what: 'a word above its limit', header: [0x80, 0, 0, 65] },
  { what: 'the longest word that can be written', header: [0xff, 0xff, 0xff, 0xff] },
  { what: 'the beginning of an HTTP request', header: [...Buffer.from('GET ')] },
])('$what is refused by its header alone', ({ header }) => {
  const { parser } = collect()
  expect(() => parser.push(Uint8Array.from(header))).toThrow(
    expect.objectContaining({ code: 'PEER_PROTOCOL' }),
  )
})

test('words are read back, and unknown ones are skipped', () => {
  const { parser, words } = collect()
  parser.push(
    Buffer.concat([greetingBytes(new Uint8Array(8).fill(7)), PONG_BYTES, wordBytes(Uint8Array.of(99, 1))]),
  )
  expect(words.map(readWord)).toEqual([
    { kind: 'greeting', incarnation: '0707070707070707' },
    { kind: 'pong' },
    undefined,
  ])
  expect(readWord(Uint8Array.of(1, 2))).toBeUndefined()
  expect(readWord(new Uint8Array(0))).toBeUndefined()
})
