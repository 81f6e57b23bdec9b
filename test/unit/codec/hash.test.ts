/** Hashes: their form, their vectors, and what is refused. */
import { describe, expect, it } from 'vitest'
import {
  createContentHasher,
  equalBytes,
  hashBlock,
  hashBytes,
  hashFromHex,
  hexOf,
  isTaggedHash,
  tagHash,
  untagHash,
} from '../../../src/node/codec/hash.ts'

// FIPS 180-2, appendix B.1, and the well-known hash of nothing.
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const abc = Buffer.from('abc')

describe('a content hash', () => {
  it('is SHA-256, tagged', () => {
    expect(hashBytes(abc)).toBe(`sha256:${ABC}`)
    expect(hashBytes(new Uint8Array())).toBe(`sha256:${NOTHING}`)
    expect(hexOf(hashBlock(abc))).toBe(ABC)
  })

  it('is the same for content in pieces', () => {
    const hasher = createContentHasher()
    for (const byte of abc) hasher.update(Uint8Array.of(byte))
    expect(hasher.finish()).toBe(`sha256:${ABC}`)
  })

  it('goes from text to bytes and back', () => {
    expect(tagHash(untagHash(`sha256:${ABC}`))).toBe(`sha256:${ABC}`)
    expect(equalBytes(hashFromHex(ABC), hashBlock(abc))).toBe(true)
    expect(equalBytes(hashFromHex(NOTHING), hashBlock(abc))).toBe(false)
    expect(isTaggedHash(`sha256:${ABC}`)).toBe(true)
  })

  it.each([
    '',
    ABC,
    `sha256:${ABC.toUpperCase()}`,
    `sha256:${ABC.slice(1)}`,
    `sha256:${ABC}0`,
    `sha1:${ABC}`,
    `sha256:${ABC}\n`,
  ])('is not %j', (text) => {
    expect(isTaggedHash(text)).toBe(false)
    expect(() => untagHash(text)).toThrow(expect.objectContaining({ code: 'PEER_PROTOCOL' }))
  })

  it.each(['', ABC.slice(2), ABC.toUpperCase(), `${ABC}\n`, `sha256:${ABC}`])(
    'has no hex form %j',
    (text) => {
      expect(() => hashFromHex(text)).toThrow(expect.objectContaining({ code: 'PEER_PROTOCOL' }))
    },
  )
})
