/**
 * File records and announcements to and from protobuf. Promises that decode(encode(x)) is x, that
 * unknown fields survive the round trip, and that no record leaves here whose path, hashes, numbers
 * or kind do not fit. Never touches a disk: whether a name can be placed is decided elsewhere.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { checkCount, checkText, protocolError, safeNumber } from './limits.ts'
import { DEVICE_NAME_LIMIT, LINK_TARGET_LIMIT, UNKNOWN_BYTES_LIMIT, VECTOR_LIMIT } from './limits.ts'
import { AnnouncedSchema, FileRecordSchema } from './generated/peerfold_pb.js'
import type { Announced as WireAnnounced, FileRecord as WireRecord } from './generated/peerfold_pb.js'
import type { Kind, Stance as WireStance } from './generated/peerfold_pb.js'
import type { Announced, FileRecord, ManifestHead, RecordKind, Stance } from '../core/record.ts'
import { isCovered } from '../core/version-vector.ts'
import type { VersionVector } from '../core/version-vector.ts'

export const KINDS: readonly RecordKind[] = ['file', 'directory', 'symlink']
const STANCES: readonly Stance[] = ['holds', 'unwanted', 'unplaceable', 'damaged', 'withheld']
export const HASH = /^(sha256:[0-9a-f]{64})?$/
const REPLICA = /^[A-Za-z0-9]{1,100}\/[0-9]{1,16}(\.[0-9]{1,16})?(\/copy)?$/
const PATH_BYTES_LIMIT = 3_500
const NAME_BYTES_LIMIT = 255

export function encodeAnnounced(announced: Announced): WireAnnounced {
  return create(AnnouncedSchema, {
    record: encodeRecord(announced.record),
    sequence: BigInt(announced.sequence),
    stance: STANCES.indexOf(announced.stance) as WireStance,
    reason: announced.reason,
  })
}

export function decodeAnnounced(wire: WireAnnounced): Announced {
  const stance = STANCES[wire.stance]
  if (!wire.record || !stance) throw protocolError('an announcement has no record or an unknown stance')
  return {
    record: decodeRecord(wire.record, stance),
    stance,
    reason: checkText(wire.reason, 64, 'reason'),
    sequence: safeNumber(wire.sequence, 'sequence'),
  }
}

function encodeRecord(record: FileRecord): WireRecord {
  const wire = record.unknown ? fromBinary(FileRecordSchema, record.unknown) : create(FileRecordSchema)
  return Object.assign(wire, {
    path: record.path,
    kind: KINDS.indexOf(record.kind) as Kind,
    deleted: record.deleted,
    size: BigInt(record.size),
    mode: record.mode,
    mtimeNs: record.mtimeNs,
    contentHash: record.contentHash,
    replacedHash: record.replacedHash,
    linkTarget: record.linkTarget,
    manifest: record.manifest && encodeManifest(record.manifest),
    author: { $typeName: 'peerfold.v1.Author' as const, ...record.author },
    version: record.version.map(([replica, counter]) => ({
      $typeName: 'peerfold.v1.VectorEntry' as const,
      replica,
      counter: BigInt(counter),
    })),
    conflictOf: record.conflictOf,
  })
}

function encodeManifest(head: ManifestHead) {
  return {
    $typeName: 'peerfold.v1.ManifestHead' as const,
    chunker: head.chunker,
    blockCount: BigInt(head.blockCount),
    root: new Uint8Array(Buffer.from(head.root, 'hex')),
  }
}

function decodeRecord(wire: WireRecord, stance: Stance): FileRecord {
  const kind = KINDS[wire.kind]
  if (!kind) throw protocolError('a record has an unknown kind', { kind: wire.kind })
  checkShape(wire, kind)
  const manifest = kind === 'file' && !wire.deleted ? decodeManifest(wire) : undefined
  const unknown = unknownFieldsOf(wire)
  return {
    path: checkPath(wire.path),
    kind,
    deleted: wire.deleted,
    size: safeNumber(wire.size, 'size'),
    mode: wire.mode,
    mtimeNs: wire.mtimeNs,
    contentHash: checkHash(wire.contentHash, kind, wire.deleted),
    replacedHash: checkReplacedHash(wire.replacedHash),
    linkTarget: checkLinkTarget(wire.linkTarget, kind, wire.deleted),
    ...(manifest && { manifest }),
    author: {
      device: checkText(wire.author?.device ?? '', 128, 'author'),
      name: checkText(wire.author?.name ?? '', DEVICE_NAME_LIMIT, 'author'),
    },
    version: decodeVector(wire, stance),
    conflictOf: wire.conflictOf === '' ? '' : checkPath(wire.conflictOf),
    ...(unknown && { unknown }),
  }
}

/** What a kind does not have is zero, or devices would never agree on it. */
function checkShape({ size, mode, mtimeNs, deleted }: WireRecord, kind: RecordKind): void {
  const isDirectory = kind === 'directory'
  const fits =
    mode <= 0o777 &&
    (size === 0n || !(deleted || isDirectory)) &&
    (mode === 0 || !(deleted || kind === 'symlink')) &&
    (mtimeNs === 0n || !(deleted || isDirectory))
  if (!fits) throw protocolError('size, mode or time do not fit the kind', { kind })
}

