/**
 * The control lane's messages as plain values. Promises that what `decodeControl` returns fits
 * every limit, and PEER_PROTOCOL for anything else. Never acts on a message.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { checkCount, checkText, protocolError, safeNumber } from './limits.ts'
import { DEVICE_NAME_LIMIT, FOLDERS_LIMIT, PAGE_BYTES, RECORDS_PER_PAGE } from './limits.ts'
import { decodeHistoryReply, decodeHistoryRequest } from './history-codec.ts'
import { encodeHistoryReply, encodeHistoryRequest } from './history-codec.ts'
import type { HistoryReply, HistoryRequest } from './history-codec.ts'
import { decodeAnnounced, encodeAnnounced } from './record-codec.ts'
import { AnnouncedSchema, ControlMessageSchema } from './generated/peerfold_pb.js'
import type { ControlMessage as WireControl, FolderMode as WireMode } from './generated/peerfold_pb.js'
import { FOLDER_MODES } from '../core/folder-policy.ts'
import type { FolderMode } from '../core/folder-policy.ts'
import type { Announced } from '../core/record.ts'

/** Sent after Hello and at every change, complete: a folder missing in it is not shared (any more). */
export interface FolderState {
  readonly folder: string
  /** The sender's index epoch and greatest sequence given out in it. */
  readonly epoch: number
  readonly maxSequence: number
  /** What the sender has of the receiver's index; both 0 when nothing. */
  readonly seenEpoch: number
  readonly seenSequence: number
  readonly mode: FolderMode
  /** Changes that the sender knows and does not carry out until someone decides there. */
  readonly holdsBack: number
}

export type ControlMessage =
  | {
      readonly kind: 'hello'
      readonly deviceName: string
      readonly software: string
      readonly session: string
    }
  /** The receiver's identity lives on another machine as well. */
  | { readonly kind: 'doubled-identity' }
  | { readonly kind: 'folders'; readonly folders: readonly FolderState[] }
  | {
      readonly kind: 'index'
      readonly folder: string
      readonly epoch: number
      readonly after: number
      readonly upto: number
      /** The sender's greatest sequence: what follows soon. */
      readonly maxSequence: number
      readonly records: readonly Announced[]
    }
  | { readonly kind: 'ack'; readonly folder: string; readonly epoch: number; readonly sequence: number }
  | {
      readonly kind: 'manifest-request'
      readonly id: number
      readonly folder: string
      readonly path: string
      readonly contentHash: string
      readonly page: number
    }
  | {
      readonly kind: 'manifest-reply'
      readonly id: number
      /** Undefined when the file is no longer there as announced. */
      readonly page: Uint8Array | undefined
      /** Merkle path from the page to the root. */
      readonly proof: Uint8Array
    }
  | HistoryRequest
  | HistoryReply

export function encodeControl(message: ControlMessage): Uint8Array {
  return toBinary(ControlMessageSchema, create(ControlMessageSchema, { body: encodeBody(message) }))
}

/** Throws PEER_PROTOCOL when the bytes are no message or break a limit. */
export function decodeControl(frame: Uint8Array): ControlMessage {
  let wire: WireControl
  try {
    wire = fromBinary(ControlMessageSchema, frame)
  } catch (cause) {
    throw protocolError('a control message cannot be read', { reason: String(cause) })
  }
  return decodeBody(wire)
}

/**
 * Cuts announcements into pages of at most RECORDS_PER_PAGE records and about PAGE_BYTES, each to
 * be sent as one index message. `upto` of a page is the sequence of its last record.
 */
export function* pagesOf(records: readonly Announced[]): Generator<Announced[]> {
  let page: Announced[] = []
  let bytes = 0
  for (const announced of records) {
    const size = toBinary(AnnouncedSchema, encodeAnnounced(announced)).length
    if (page.length > 0 && (bytes + size > PAGE_BYTES || page.length >= RECORDS_PER_PAGE)) {
      yield page
      page = []
      bytes = 0
    }
    page.push(announced)
    bytes += size
  }
  if (page.length > 0) yield page
}

type WireBody = NonNullable<NonNullable<Parameters<typeof create<typeof ControlMessageSchema>>[1]>['body']>

