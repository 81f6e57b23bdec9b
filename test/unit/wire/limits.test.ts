/** Everything a peer must not send, one by one: each is refused with PEER_PROTOCOL. */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { codeOf } from '../../../src/node/base/errors.ts'
import { decodeBlockReply, decodeBlockRequest } from '../../../src/node/wire/block-codec.ts'
import { decodeControl, encodeControl } from '../../../src/node/wire/control-codec.ts'
import * as proto from '../../../src/node/wire/generated/peerfold_pb.js'

type Wire = MessageInitShape<typeof proto.FileRecordSchema>
type Body = MessageInitShape<typeof proto.ControlMessageSchema>['body']

const HASH = `sha256:${'a'.repeat(64)}`
const entry = (replica: string, counter: bigint) => ({ replica, counter })
const FILE = {
  path: 'dir/a.txt',
  size: 3n,
  mode: 0o644,
  contentHash: HASH,
  manifest: { chunker: 'whole', blockCount: 1n },
  author: { device: 'd', name: 'n' },
  version: [entry('d/1', 1n)],
} satisfies Wire
const DIRECTORY = {
  ...FILE,
  kind: proto.Kind.DIRECTORY,
  size: 0n,
  contentHash: '',
  manifest: undefined,
} satisfies Wire
const LINK = {
  ...DIRECTORY,
  kind: proto.Kind.SYMLINK,
  mode: 0,
  size: 1n,
  contentHash: HASH,
  linkTarget: 'x',
} satisfies Wire
const TOMBSTONE = {
  ...FILE,
  deleted: true,
  size: 0n,
  mode: 0,
  contentHash: '',
  manifest: undefined,
} satisfies Wire

function send(body: Body): void {
  decodeControl(
    toBinary(proto.ControlMessageSchema, create(proto.ControlMessageSchema, body ? { body } : {})),
  )
}

function sendRecord(record: Wire): void {
  const value = { folderId: 'f', epoch: 1n, after: 0n, upto: 1n, records: [{ record, sequence: 1n }] }
  send({ case: 'indexPage', value })
}

function codeFrom(work: () => void): string {
  try {
    work()
  } catch (error) {
    return codeOf(error)
  }
  return 'read'
}

test.each([
  { kind: 'file', record: FILE },
  { kind: 'directory', record: DIRECTORY },
  { kind: 'symbolic link', record: LINK },
  { kind: 'tombstone', record: TOMBSTONE },
  { kind: 'name of 255 bytes', record: { ...FILE, path: 'é'.repeat(127) + 'a' } },
  { kind: "user's name that looks like ours", record: { ...FILE, path: 'dir/.peerfold/x' } },
  { kind: "user's name that begins like ours", record: { ...FILE, path: '.peerfoldignore' } },
  { kind: 'path with dots in names', record: { ...FILE, path: '..a/b..' } },
  { kind: 'time before 1970', record: { ...FILE, mtimeNs: -1n } },
])('a $kind is read', ({ record }) => {
  expect(codeFrom(() => sendRecord(record))).toBe('read')
})

const PATHS: Readonly<Record<string, string>> = {
  empty: '',
  absolute: '/etc/passwd',
  'ending in a slash': 'a/',
  'with an empty name': 'a//b',
  'of this directory': '.',
  'with this directory in it': 'a/./b',
  'to the parent': '..',
  'with a parent in it': 'a/../../b',
  'with a NUL': 'a\0b',
  'to our own directory': '.peerfold',
  'inside our own directory': '.peerfold/marker',
  'with a name of 256 bytes': 'a'.repeat(256),
  'with a name of 256 bytes in fewer characters': 'é'.repeat(128),
  'of more than 3,500 bytes': `${'a'.repeat(200)}/`.repeat(18) + 'a',
}

test.each(Object.entries(PATHS))('a path %s is refused', (_, path) => {
  expect(codeFrom(() => sendRecord({ ...FILE, path }))).toBe('PEER_PROTOCOL')
  if (path !== '') expect(codeFrom(() => sendRecord({ ...FILE, conflictOf: path }))).toBe('PEER_PROTOCOL')
})

