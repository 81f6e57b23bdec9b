/**
 * Questions to a device's history and their answers, to and from protobuf. Promises that decode of
 * encode is what it was, and that no path, hash, time or count leaves here that breaks a limit. Never
 * knows what a version's id or a cursor means: whoever gave them does.
 */
import { create } from '@bufbuild/protobuf'
import type { HistoryPage, HistoryQuery, KeptVersion, PastChange, PathContent } from '../core/history.ts'
import type { Author } from '../core/record.ts'
import { checkCount, checkText, protocolError, safeNumber } from './limits.ts'
import { CURSOR_LIMIT, DEVICE_NAME_LIMIT, HISTORY_PER_PAGE, LINK_TARGET_LIMIT } from './limits.ts'
import { checkPath, HASH, KINDS } from './record-codec.ts'
import { HistoryPart, KeptVersionSchema, PastChangeSchema } from './generated/peerfold_pb.js'
import type { Author as WireAuthor, Displacement, Kind } from './generated/peerfold_pb.js'
import type {
  HistoryReply as WireReply,
  HistoryRequest as WireRequest,
  KeptVersion as WireVersion,
  PastChange as WireChange,
  PathContent as WireContent,
} from './generated/peerfold_pb.js'

const REASONS: readonly KeptVersion['reason'][] = ['replaced', 'deleted', 'conflict']
/** What Date can show, ms. */
const TIME_LIMIT_MS = 8.64e15

export interface HistoryRequest extends HistoryQuery {
  readonly kind: 'history-request'
  readonly id: number
  readonly folder: string
}

export interface HistoryReply {
  readonly kind: 'history-reply'
  readonly id: number
  /** Undefined when the folder is not open there or not shared with the asker. */
  readonly page: HistoryPage | undefined
}

export function encodeHistoryRequest(request: HistoryRequest) {
  const { id, folder, part, under, exact, cursor, sinceMs, version } = request
  return {
    requestId: id,
    folderId: folder,
    part: part === 'changes' ? HistoryPart.CHANGES : HistoryPart.VERSIONS,
    under,
    exact,
    cursor,
    ...(sinceMs !== undefined && { sinceMs: BigInt(sinceMs) }),
    ...(version !== undefined && { versionId: version }),
  }
}

export function decodeHistoryRequest(wire: WireRequest): HistoryRequest {
  const { part, sinceMs, versionId } = wire
  if (part !== HistoryPart.CHANGES && part !== HistoryPart.VERSIONS)
    throw protocolError('a history has no such part', { part })
  return {
    kind: 'history-request',
    id: wire.requestId,
    folder: checkText(wire.folderId, 64, 'folder'),
    part: part === HistoryPart.CHANGES ? 'changes' : 'versions',
    under: wire.under === '' ? '' : checkPath(wire.under),
    exact: wire.exact,
    cursor: checkText(wire.cursor, CURSOR_LIMIT, 'cursor'),
    ...(sinceMs !== undefined && { sinceMs: timeOf(sinceMs) }),
    ...(versionId !== '' && { version: checkText(versionId, CURSOR_LIMIT, 'version') }),
  }
}

/** What the receiver would have to refuse is left out: a damaged line of a log must not end a link. */
export function encodeHistoryReply({ id, page }: HistoryReply) {
  if (!page) return { requestId: id, refused: true }
  const { nowMs, changes, versions, next, asOfMs } = page
  return {
    requestId: id,
    nowMs: BigInt(nowMs),
    changes: changes.flatMap((change) => ifReadable(() => encodeChange(change))),
    versions: versions.flatMap((version) => ifReadable(() => encodeVersion(version))),
    next,
    ...(asOfMs !== undefined && { asOfMs: BigInt(asOfMs) }),
  }
}

export function decodeHistoryReply(wire: WireReply): HistoryReply {
  const { requestId: id, refused, nowMs, changes, versions, next, asOfMs } = wire
  if (refused) return { kind: 'history-reply', id, page: undefined }
  checkCount(changes.length + versions.length, HISTORY_PER_PAGE, 'history')
  const page: HistoryPage = {
    nowMs: timeOf(nowMs),
    changes: changes.map(decodeChange),
    versions: versions.map(decodeVersion),
    next: checkText(next, CURSOR_LIMIT, 'next'),
    ...(asOfMs !== undefined && { asOfMs: timeOf(asOfMs) }),
  }
  return { kind: 'history-reply', id, page }
}

