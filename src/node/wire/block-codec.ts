/**
 * Block requests and replies. Promises a reply frame whose raw bytes are never copied on the way
 * out and are a view of the frame on the way in. Never checks a hash: who asked does.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { BLOCK_BYTES_LIMIT, checkText, CURSOR_LIMIT, protocolError, safeNumber } from './limits.ts'
import { BlockReplySchema, BlockRequestSchema, BlockStatus } from './generated/peerfold_pb.js'

export interface BlockRequest {
  readonly id: number
  readonly folder: string
  readonly path: string
  readonly contentHash: string
  /** Position and length in the file, bytes. */
  readonly offset: number
  readonly length: number
  /** SHA-256 of the block, 32 bytes; empty when a version is asked for. */
  readonly hash: Uint8Array
  /** Id of a version that the receiver keeps: bytes of that are asked for, not of the live file. */
  readonly version?: string
}

export interface BlockReply {
  readonly id: number
  readonly status: 'ok' | 'missing'
  /** Position of `bytes` within the block; pieces of one block come in order. */
  readonly pieceOffset: number
  readonly bytes: Uint8Array
}

export function encodeBlockRequest(request: BlockRequest): Uint8Array {
  const { id, folder, path, contentHash, offset, length, hash, version: versionId = '' } = request
  const what = { folderId: folder, path, contentHash, versionId, hash }
  const message = { requestId: id, ...what, offset: BigInt(offset), length }
  return toBinary(BlockRequestSchema, create(BlockRequestSchema, message))
}

export function decodeBlockRequest(frame: Uint8Array): BlockRequest {
  const wire = decode(() => fromBinary(BlockRequestSchema, frame))
  const { versionId } = wire
  const hashBytes = versionId === '' ? 32 : 0
  if (wire.length === 0 || wire.length > BLOCK_BYTES_LIMIT || wire.hash.length !== hashBytes)
    throw protocolError('a block request is out of limits', { length: wire.length })
  return {
    id: wire.requestId,
    folder: checkText(wire.folderId, 64, 'folder'),
    path: checkText(wire.path, 4_096, 'path'),
    contentHash: checkText(wire.contentHash, 80, 'contentHash'),
    offset: safeNumber(wire.offset, 'offset'),
    length: wire.length,
    hash: wire.hash,
    ...(versionId !== '' && { version: checkText(versionId, CURSOR_LIMIT, 'version') }),
  }
}

/** The frame's parts: length of the head (2 bytes, big-endian) and the head, then the raw bytes. */
export function encodeBlockReply(reply: BlockReply): Uint8Array[] {
  const status = reply.status === 'ok' ? BlockStatus.OK : BlockStatus.MISSING
  const head = toBinary(
    BlockReplySchema,
    create(BlockReplySchema, { requestId: reply.id, status, pieceOffset: reply.pieceOffset }),
  )
  const prefix = new Uint8Array(2 + head.length)
  new DataView(prefix.buffer).setUint16(0, head.length)
  prefix.set(head, 2)
  return reply.bytes.length > 0 ? [prefix, reply.bytes] : [prefix]
}

export function decodeBlockReply(frame: Uint8Array): BlockReply {
  if (frame.length < 2) throw protocolError('a block reply is too short')
  const headEnd = 2 + new DataView(frame.buffer, frame.byteOffset, 2).getUint16(0)
  if (headEnd > frame.length) throw protocolError('a block reply is cut off')
  const head = decode(() => fromBinary(BlockReplySchema, frame.subarray(2, headEnd)))
  const status = head.status === BlockStatus.OK ? 'ok' : 'missing'
  return { id: head.requestId, status, pieceOffset: head.pieceOffset, bytes: frame.subarray(headEnd) }
}

function decode<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw protocolError('a block message cannot be read', { reason: String(cause) })
  }
}