const big = BigInt(Number.MAX_SAFE_INTEGER) + 1n
const pages = (blockCount: bigint, root: number, size = 100n): Wire => ({
  ...FILE,
  size,
  manifest: { chunker: 'c', blockCount, root: new Uint8Array(root) },
})
const RECORDS: Readonly<Record<string, Wire>> = {
  'of an unknown kind': { ...FILE, kind: 9 as proto.Kind },
  'of a file without a hash': { ...FILE, contentHash: '' },
  'of a file without a manifest': { ...FILE, manifest: undefined },
  'with a hash of another form': { ...FILE, contentHash: 'md5:00' },
  'with a hash in upper case': { ...FILE, contentHash: HASH.toUpperCase() },
  'with a hash and a newline': { ...FILE, contentHash: `${HASH}\n` },
  'with a malformed replaced hash': { ...FILE, replacedHash: 'x' },
  'of a directory with a hash': { ...DIRECTORY, contentHash: HASH },
  'of a directory with a size': { ...DIRECTORY, size: 1n },
  'of a directory with a time': { ...DIRECTORY, mtimeNs: 1n },
  'of a tombstone with a hash': { ...TOMBSTONE, contentHash: HASH },
  'of a tombstone with a size': { ...TOMBSTONE, size: 1n },
  'of a tombstone with a mode': { ...TOMBSTONE, mode: 1 },
  'of a tombstone with a time': { ...TOMBSTONE, mtimeNs: 1n },
  'of a file with a link target': { ...FILE, linkTarget: 'x' },
  'of a link without a target': { ...LINK, linkTarget: '' },
  'of a link with a mode': { ...LINK, mode: 1 },
  'of a link with a target of more than 4,096 bytes': { ...LINK, linkTarget: 'x'.repeat(4_097) },
  'of a link with a NUL in its target': { ...LINK, linkTarget: 'a\0b' },
  'with set-user-id': { ...FILE, mode: 0o4755 },
  'with a size beyond 2^53-1': { ...FILE, size: big },
  'without a version': { ...FILE, version: [] },
  'with a counter beyond 2^53-1': { ...FILE, version: [entry('a/1', big)] },
  'with a counter of zero': { ...FILE, version: [entry('a/1', 0n)] },
  'with a replica without a name': { ...FILE, version: [entry('', 1n)] },
  'with a replica without a device': { ...FILE, version: [entry('.x', 1n)] },
  'with a replica that is a life twice': { ...FILE, version: [entry('a/1.2/3.4', 1n)] },
  'with a replica whose copy would be too long': { ...FILE, version: [entry(`${'a'.repeat(101)}/1`, 1n)] },
  'with a life that its line covers': { ...FILE, version: [entry('a/1', 7n), entry('a/1.4', 7n)] },
  'with replicas out of order': { ...FILE, version: [entry('b/1', 1n), entry('a/1', 1n)] },
  'with a replica twice': { ...FILE, version: [entry('a/1', 1n), entry('a/1', 2n)] },
  'with 1,001 replicas': {
    ...FILE,
    version: Array.from({ length: 1_001 }, (_, i) => entry(`d/${String(i).padStart(5, '0')}`, 1n)),
  },
  'with an overlong author': { ...FILE, author: { device: 'd', name: 'n'.repeat(257) } },
  'with more blocks than bytes': pages(101n, 32),
  'with no block for its bytes': pages(0n, 0),
  'with a block for no bytes': pages(1n, 0, 0n),
  'with several blocks and no root': pages(2n, 0),
  'with one block and a root': pages(1n, 32),
  'with a root of 31 bytes': pages(2n, 31),
}

test.each(Object.entries(RECORDS))('a record %s is refused', (_, record) => {
  expect(codeFrom(() => sendRecord(record))).toBe('PEER_PROTOCOL')
})