/** Wire bytes of the fields this version does not know, or undefined. */
function unknownFieldsOf(wire: WireRecord): Uint8Array | undefined {
  if (!wire.$unknown || wire.$unknown.length === 0) return undefined
  const bytes = wire.$unknown.reduce((sum, { data }) => sum + data.length, 0)
  if (bytes > UNKNOWN_BYTES_LIMIT) throw protocolError('too many unknown fields', { bytes })
  return toBinary(FileRecordSchema, Object.assign(create(FileRecordSchema), { $unknown: wire.$unknown }))
}

/** Refused everywhere: empty names, ".", "..", absolute, NUL, and the engine's own directory. */
export function checkPath(path: string): string {
  checkText(path, PATH_BYTES_LIMIT, 'path')
  const names = path.split('/')
  const bad = names.some((name) => name === '' || name === '.' || name === '..')
  if (bad || names[0] === '.peerfold') throw protocolError('a path is not usable', { path })
  if (names.some((name) => Buffer.byteLength(name) > NAME_BYTES_LIMIT))
    throw protocolError('a name is too long', { path })
  return path
}

function checkHash(hash: string, kind: RecordKind, deleted: boolean): string {
  const wanted = !deleted && kind !== 'directory'
  if (!HASH.test(hash) || wanted !== (hash !== '')) throw protocolError('a content hash is malformed')
  return hash
}

function checkReplacedHash(hash: string): string {
  if (!HASH.test(hash)) throw protocolError('a replaced hash is malformed')
  return hash
}

function checkLinkTarget(target: string, kind: RecordKind, deleted: boolean): string {
  checkText(target, LINK_TARGET_LIMIT, 'linkTarget')
  const wanted = kind === 'symlink' && !deleted
  if (wanted !== (target !== '')) throw protocolError('a link target is missing or out of place')
  return target
}

function decodeManifest(wire: WireRecord): ManifestHead {
  if (!wire.manifest) throw protocolError('a file has no manifest', { path: wire.path })
  const { chunker, blockCount, root } = wire.manifest
  const count = safeNumber(blockCount, 'blockCount')
  if (root.length !== (count > 1 ? 32 : 0)) throw protocolError('a manifest root is malformed')
  if (count > Number(wire.size) || (count === 0) !== (wire.size === 0n))
    throw protocolError('a block count does not fit the size', { count })
  return {
    chunker: checkText(chunker, 64, 'chunker'),
    blockCount: count,
    root: Buffer.from(root).toString('hex'),
  }
}

/** What nobody was told, and is not to be taken, needs no vector. */
function decodeVector(wire: WireRecord, stance: Stance): VersionVector {
  checkCount(wire.version.length, VECTOR_LIMIT, 'version')
  if (wire.version.length === 0 && stance === 'holds') throw protocolError('a record has no version')
  let previous = ''
  const vector = wire.version.map(({ replica, counter }) => {
    if (!REPLICA.test(replica)) throw protocolError('a version vector has a malformed replica')
    if (replica <= previous || counter === 0n) throw protocolError('a version vector is not canonical')
    previous = replica
    return [replica, safeNumber(counter, 'counter')] as const
  })
  if (vector.some((entry) => isCovered(vector, entry)))
    throw protocolError('a version vector is not canonical')
  return vector
}
