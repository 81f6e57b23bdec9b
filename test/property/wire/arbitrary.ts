/** Messages between devices as fast-check makes them. Promises that each is one we would send. */
import fc from 'fast-check'
import type { HistoryPage, KeptVersion, PastChange, PathContent } from '../../../src/node/core/history.ts'
import { FOLDER_MODES } from '../../../src/node/core/folder-policy.ts'
import type { Announced, FileRecord, RecordKind, Stance } from '../../../src/node/core/record.ts'
import type { VersionVector } from '../../../src/node/core/version-vector.ts'
import type { BlockReply, BlockRequest } from '../../../src/node/wire/block-codec.ts'
import type { ControlMessage } from '../../../src/node/wire/control-codec.ts'

const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString('hex'))
const count = fc.oneof(fc.nat(200), fc.maxSafeNat())
const uint32 = fc.nat(0xffff_ffff)
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'binary', maxLength }).map((value) => value.replaceAll('\0', ' '))

const hash = hex(32).map((digits) => `sha256:${digits}`)
const name = text(40)
  .map((value) => value.replaceAll('/', '_'))
  .filter((value) => value !== '' && value !== '.' && value !== '..' && Buffer.byteLength(value) <= 255)
const path = fc
  .array(name, { minLength: 1, maxLength: 6 })
  .filter(([first]) => first !== '.peerfold')
  .map((names) => names.join('/'))

const version: fc.Arbitrary<VersionVector> = fc
  .dictionary(
    fc
      .tuple(fc.constantFrom('12D3KooA', '12D3KooB', '12D3KooC'), count)
      .map(([device, epoch]) => `${device}/${epoch}`),
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    { minKeys: 1, maxKeys: 8 },
  )
  .map((counters) => Object.entries(counters).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Field 100 and above, length-delimited: what a newer version might add. */
const unknown = fc
  .tuple(fc.integer({ min: 100, max: 15_000 }), fc.uint8Array({ maxLength: 100 }))
  .map(([field, data]) => {
    const tag = field * 8 + 2
    return new Uint8Array([...varint(tag), ...varint(data.length), ...data])
  })

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}

const manifest = fc.record({ blockCount: fc.integer({ min: 0, max: 1_000_000 }), root: hex(32) })

const record: fc.Arbitrary<FileRecord> = fc
  .record({
    path,
    kind: fc.constantFrom<RecordKind>('file', 'file', 'directory', 'symlink'),
    deleted: fc.constantFrom(false, false, true),
    extra: fc.maxSafeNat(),
    mode: fc.nat(0o777),
    mtimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    contentHash: hash,
    replacedHash: fc.oneof(fc.constant(''), hash),
    linkTarget: text(60).filter((target) => target !== ''),
    manifest,
    author: fc.record({ device: text(20), name: text(30) }),
    version,
    conflictOf: fc.oneof(fc.constant(''), path),
    unknown: fc.option(unknown, { nil: undefined }),
  })
  .map(({ kind, deleted, extra, manifest: { blockCount, root }, unknown: more, ...rest }) => {
    const hasContent = !deleted && kind !== 'directory'
    const isFile = hasContent && kind === 'file'
    const size = isFile
      ? blockCount === 0
        ? 0
        : Math.max(blockCount, extra)
      : hasContent
        ? extra % 4_096
        : 0
    return {
      ...rest,
      kind,
      deleted,
      size,
      mode: deleted || kind === 'symlink' ? 0 : rest.mode,
      mtimeNs: hasContent ? rest.mtimeNs : 0n,
      contentHash: hasContent ? rest.contentHash : '',
      linkTarget: hasContent && kind === 'symlink' ? rest.linkTarget : '',
      ...(isFile && {
        manifest: { chunker: 'fastcdc-64k-g1', blockCount, root: blockCount > 1 ? root : '' },
      }),
      ...(more && { unknown: more }),
    }
  })

export const announced: fc.Arbitrary<Announced> = fc.record({
  record,
  stance: fc.constantFrom<Stance>('holds', 'unwanted', 'unplaceable', 'damaged', 'withheld'),
  reason: fc.constantFrom('', 'NAME_UNSUPPORTED'),
  sequence: fc.maxSafeNat(),
})

const folder = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/)
const bytes = fc.uint8Array({ maxLength: 300 })

const indexPage = fc
  .record({
    folder,
    epoch: count,
    after: fc.nat(1_000),
    records: fc.array(announced, { maxLength: 5 }),
    more: fc.nat(9),
    coming: fc.nat(9),
  })
  .map(({ records, after, more, coming, ...rest }) => {
    const numbered = records.map((one, i) => ({ ...one, sequence: after + 1 + i * 3 }))
    const upto = (numbered.at(-1)?.sequence ?? after) + more
    return {
      kind: 'index' as const,
      ...rest,
      after,
      upto,
      maxSequence: upto + coming,
      records: numbered,
    }
  })

