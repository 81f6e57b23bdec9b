/**
 * The sentences for a folder's status. Promises one for every reason, with its facts. Never
 * decides what is true: it words what the node said.
 */
import type { FolderView } from '../api/node-port.ts'
import { bytesText, countText, shown, timeText } from './output.ts'

type Params = Readonly<Record<string, string | number>>
type Phrase = Pick<FolderView['status'], 'word' | 'reason' | 'params'>

const WORDS: Readonly<Record<Phrase['word'], string>> = {
  safe: 'Safe',
  syncing: 'Syncing',
  waiting: 'Waiting',
  'needs-you': 'Needs you',
}

const number = (params: Params, key: string): number => Number(params[key] ?? 0)
const name = (params: Params): string => shown(String(params['name'] ?? params['device'] ?? 'a device'))
const load = (params: Params): string =>
  `${countText(number(params, 'items'), 'item')}, ${bytesText(number(params, 'bytes'))}`
const since = (params: Params): string =>
  number(params, 'sinceMs') === 0 ? 'never seen here' : `last seen ${timeText(number(params, 'sinceMs'))}`

const REASONS: Readonly<Record<string, (params: Params) => string>> = {
  'all-copies-confirmed': allCopies,
  'root-broken': () => 'the directory cannot be used; nothing is deleted or changed meanwhile',
  held: () => 'unusually many changes are held back until you decide',
  errors: (params) => `${countText(number(params, 'count'), 'file')} cannot be synced`,
  conflicts: (params) =>
    `${countText(number(params, 'count'), 'conflict copy', 'conflict copies')} to look at`,
  'device-errors': (params) => `${name(params)} cannot place ${countText(number(params, 'count'), 'file')}`,
  scanning: () => 'looking for changes',
  'first-scan': () => 'the first scan has not finished',
  receiving: (params) => `receiving ${load(params)}`,
  sending: (params) => `sending ${load(params)} to ${name(params)}`,
  'node-starting': () => 'the node is starting',
  paused: () => 'paused',
  'no-devices': (params) =>
    `${countText(number(params, 'files'), 'item')} only on this device; add another device`,
  'content-away': (params) => `${load(params)} on no device that is connected`,
  'device-away': (params) => `${load(params)} for ${name(params)}, ${since(params)}`,
  'device-unconfirmed': (params) => `${name(params)} has not said what it has, ${since(params)}`,
  'device-not-sharing': (params) => `${name(params)} is connected and does not share this folder now`,
  'device-behind': (params) => `${name(params)} lacks ${load(params)} that no connected device has`,
  'only-here': (params) => `${countText(number(params, 'items'), 'item')} that no other device wants`,
}

/** "Syncing: receiving 3 items, 1.2 MB; waiting: 468 items, 2.1 GB for Laptop, last seen …" */
export function statusText({ also, ...status }: FolderView['status']): string {
  const first = `${WORDS[status.word]}: ${reasonText(status)}`
  return also ? `${first}; ${WORDS[also.word].toLowerCase()}: ${reasonText(also)}` : first
}

function reasonText({ reason, params }: Phrase): string {
  const sentence = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined
  return sentence ? sentence(params) : reason
}

function allCopies(params: Params): string {
  const devices = number(params, 'devices')
  const away = number(params, 'away')
  const copies = `${countText(number(params, 'files'), 'item')}, ${devices} of ${devices} devices`
  return away === 0 ? copies : `${copies}, ${away} away (${since(params)})`
}