const page = (sequences: readonly bigint[], after: bigint, upto: bigint): Body => ({
  case: 'indexPage',
  value: {
    folderId: 'f',
    epoch: 1n,
    after,
    upto,
    records: sequences.map((sequence) => ({ record: FILE, sequence })),
  },
})
const MESSAGES: Readonly<Record<string, Body>> = {
  'without a body': { case: undefined },
  'with a page whose sequences fall': page([3n, 2n], 0n, 9n),
  'with a page that says a sequence twice': page([2n, 2n], 0n, 9n),
  'with a page that begins too early': page([5n], 5n, 9n),
  'with a page that ends too late': page([10n], 5n, 9n),
  'with a page that ends before it begins': page([], 5n, 4n),
  'with a page of 1,001 records': page(
    Array.from({ length: 1_001 }, (_, i) => BigInt(i + 1)),
    0n,
    2_000n,
  ),
  'with an epoch beyond 2^53-1': { case: 'indexAck', value: { folderId: 'f', epoch: big } },
  'with 1,001 folders': {
    case: 'folderStates',
    value: { folders: Array.from({ length: 1_001 }, () => ({ folderId: 'f' })) },
  },
  'with a folder id of 65 bytes': { case: 'indexAck', value: { folderId: 'f'.repeat(65) } },
  'with a device name of 257 bytes': { case: 'hello', value: { deviceName: 'n'.repeat(257) } },
  'with a session id of 65 bytes': { case: 'hello', value: { sessionId: new Uint8Array(65) } },
  'with an announcement without a record': {
    case: 'indexPage',
    value: { folderId: 'f', upto: 1n, records: [{ sequence: 1n }] },
  },
  'with an unknown stance': {
    case: 'indexPage',
    value: { folderId: 'f', upto: 1n, records: [{ sequence: 1n, record: FILE, stance: 7 as proto.Stance }] },
  },
}

const CHANGE = { timeMs: 1n, path: 'a', now: { contentHash: HASH } }
const VERSION = { id: 'v', path: 'a', size: 3n, contentHash: HASH }
const asking = (value: MessageInitShape<typeof proto.HistoryRequestSchema>): Body => ({
  case: 'historyRequest',
  value: { folderId: 'f', ...value },
})
const telling = (value: MessageInitShape<typeof proto.HistoryReplySchema>): Body => ({
  case: 'historyReply',
  value,
})
const HISTORIES: Readonly<Record<string, Body>> = {
  'for no part that there is': asking({ part: 9 as proto.HistoryPart }),
  'about a path to the parent': asking({ under: '../x' }),
  'about our own directory': asking({ under: '.peerfold/marker' }),
  'with a cursor of 129 bytes': asking({ cursor: '1'.repeat(129) }),
  'about a version id of 129 bytes': asking({ versionId: '1'.repeat(129) }),
  'since a time beyond what can be shown': asking({ sinceMs: 9_000_000_000_000_000n }),
  'with a folder id of 65 bytes': asking({ folderId: 'f'.repeat(65) }),
  'of 1,001 changes': telling({ changes: Array.from({ length: 1_001 }, () => CHANGE) }),
  'of 1,001 versions': telling({ versions: Array.from({ length: 1_001 }, () => VERSION) }),
  'of a change at no usable path': telling({ changes: [{ ...CHANGE, path: 'a/../b' }] }),
  'of a change to a malformed hash': telling({ changes: [{ ...CHANGE, now: { contentHash: 'x' } }] }),
  'of a change to an unknown kind': telling({ changes: [{ ...CHANGE, before: { kind: 7 as proto.Kind } }] }),
  'of a directory with a hash': telling({
    changes: [{ ...CHANGE, now: { kind: proto.Kind.DIRECTORY, contentHash: HASH } }],
  }),
  'of a change beyond time': telling({ changes: [{ ...CHANGE, timeMs: -9_000_000_000_000_000n }] }),
  'of a version in our own directory': telling({ versions: [{ ...VERSION, path: '.peerfold/marker' }] }),
  'of a version without an id': telling({ versions: [{ ...VERSION, id: '' }] }),
  'of a version of more than 2^53-1 bytes': telling({ versions: [{ ...VERSION, size: big }] }),
  'of a version that is a directory': telling({ versions: [{ ...VERSION, kind: proto.Kind.DIRECTORY }] }),
  'of a version with an unknown reason': telling({
    versions: [{ ...VERSION, reason: 9 as proto.Displacement }],
  }),
  'of a link without a target': telling({ versions: [{ ...VERSION, kind: proto.Kind.SYMLINK }] }),
  'of a version with an overlong author': telling({
    versions: [{ ...VERSION, author: { name: 'n'.repeat(257) } }],
  }),
  'with an endless cursor': telling({ next: '1'.repeat(129) }),
}