const time = fc.integer({ min: -8.64e15, max: 8.64e15 })
const cursor = fc.stringMatching(/^[0-9A-Za-z-]{0,40}$/)
const versionId = fc.stringMatching(/^[0-9A-Za-z-]{1,40}$/)
const author = fc.record({ device: text(20), name: text(30) })
const content: fc.Arbitrary<PathContent> = fc.oneof(
  fc.record({ kind: fc.constantFrom('file' as const, 'symlink' as const), contentHash: hash }),
  fc.constant({ kind: 'directory' as const, contentHash: '' }),
)
const pastChange: fc.Arbitrary<PastChange> = fc
  .record({
    timeMs: time,
    path,
    is: fc.option(content, { nil: undefined }),
    was: fc.option(content, { nil: undefined }),
    author,
    source: fc.constantFrom('local' as const, 'remote' as const, 'found' as const),
  })
  .map(({ author: by, ...rest }) => ({ ...rest, ...by }))
const keptVersion: fc.Arbitrary<KeptVersion> = fc
  .record({
    id: versionId,
    path,
    kind: fc.constantFrom('file' as const, 'symlink' as const),
    size: count,
    mode: fc.nat(0o7777),
    mtimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    contentHash: fc.oneof(fc.constant(''), hash),
    linkTarget: text(60).filter((target) => target !== ''),
    author,
    reason: fc.constantFrom('replaced' as const, 'deleted' as const, 'conflict' as const),
    displacedBy: author,
    displacedAtMs: time,
  })
  .map((version) => ({ ...version, linkTarget: version.kind === 'symlink' ? version.linkTarget : '' }))
const historyPage: fc.Arbitrary<HistoryPage> = fc
  .record({
    nowMs: time,
    changes: fc.array(pastChange, { maxLength: 4 }),
    versions: fc.array(keptVersion, { maxLength: 4 }),
    next: cursor,
    asOfMs: fc.option(time, { nil: undefined }),
  })
  .map(({ asOfMs, ...rest }) => ({ ...rest, ...(asOfMs !== undefined && { asOfMs }) }))

export const control: fc.Arbitrary<ControlMessage> = fc.oneof(
  fc
    .record({
      kind: fc.constant('history-request' as const),
      id: uint32,
      folder,
      part: fc.constantFrom('changes' as const, 'versions' as const),
      under: fc.oneof(fc.constant(''), path),
      exact: fc.boolean(),
      cursor,
      sinceMs: fc.option(time, { nil: undefined }),
      version: fc.option(versionId, { nil: undefined }),
    })
    .map(({ sinceMs, version: one, ...rest }) => ({
      ...rest,
      ...(sinceMs !== undefined && { sinceMs }),
      ...(one !== undefined && { version: one }),
    })),
  fc.record({
    kind: fc.constant('history-reply' as const),
    id: uint32,
    page: fc.option(historyPage, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('hello' as const),
    deviceName: text(40),
    software: text(40),
    session: hex(16),
  }),
  fc.record({
    kind: fc.constant('folders' as const),
    folders: fc.array(
      fc.record({
        folder,
        epoch: count,
        maxSequence: count,
        seenEpoch: count,
        seenSequence: count,
        mode: fc.constantFrom(...FOLDER_MODES),
        holdsBack: count,
      }),
      { maxLength: 5 },
    ),
  }),
  indexPage,
  fc.record({ kind: fc.constant('ack' as const), folder, epoch: count, sequence: count }),
  fc.record({
    kind: fc.constant('manifest-request' as const),
    id: uint32,
    folder,
    path,
    contentHash: hash,
    page: uint32,
  }),
  fc.record({
    kind: fc.constant('manifest-reply' as const),
    id: uint32,
    page: fc.option(bytes, { nil: undefined }),
    proof: bytes,
  }),
)

export const blockRequest: fc.Arbitrary<BlockRequest> = fc
  .record({
    id: uint32,
    folder,
    path,
    contentHash: hash,
    offset: count,
    length: fc.integer({ min: 1, max: 4 << 20 }),
    hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    version: fc.option(versionId, { nil: undefined }),
  })
  .map(({ version: one, ...rest }) =>
    one === undefined ? rest : { ...rest, hash: new Uint8Array(), version: one },
  )

export const blockReply: fc.Arbitrary<BlockReply> = fc.record({
  id: uint32,
  status: fc.constantFrom('ok' as const, 'missing' as const),
  pieceOffset: uint32,
  bytes,
})
