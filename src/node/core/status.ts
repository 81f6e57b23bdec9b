/**
 * The verdict about one folder. Promises one pure function whose result is shown everywhere, and
 * that "safe" is earned: it is what is left when nothing at all speaks against it. Never a
 * default, never computed anywhere else, never worded here (words and sentences belong to viewers).
 */
import type { DeviceId } from './record.ts'

export type StatusWord = 'safe' | 'syncing' | 'waiting' | 'needs-you'
export type FolderState = 'idle' | 'scanning' | 'syncing' | 'paused' | 'held' | 'error'

/** Something lacked and wanted: number of records, and bytes of their content. */
export interface Need {
  readonly items: number
  readonly bytes: number
}

/** What is known of one other device that shares the folder. */
export interface SharingDevice {
  readonly id: DeviceId
  readonly name: string
  readonly connected: boolean
  /** It is connected and shares the folder with us at this moment (not paused or removed there). */
  readonly sharing: boolean
  /** What it still lacks and wants of what this device knows, as it last confirmed; without `holdsBack`. */
  readonly need: Need
  /** Records that it says it wants and cannot place (name, disk, permission). */
  readonly unplaceable: number
  /** Records that it held and that its disk has spoiled, until it has them again. */
  readonly damaged: number
  /** Changes that it knows and does not carry out until someone decides there. */
  readonly holdsBack: number
  /** When it was last connected, ms since 1970; 0 when never. Now, while it is connected. */
  readonly lastSeenMs: number
  /** It has told its whole index of this folder at least once; before that its need is a guess. */
  readonly confirmedOnce: boolean
  /** Its identity lives on two machines at once: what it confirms holds for one of them. */
  readonly doubled: boolean
}

/** Everything that the verdict depends on. */
export interface FolderFacts {
  /** The node runs with a readable index: false while it starts, stops or rebuilds. */
  readonly nodeLive: boolean
  /** The root directory, its marker and its disk are what they were. */
  readonly rootOk: boolean
  readonly paused: boolean
  /** This device's identity lives on another machine as well. */
  readonly doubled: boolean
  /** The index was lost and rebuilt: deleted files may be back, and nobody said yet that this is known. */
  readonly indexLost: boolean
  /** Changes that the mass-change guard holds back until a person decides. */
  readonly held: number
  /** Changes made here that the mode of the folder keeps here. */
  readonly localChanges: number
  /** Changes of others that the mode of the folder keeps out. */
  readonly remoteChanges: number
  readonly scanning: boolean
  readonly firstScanFinished: boolean
  /** Unresolved conflict copies. */
  readonly conflicts: number
  /** Files and directories of this device that cannot be read, scanned or placed. */
  readonly errors: number
  /** What this device lacks and wants. */
  readonly need: Need
  /** Records of `need` that this device can get now: some connected device holds them. */
  readonly obtainable: number
  /** Live records (not tombstones) that this device holds. */
  readonly files: number
  /** Live records held here that no other device confirmed to hold. */
  readonly onlyHere: number
  readonly devices: readonly SharingDevice[]
}

/** Why: each code has one meaning and its own params. */
export type StatusReason =
  | 'all-copies-confirmed' // files, devices (this one included), away, sinceMs (earliest last sight)
  | 'root-broken' // the folder's first error says why
  | 'identity-doubled'
  | 'device-doubled' // device, name
  | 'held' // count
  | 'errors' // count
  | 'conflicts' // count
  | 'index-lost'
  | 'device-damaged' // device, name, count
  | 'device-errors' // device, name, count
  | 'scanning'
  | 'first-scan'
  | 'receiving' // items, bytes
  | 'sending' // device, name, items, bytes
  | 'node-starting'
  | 'paused'
  | 'no-devices' // files
  | 'content-away' // items, bytes: no connected device holds them
  | 'device-away' // device, name, items, bytes, sinceMs (0: never seen)
  | 'device-unconfirmed' // device, name, sinceMs
  | 'device-not-sharing' // device, name: connected, but paused the folder or does not share it (yet)
  | 'device-behind' // device, name, items, bytes: connected, and nobody connected has what it needs
  | 'device-holds' // device, name, count: it holds them back until someone decides there
  | 'local-changes' // count: made here, and only here
  | 'remote-changes' // count: made elsewhere, and not here
  | 'only-here' // items

export type StatusParams = Readonly<Record<string, string | number>>

export interface Phrase {
  readonly word: StatusWord
  readonly reason: StatusReason
  readonly params: StatusParams
}

export interface FolderStatus extends Phrase {
  /** The next lesser fact, said as a second phrase. */
  readonly also?: Phrase
}

/** Needs you > syncing > waiting > safe; safe only when there is no phrase of another word. */
export function folderStatus(facts: FolderFacts): FolderStatus {
  const phrases = [...needsYou(facts), ...syncing(facts), ...waiting(facts)]
  const first = phrases[0]
  if (!first) return safe(facts)
  const also = phrases.find((phrase) => phrase.word !== first.word)
  return also ? { ...first, also } : first
}

