/**
 * What is written beside every parked content, so that it explains itself without any database.
 * Promises that a description decodes to what was encoded or not at all. Never touches the disk.
 *
 * One JSON document whose last member is `checksum`: "sha256:" and the hex hash of every byte
 * before `,"checksum":`.
 */
import { createHash } from 'node:crypto'
import { PeerfoldError } from '../base/errors.ts'
import { isTaggedHash } from '../codec/hash.ts'
import { checkRelativePath } from '../fs/relative-path.ts'
import type { PackedContent } from '../store/packed-content.ts'
import { isVersionId } from './layout.ts'
import type { VersionId } from './layout.ts'

/** 1: the content lies beside it. 2: it lies in packs, and `packed` says what is read from there. */
const FORMATS: readonly unknown[] = [1, 2]
/** Bytes; a path and a target of 4 KiB each, all escaped, and MAX_PAGES hashes: under 128 KiB. */
export const DESCRIPTION_BYTES_LIMIT = 128 * 1024

/** Longest list of manifest pages: 900,000 blocks, which are 900 GB of a file that large. */
export const MAX_PAGES = 900

export type DisplacedKind = 'file' | 'symlink'
export type DisplacedReason = 'replaced' | 'deleted' | 'conflict' | 'damaged'

/** A device as people know it. */
export interface DeviceLabel {
  readonly device: string
  readonly name: string
}

/** What the engine is about to displace, as the index knows it. */
export interface DisplacedItem {
  /** Path inside the folder where the content was. */
  readonly path: string
  readonly kind: DisplacedKind
  /** Permission bits, 0o7777. */
  readonly mode: number
  readonly mtimeNs: bigint
  /** Bytes. */
  readonly size: number
  /** Tagged hash that the index claims for it ("sha256:<64 hex>"); "" when it was never hashed. */
  readonly contentHash: string
  /** Target of a symlink; "" otherwise. */
  readonly linkTarget: string
  /** Who wrote the displaced content. */
  readonly author: DeviceLabel
  readonly reason: DisplacedReason
  /** Whose change displaces it. */
  readonly displacedBy: DeviceLabel
}

export interface Description extends DisplacedItem {
  readonly id: VersionId
  /** Milliseconds since 1970, by this device's clock. */
  readonly displacedAtMs: number
  /** What was read when the content was taken into packs; undefined while it lies beside this. */
  readonly packed?: PackedContent | undefined
}

const MARK = ',"checksum":'

export function encodeDescription(description: Description): Uint8Array {
  const { id, path, kind, mode, size, contentHash, linkTarget, author, reason, displacedBy, packed } =
    description
  const body = JSON.stringify({
    format: packed === undefined ? 1 : 2,
    id,
    path,
    kind,
    mode,
    mtimeNs: description.mtimeNs.toString(),
    size,
    contentHash,
    linkTarget,
    author: { device: author.device, name: author.name },
    displacedAt: description.displacedAtMs,
    reason,
    displacedBy: { device: displacedBy.device, name: displacedBy.name },
    ...(packed && { packed: { contentHash: packed.contentHash, size: packed.size, pages: packed.pages } }),
  }).slice(0, -1)
  const bytes = Buffer.from(`${body}${MARK}"${checksumOf(Buffer.from(body))}"}\n`)
  if (bytes.length > DESCRIPTION_BYTES_LIMIT)
    throw new PeerfoldError('LIMIT_EXCEEDED', 'the description of a version is too long', { path })
  return bytes
}

/**
 * Whether these are bytes of a description that was being written when the power failed, and that
 * nothing refers to: cut off, or zeros, which some disks leave of an unsynced write. One that was
 * `replacing` another may be of either format; a first one says only what lies beside it.
 */
export function isTornDescription(bytes: Uint8Array, id: VersionId, replacing: boolean): boolean {
  if (bytes.every((byte) => byte === 0)) return true
  return (replacing ? FORMATS : FORMATS.slice(0, 1)).some((format) => {
    const start = `{"format":${String(format)},"id":"${id}","path":`
    const head = Buffer.from(bytes.subarray(0, start.length)).toString('utf8')
    return head === start.slice(0, bytes.length)
  })
}

/** Undefined when the bytes are not exactly what was once written for this id. */
export function decodeDescription(bytes: Uint8Array, id: VersionId): Description | undefined {
  const text = Buffer.from(bytes)
  const mark = text.lastIndexOf(MARK)
  if (mark < 0) return undefined
  const body = text.subarray(0, mark)
  const tail = text.subarray(mark).toString('utf8')
  if (tail.trimEnd() !== `${MARK}"${checksumOf(body)}"}`) return undefined
  return shapeOf(parse(`${body.toString('utf8')}}`), id)
}

function checksumOf(body: Uint8Array): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // damaged: the caller lists the content as of unknown origin
  }
}

/** The checksum guards against damage, this against a description that somebody else wrote. */
function shapeOf(value: unknown, id: VersionId): Description | undefined {
  if (!isObject(value) || !FORMATS.includes(value['format']) || value['id'] !== id) return undefined
  if (!isVersionId(id)) return undefined
  const { path, kind, mode, mtimeNs, size, contentHash, linkTarget, displacedAt, reason } = value
  const author = labelOf(value['author'])
  const displacedBy = labelOf(value['displacedBy'])
  if (typeof path !== 'string' || !isUsablePath(path)) return undefined
  if (typeof contentHash !== 'string' || typeof linkTarget !== 'string') return undefined
  if (kind !== 'file' && kind !== 'symlink') return undefined
  if (!isReason(reason)) return undefined
  if (typeof mtimeNs !== 'string' || !/^-?\d{1,20}$/.test(mtimeNs)) return undefined
  if (!isCount(mode) || !isCount(size) || !isTime(displacedAt)) return undefined
  if (author === undefined || displacedBy === undefined) return undefined
  const packed = packedOf(value['packed'])
  if ((value['format'] === 2) !== (packed !== undefined && kind === 'file')) return undefined
  const times = { mtimeNs: BigInt(mtimeNs), displacedAtMs: displacedAt }
  const plain: Description = {
    id,
    path,
    kind,
    mode,
    size,
    contentHash,
    linkTarget,
    author,
    reason,
    displacedBy,
    ...times,
  }
  return { ...plain, ...(packed && { packed }) }
}

function packedOf(value: unknown): PackedContent | undefined {
  if (!isObject(value)) return undefined
  const { contentHash, size, pages } = value
  if (typeof contentHash !== 'string' || !isTaggedHash(contentHash) || !isCount(size)) return undefined
  if (!Array.isArray(pages) || pages.length > MAX_PAGES) return undefined
  return pages.every((page) => typeof page === 'string' && isTaggedHash(page))
    ? { contentHash, size: size as number, pages: pages as string[] }
    : undefined
}

const REASONS: readonly unknown[] = ['replaced', 'deleted', 'conflict', 'damaged'] satisfies DisplacedReason[]

function isReason(value: unknown): value is DisplacedReason {
  return REASONS.includes(value)
}

function isUsablePath(path: string): boolean {
  try {
    return checkRelativePath(path) === path
  } catch {
    return false // a path that leaves the folder, or never was one
  }
}

function labelOf(value: unknown): DeviceLabel | undefined {
  if (!isObject(value)) return undefined
  const { device, name } = value
  return typeof device === 'string' && typeof name === 'string' ? { device, name } : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What Date can show. */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= 8.64e15
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