test.each(Object.entries(HISTORIES))('a question or answer about history %s is refused', (_, body) => {
  expect(codeFrom(() => send(body))).toBe('PEER_PROTOCOL')
})

test('a change that cannot be sent is left out of an answer, and the others are told', () => {
  const change = {
    timeMs: 5,
    is: undefined,
    was: undefined,
    device: 'd',
    name: 'n',
    source: 'local',
  } as const
  const changes = [
    { ...change, path: '../x' },
    { ...change, path: 'a', timeMs: 0.5 },
    { ...change, path: 'good' },
  ]
  const page = { nowMs: 7, changes, versions: [], next: '' }
  const told = decodeControl(encodeControl({ kind: 'history-reply', id: 1, page }))
  expect(told).toMatchObject({ page: { nowMs: 7, changes: [{ path: 'good' }] } })
})

test.each(Object.entries(MESSAGES))('a control message %s is refused', (_, body) => {
  expect(codeFrom(() => send(body))).toBe('PEER_PROTOCOL')
})

test('a text that is no UTF-8 is refused rather than read as another', () => {
  const body = { case: 'indexAck', value: { folderId: 'f~f' } } as const
  const frame = toBinary(proto.ControlMessageSchema, create(proto.ControlMessageSchema, { body }))
  frame[frame.indexOf('~'.charCodeAt(0))] = 0xff
  expect(codeFrom(() => decodeControl(frame))).toBe('PEER_PROTOCOL')
})

test('more than 64 KiB of unknown fields in a record are refused', () => {
  const record = Object.assign(create(proto.FileRecordSchema, FILE), {
    $unknown: [
      { no: 100, wireType: 2, data: new Uint8Array([...[0x81, 0x80, 0x04], ...new Uint8Array(65_537)]) },
    ],
  })
  expect(codeFrom(() => sendRecord(record))).toBe('PEER_PROTOCOL')
})

const REQUEST = { folderId: 'f', path: 'a', contentHash: HASH, length: 1, hash: new Uint8Array(32) }
test.each([
  { what: 'of no bytes', request: { ...REQUEST, length: 0 } },
  { what: 'of more than 4 MiB', request: { ...REQUEST, length: (4 << 20) + 1 } },
  { what: 'with a hash of 31 bytes', request: { ...REQUEST, hash: new Uint8Array(31) } },
  { what: 'with both a block hash and a version', request: { ...REQUEST, versionId: 'v' } },
  {
    what: 'for a version id of 129 bytes',
    request: { ...REQUEST, hash: new Uint8Array(), versionId: 'v'.repeat(129) },
  },
  { what: 'from beyond 2^53-1', request: { ...REQUEST, offset: big } },
  { what: 'with a NUL in its path', request: { ...REQUEST, path: 'a\0' } },
])('a block request $what is refused', ({ request }) => {
  const frame = toBinary(proto.BlockRequestSchema, create(proto.BlockRequestSchema, request))
  expect(codeFrom(() => void decodeBlockRequest(frame))).toBe('PEER_PROTOCOL')
})

test.each([
  { what: 'shorter than its length field', frame: [0] },
  { what: 'whose head is cut off', frame: [0, 5, 8, 1] },
  { what: 'whose head is no message', frame: [0, 2, 0xff, 0xff] },
])('a block reply $what is refused', ({ frame }) => {
  expect(codeFrom(() => void decodeBlockReply(new Uint8Array(frame)))).toBe('PEER_PROTOCOL')
})