/** What the machine does with the folder, whatever that means for people. */
export function folderState(facts: FolderFacts): FolderState {
  if (facts.paused) return 'paused'
  if (!facts.nodeLive || !facts.rootOk) return 'error'
  if (facts.held > 0) return 'held'
  if (facts.scanning || !facts.firstScanFinished) return 'scanning'
  return facts.obtainable > 0 || facts.devices.some((device) => isFed(device, facts)) ? 'syncing' : 'idle'
}

/** The weightiest first: what stops the whole folder, then what stops single files. */
function needsYou(facts: FolderFacts): Phrase[] {
  const found: Phrase[] = []
  const say = phraseOf('needs-you', found)
  if (!facts.rootOk) say('root-broken')
  if (facts.doubled) say('identity-doubled')
  for (const device of facts.devices) if (device.doubled) say('device-doubled', named(device))
  if (facts.held > 0) say('held', { count: facts.held })
  if (facts.errors > 0) say('errors', { count: facts.errors })
  if (facts.conflicts > 0) say('conflicts', { count: facts.conflicts })
  // No rule can tell a file that came back from one that was kept: a person can.
  if (facts.indexLost) say('index-lost')
  for (const device of facts.devices) {
    if (device.damaged > 0) say('device-damaged', { ...named(device), count: device.damaged })
    if (device.unplaceable > 0) say('device-errors', { ...named(device), count: device.unplaceable })
  }
  return found
}

function syncing(facts: FolderFacts): Phrase[] {
  const found: Phrase[] = []
  if (facts.paused || !facts.nodeLive || !facts.rootOk) return found
  const say = phraseOf('syncing', found)
  if (facts.scanning) say(facts.firstScanFinished ? 'scanning' : 'first-scan')
  if (facts.obtainable > 0) say('receiving', { ...facts.need })
  for (const device of facts.devices) {
    if (isFed(device, facts)) say('sending', { ...named(device), ...device.need })
  }
  return found
}

/** Everything that keeps a folder from being safe and does not move by itself. */
function waiting(facts: FolderFacts): Phrase[] {
  const found: Phrase[] = []
  const say = phraseOf('waiting', found)
  if (!facts.nodeLive) say('node-starting')
  if (facts.paused) say('paused')
  if (!facts.firstScanFinished && !facts.scanning) say('first-scan')
  if (facts.devices.length === 0) say('no-devices', { files: facts.files })
  if (isContentAway(facts)) say('content-away', { ...facts.need })
  for (const device of facts.devices) waitingFor(device, facts, say)
  if (facts.localChanges > 0) say('local-changes', { count: facts.localChanges })
  if (facts.remoteChanges > 0) say('remote-changes', { count: facts.remoteChanges })
  if (facts.onlyHere > 0 && facts.devices.length > 0) say('only-here', { items: facts.onlyHere })
  return found
}

function waitingFor(device: SharingDevice, facts: FolderFacts, say: Say): void {
  const behind = device.need.items > 0 || device.need.bytes > 0
  const since = { sinceMs: device.lastSeenMs }
  const isAbsent = device.connected && !device.sharing
  if (isAbsent && (behind || !device.confirmedOnce)) say('device-not-sharing', named(device))
  else if (!device.connected && behind) say('device-away', { ...named(device), ...device.need, ...since })
  else if (!device.confirmedOnce) say('device-unconfirmed', { ...named(device), ...since })
  else if (behind && !isFed(device, facts)) say('device-behind', { ...named(device), ...device.need })
  if (device.holdsBack > 0) say('device-holds', { ...named(device), count: device.holdsBack })
}

function safe(facts: FolderFacts): FolderStatus {
  const away = facts.devices.filter((device) => !device.connected)
  const since = away.length > 0 ? { sinceMs: Math.min(...away.map((device) => device.lastSeenMs)) } : {}
  const counts = { files: facts.files, devices: facts.devices.length + 1, away: away.length }
  return { word: 'safe', reason: 'all-copies-confirmed', params: { ...counts, ...since } }
}

/**
 * Data moves to this device for certain: it is here, and needs more than the records that nobody
 * here can supply. (Which of its needed records are those is not known, so the smaller claim.)
 */
function isFed(device: SharingDevice, facts: FolderFacts): boolean {
  const missing = Math.max(0, facts.need.items - facts.obtainable)
  return device.connected && device.sharing && device.need.items > missing
}

/** Bytes without items would be a mistake of the counting: said, never taken for nothing. */
function isContentAway({ need, obtainable }: FolderFacts): boolean {
  return need.items > obtainable || (need.items === 0 && need.bytes > 0)
}

type Say = (reason: StatusReason, params?: StatusParams) => void

function phraseOf(word: StatusWord, into: Phrase[]): Say {
  return (reason, params = {}) => void into.push({ word, reason, params })
}

function named(device: SharingDevice): { device: DeviceId; name: string } {
  return { device: device.id, name: device.name }
}