function ifReadable<Wire>(encode: () => Wire): Wire[] {
  try {
    return [encode()]
  } catch {
    return [] // no such path, hash or time can be sent
  }
}

function encodeChange({ timeMs, path, is, was, device, name, source }: PastChange): WireChange {
  const wire = create(PastChangeSchema, {
    timeMs: BigInt(timeMs),
    path,
    ...(is && { now: encodeContent(is) }),
    ...(was && { before: encodeContent(was) }),
    author: { device, name },
    remote: source === 'remote',
    found: source === 'found',
  })
  decodeChange(wire)
  return wire
}

function decodeChange(wire: WireChange): PastChange {
  return {
    timeMs: timeOf(wire.timeMs),
    path: checkPath(wire.path),
    is: wire.now && decodeContent(wire.now),
    was: wire.before && decodeContent(wire.before),
    ...authorOf(wire.author),
    source: wire.found ? 'found' : wire.remote ? 'remote' : 'local',
  }
}

function encodeContent({ kind, contentHash }: PathContent) {
  return { kind: KINDS.indexOf(kind) as Kind, contentHash }
}

function decodeContent(wire: WireContent): PathContent {
  const kind = KINDS[wire.kind]
  if (!kind) throw protocolError('a past content has an unknown kind', { kind: wire.kind })
  if (kind === 'directory' && wire.contentHash !== '') throw protocolError('a directory has no content')
  return { kind, contentHash: hashOf(wire.contentHash) }
}

function encodeVersion(version: KeptVersion): WireVersion {
  const { id, path, kind, size, mode, mtimeNs, contentHash, linkTarget, author, displacedBy } = version
  const wire = create(KeptVersionSchema, {
    id,
    path,
    kind: KINDS.indexOf(kind) as Kind,
    size: BigInt(size),
    mode,
    mtimeNs,
    contentHash,
    linkTarget,
    author: { ...author },
    reason: REASONS.indexOf(version.reason) as Displacement,
    displacedBy: { ...displacedBy },
    displacedAtMs: BigInt(version.displacedAtMs),
  })
  decodeVersion(wire)
  return wire
}

function decodeVersion(wire: WireVersion): KeptVersion {
  const kind = KINDS[wire.kind]
  const reason = REASONS[wire.reason]
  if ((kind !== 'file' && kind !== 'symlink') || !reason)
    throw protocolError('a kept version has an unknown kind or reason')
  const linkTarget = checkText(wire.linkTarget, LINK_TARGET_LIMIT, 'linkTarget')
  if (wire.id === '' || wire.mode > 0o7777 || (kind === 'symlink') !== (linkTarget !== ''))
    throw protocolError('a kept version is malformed')
  return {
    id: checkText(wire.id, CURSOR_LIMIT, 'version'),
    path: checkPath(wire.path),
    kind,
    size: safeNumber(wire.size, 'size'),
    mode: wire.mode,
    mtimeNs: wire.mtimeNs,
    contentHash: hashOf(wire.contentHash),
    linkTarget,
    author: authorOf(wire.author),
    reason,
    displacedBy: authorOf(wire.displacedBy),
    displacedAtMs: timeOf(wire.displacedAtMs),
  }
}

function authorOf(wire: WireAuthor | undefined): Author {
  return {
    device: checkText(wire?.device ?? '', 128, 'author'),
    name: checkText(wire?.name ?? '', DEVICE_NAME_LIMIT, 'author'),
  }
}

function hashOf(hash: string): string {
  if (!HASH.test(hash)) throw protocolError('a content hash is malformed')
  return hash
}

function timeOf(ms: bigint): number {
  const time = Number(ms)
  if (Math.abs(time) > TIME_LIMIT_MS) throw protocolError('a time is out of range')
  return time
}
