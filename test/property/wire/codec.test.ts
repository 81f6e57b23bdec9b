/** What is sent arrives as it was, and whatever else arrives is refused with one code. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeOf } from '../../../src/node/base/errors.ts'
import { decodeBlockReply, decodeBlockRequest } from '../../../src/node/wire/block-codec.ts'
import { encodeBlockReply, encodeBlockRequest } from '../../../src/node/wire/block-codec.ts'
import { decodeControl, encodeControl, pagesOf } from '../../../src/node/wire/control-codec.ts'
import { PAGE_BYTES, RECORDS_PER_PAGE } from '../../../src/node/wire/limits.ts'
import { decodeAnnounced, encodeAnnounced } from '../../../src/node/wire/record-codec.ts'
import { amount } from '../../support/tier.ts'
import { announced, blockReply, blockRequest, control } from './arbitrary.ts'

const runs = { numRuns: amount({ short: 1_500, long: 50_000 }) }
const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

test('an announcement arrives as it was sent, with the fields that nobody here knows', () => {
  const law = fc.property(announced, (one) => {
    expect(decodeAnnounced(encodeAnnounced(one))).toEqual(one)
  })
  fc.assert(law, runs)
})

test('every control message arrives as it was sent', () => {
  const law = fc.property(control, (message) => {
    expect(decodeControl(encodeControl(message))).toEqual(message)
  })
  fc.assert(law, runs)
})

test('a block request arrives as it was sent', () => {
  const law = fc.property(blockRequest, (request) => {
    expect(decodeBlockRequest(encodeBlockRequest(request))).toEqual(request)
  })
  fc.assert(law, runs)
})

test('a block reply arrives as it was sent, its bytes a view of the frame', () => {
  const law = fc.property(blockReply, (reply) => {
    const frame = joined(encodeBlockReply(reply))
    const arrived = decodeBlockReply(frame)
    expect(arrived).toEqual(reply)
    expect(arrived.bytes.buffer).toBe(frame.buffer)
  })
  fc.assert(law, runs)
})

test('pages hold every record once, in order, and keep their limits', () => {
  const law = fc.property(
    fc.array(announced, { maxLength: 30 }),
    fc.integer({ min: 1, max: 120 }),
    (few, times) => {
      const records = Array.from({ length: times }, () => few).flat()
      const pages = [...pagesOf(records)]
      expect(pages.flat()).toEqual(records)
      for (const page of pages) {
        expect(page.length).toBeGreaterThan(0)
        expect(page.length).toBeLessThanOrEqual(RECORDS_PER_PAGE)
        const frame = encodeControl({
          kind: 'index',
          folder: 'f',
          epoch: 1,
          after: 0,
          upto: 1,
          maxSequence: 1,
          records: page,
        })
        // Tag and length of each record, and the head of the message.
        if (page.length > 1) expect(frame.length).toBeLessThanOrEqual(PAGE_BYTES + 5 * page.length + 64)
      }
    },
  )
  fc.assert(law, { numRuns: amount({ short: 60, long: 1_000 }) })
})

// ---- what nobody would send ----------------------------------------------------------------

const DECODERS = { decodeControl, decodeBlockRequest, decodeBlockReply } as const

function outcomeOf(decode: (frame: Uint8Array) => unknown, frame: Uint8Array): string {
  try {
    decode(frame)
    return 'read'
  } catch (error) {
    return codeOf(error)
  }
}

const sent = fc.oneof(
  control.map(encodeControl),
  blockRequest.map(encodeBlockRequest),
  blockReply.map((reply) => joined(encodeBlockReply(reply))),
)

/** A frame with some bytes changed, cut, doubled or added. */
const mutated = fc
  .tuple(sent, fc.array(fc.tuple(fc.nat(3), fc.nat(10_000), fc.nat(255)), { minLength: 1, maxLength: 6 }))
  .map(([frame, changes]) => {
    let bytes = [...frame]
    for (const [how, where, value] of changes) {
      const at = bytes.length === 0 ? 0 : where % bytes.length
      if (how === 0) bytes[at] = value
      if (how === 1) bytes = bytes.slice(0, at)
      if (how === 2) bytes.splice(at, 0, value)
      if (how === 3) bytes = [...bytes.slice(0, at), ...bytes.slice(Math.max(0, at - (value % 40)))]
    }
    return new Uint8Array(bytes)
  })

test.each(Object.entries(DECODERS))('%s reads any bytes or refuses them with PEER_PROTOCOL', (_, decode) => {
  const reached = new Set<string>()
  const law = fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (frame) => {
    const outcome = outcomeOf(decode, frame)
    reached.add(outcome)
    expect(['read', 'PEER_PROTOCOL']).toContain(outcome)
  })
  fc.assert(law, { numRuns: amount({ short: 6_000, long: 100_000 }) })
  expect([...reached].sort()).toEqual(['PEER_PROTOCOL', 'read'])
})

test('what is read from damaged frames can be sent on and is read the same again', () => {
  const law = fc.property(mutated, (frame) => {
    let message
    try {
      message = decodeControl(frame)
    } catch {
      return
    }
    expect(decodeControl(encodeControl(message))).toEqual(message)
  })
  fc.assert(law, { numRuns: amount({ short: 6_000, long: 100_000 }) })
})
