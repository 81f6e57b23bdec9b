/**
 * What moves, as figures. Promises that nothing which is still on its way says 100 %, that a finished
 * one is never said to be less, and that "nothing is moving" says what waits. Never words anything.
 */
import type { FolderView, Transfer, Transfers } from '../../../node/api/node-port.ts'

/** From 0 to 1. A file without content is done when it has ended. */
export function shareOf({ size, done, state }: Pick<Transfer, 'size' | 'done' | 'state'>): number {
  if (state === 'done') return 1
  return size <= 0 ? 0 : Math.min(1, Math.max(0, done / size))
}

/** Whole percents, rounded down: 100 is for what has arrived. */
export function percentOf(transfer: Pick<Transfer, 'size' | 'done' | 'state'>): number {
  const percent = Math.floor(shareOf(transfer) * 100)
  return transfer.state === 'done' ? percent : Math.min(99, percent)
}

/** Ended, and not the whole of it went: the device had the rest, or stopped asking. Which is not known. */
export function isPartSent({ direction, state, done, size }: Transfer): boolean {
  return direction === 'out' && state === 'done' && done < size
}

/** A transfer shorter than this says nothing of the line, milliseconds: a guess. */
const TELLING_MS = 1_000

/** Bytes a second of what has arrived, where it took long enough to mean anything. */
export function averageRate({
  state,
  rate,
  startedMs,
  endedMs = startedMs,
}: Pick<Transfer, 'state' | 'rate' | 'startedMs' | 'endedMs'>): number | undefined {
  return state === 'done' && rate > 0 && endedMs - startedMs >= TELLING_MS ? rate : undefined
}

/** What of a transfer a row is made of; the rest changes with every snapshot and is written into it. */
export type MovingFacts = Pick<
  Transfer,
  'id' | 'folder' | 'path' | 'direction' | 'devices' | 'size' | 'resumed'
> & {
  readonly isReusing: boolean
}

export function movingFacts({ active }: Transfers): MovingFacts[] {
  return active.map(({ id, folder, path, direction, devices, size, resumed, reused }) => {
    return { id, folder, path, direction, devices, size, resumed, isReusing: reused > 0 }
  })
}

export function areSameFacts(one: readonly MovingFacts[], other: readonly MovingFacts[]): boolean {
  return one.length === other.length && one.every((facts, at) => isSame(facts, other[at]))
}

function isSame(one: MovingFacts, other: MovingFacts | undefined): boolean {
  return (
    one.id === other?.id &&
    one.size === other.size &&
    one.resumed === other.resumed &&
    one.isReusing === other.isReusing &&
    one.devices.length === other.devices.length &&
    one.devices.every((device, at) => device === other.devices[at])
  )
}

/** Of what has ended: what failed, and what arrived; both newest first. */
export function endedOf({ recent }: Transfers): { failed: Transfer[]; done: Transfer[] } {
  return {
    failed: recent.filter(({ state }) => state === 'failed'),
    done: recent.filter(({ state }) => state === 'done'),
  }
}

export function areSameEnded(one: readonly Transfer[], other: readonly Transfer[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ id, state }, at) => id === other[at]?.id && state === other[at].state)
  )
}

const URGENCY = ['needs-you', 'syncing', 'waiting', 'safe'] as const

/** What asks for something before what does not; otherwise the node's order. */
export function byUrgency<F extends Pick<FolderView, 'status'>>(folders: readonly F[]): F[] {
  return folders.toSorted((one, other) => rankOf(one) - rankOf(other))
}

function rankOf({ status }: Pick<FolderView, 'status'>): number {
  return URGENCY.indexOf(status.word)
}

export type Rest = 'none' | 'safe' | 'syncing' | 'waiting' | 'needs-you'

/** What "nothing is moving" means: the most urgent word of the node, or that there is no folder. */
export function restOf(folders: readonly Pick<FolderView, 'status'>[]): Rest {
  return byUrgency(folders)[0]?.status.word ?? 'none'
}

/**
 * Whether anything moves: also between two files. Rates look back some seconds, so after the last
 * byte they alone mean nothing.
 */
export function isMoving(
  { activeCount, in: inward, out }: Transfers,
  folders: readonly Pick<FolderView, 'status'>[],
): boolean {
  if (activeCount > 0) return true
  return (inward.rate > 0 || out.rate > 0) && folders.some(({ status }) => status.word === 'syncing')
}

export interface News {
  /** Failed since the snapshot before. */
  readonly failed: number
  /** Something moved before, and all of it has arrived. */
  readonly allDone: boolean
}

/** Results only; nobody wants to hear the way there. */
export function newsOf(before: Transfers, now: Transfers): News {
  const known = new Set(before.recent.map(({ id }) => id))
  const fresh = now.recent.filter(({ id }) => !known.has(id))
  const failed = fresh.filter(({ state }) => state === 'failed').length
  const isOver = before.activeCount > 0 && now.activeCount === 0
  return {
    failed,
    allDone: isOver && failed === 0 && fresh.length > 0 && now.in.items === 0 && now.out.items === 0,
  }
}