function encodeBody(message: ControlMessage): WireBody {
  switch (message.kind) {
    case 'hello': {
      const { deviceName, software, session } = message
      return { case: 'hello', value: { deviceName, software, sessionId: Buffer.from(session, 'hex') } }
    }
    case 'doubled-identity':
      return { case: 'doubledIdentity', value: {} }
    case 'folders':
      return { case: 'folderStates', value: { folders: message.folders.map(encodeFolderState) } }
    case 'index':
      return {
        case: 'indexPage',
        value: {
          folderId: message.folder,
          epoch: BigInt(message.epoch),
          after: BigInt(message.after),
          upto: BigInt(message.upto),
          maxSequence: BigInt(message.maxSequence),
          records: message.records.map(encodeAnnounced),
        },
      }
    case 'ack': {
      const { folder, epoch, sequence } = message
      return {
        case: 'indexAck',
        value: { folderId: folder, epoch: BigInt(epoch), sequence: BigInt(sequence) },
      }
    }
    case 'manifest-request': {
      const { id, folder, path, contentHash, page } = message
      return { case: 'manifestRequest', value: { requestId: id, folderId: folder, path, contentHash, page } }
    }
    case 'manifest-reply': {
      const { id, page, proof } = message
      return { case: 'manifestReply', value: { requestId: id, ...(page && { page }), proof } }
    }
    case 'history-request':
      return { case: 'historyRequest', value: encodeHistoryRequest(message) }
    case 'history-reply':
      return { case: 'historyReply', value: encodeHistoryReply(message) }
  }
}

function encodeFolderState(state: FolderState) {
  return {
    folderId: state.folder,
    epoch: BigInt(state.epoch),
    maxSequence: BigInt(state.maxSequence),
    seenEpoch: BigInt(state.seenEpoch),
    seenSequence: BigInt(state.seenSequence),
    mode: FOLDER_MODES.indexOf(state.mode) as WireMode,
    holdsBack: BigInt(state.holdsBack),
  }
}

function decodeBody({ body }: WireControl): ControlMessage {
  switch (body.case) {
    case 'hello': {
      const deviceName = checkText(body.value.deviceName, DEVICE_NAME_LIMIT, 'deviceName')
      const software = checkText(body.value.software, DEVICE_NAME_LIMIT, 'software')
      if (body.value.sessionId.length > 64) throw protocolError('a session id is too long')
      return {
        kind: 'hello',
        deviceName,
        software,
        session: Buffer.from(body.value.sessionId).toString('hex'),
      }
    }
    case 'doubledIdentity':
      return { kind: 'doubled-identity' }
    case 'folderStates':
      return { kind: 'folders', folders: decodeFolders(body.value.folders) }
    case 'indexPage':
      return decodeIndex(body.value)
    case 'indexAck':
      return {
        kind: 'ack',
        folder: checkText(body.value.folderId, 64, 'folder'),
        epoch: safeNumber(body.value.epoch, 'epoch'),
        sequence: safeNumber(body.value.sequence, 'sequence'),
      }
    case 'manifestRequest':
      return {
        kind: 'manifest-request',
        id: body.value.requestId,
        folder: checkText(body.value.folderId, 64, 'folder'),
        path: checkText(body.value.path, 4_096, 'path'),
        contentHash: checkText(body.value.contentHash, 80, 'contentHash'),
        page: body.value.page,
      }
    case 'manifestReply':
      return {
        kind: 'manifest-reply',
        id: body.value.requestId,
        page: body.value.page,
        proof: body.value.proof,
      }
    case 'historyRequest':
      return decodeHistoryRequest(body.value)
    case 'historyReply':
      return decodeHistoryReply(body.value)
    default:
      throw protocolError('a control message has no known body')
  }
}

type WireFolders = Extract<WireControl['body'], { case: 'folderStates' }>['value']['folders']
type WireIndex = Extract<WireControl['body'], { case: 'indexPage' }>['value']

function decodeFolders(folders: WireFolders): FolderState[] {
  checkCount(folders.length, FOLDERS_LIMIT, 'folders')
  return folders.map((wire) => ({
    folder: checkText(wire.folderId, 64, 'folder'),
    epoch: safeNumber(wire.epoch, 'epoch'),
    maxSequence: safeNumber(wire.maxSequence, 'maxSequence'),
    seenEpoch: safeNumber(wire.seenEpoch, 'seenEpoch'),
    seenSequence: safeNumber(wire.seenSequence, 'seenSequence'),
    mode: decodeMode(wire.mode),
    holdsBack: safeNumber(wire.holdsBack, 'holdsBack'),
  }))
}

function decodeMode(wire: number): FolderMode {
  const mode = FOLDER_MODES[wire]
  if (!mode) throw protocolError('a folder has an unknown mode', { mode: wire })
  return mode
}

function decodeIndex(wire: WireIndex): ControlMessage {
  checkCount(wire.records.length, RECORDS_PER_PAGE, 'records')
  const after = safeNumber(wire.after, 'after')
  const upto = safeNumber(wire.upto, 'upto')
  if (upto < after) throw protocolError('a page ends before it begins', { after, upto })
  const maxSequence = Math.max(upto, safeNumber(wire.maxSequence, 'maxSequence'))
  const records = wire.records.map(decodeAnnounced)
  let previous = after
  for (const { sequence } of records) {
    if (sequence <= previous || sequence > upto) throw protocolError('sequences of a page are out of order')
    previous = sequence
  }
  const folder = checkText(wire.folderId, 64, 'folder')
  const epoch = safeNumber(wire.epoch, 'epoch')
  return { kind: 'index', folder, epoch, after, upto, maxSequence, records }
}
