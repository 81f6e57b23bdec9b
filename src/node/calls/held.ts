/**
 * Changes that wait for a person: listed and decided. Promises that a decision is in the index before the
 * call returns, and that a mode is never talked into letting through what it is there to keep back. Never
 * touches a disk: the folder's own stages carry out what was decided.
 */
import type { Decision, HeldDecision, HeldGroup, NodePort, PageRequest } from '../api/node-port.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { DeviceId, FolderId } from '../core/record.ts'
import type { WithheldGroup, WithheldTotal } from '../index/index-port.ts'
import { folderOf, openFolder } from './node-core.ts'
import type { NodeCore } from './node-core.ts'

/** Decided in one transaction: tens of milliseconds in which the index does nothing else. */
const BATCH = 500

export function heldCalls(core: NodeCore): Pick<NodePort, 'listHeld' | 'listHeldChanges' | 'decideHeld'> {
  return {
    listHeld: async (folder) => heldGroups(core, await totalsOf(core, folder)),
    listHeldChanges: (folder, group, page) => listChanges(core, folder, group, page),
    decideHeld: (folder, group, decision, paths) => decide(core, folder, group, decision, paths),
  }
}

export function heldGroups({ id, config }: NodeCore, totals: readonly WithheldTotal[]): HeldGroup[] {
  const nameOf = (device: DeviceId): string => {
    if (device === id) return config.device.name
    return config.devices.find((known) => known.id === device)?.name ?? device
  }
  return totals.map(({ direction, cause, device, items, bytes, sinceMs }) => ({
    id: idOf({ direction, cause, device }),
    cause,
    direction,
    device: { id: device, name: nameOf(device) },
    sinceMs,
    ...items,
    bytes,
  }))
}

function idOf({ direction, cause, device }: WithheldGroup): string {
  return `${direction}.${cause}.${device}`
}

async function totalsOf(core: NodeCore, folder: FolderId): Promise<readonly WithheldTotal[]> {
  folderOf(core, folder)
  return core.parts.index.call('withheldTotals', { folder })
}

async function getGroup(core: NodeCore, folder: FolderId, group: string): Promise<WithheldGroup> {
  const found = (await totalsOf(core, folder)).find((total) => idOf(total) === group)
  if (found) return found
  throw new PeerfoldError('HELD_GROUP_NOT_FOUND', 'nothing is held back under this name', { group })
}

async function listChanges(
  core: NodeCore,
  folder: FolderId,
  group: string,
  { cursor = '', limit }: PageRequest,
) {
  const { direction, cause, device } = await getGroup(core, folder, group)
  const query = { folder, direction, cause, device, after: cursor, limit }
  const listed = await core.parts.index.call('withheldChanges', query)
  const last = listed.length === limit ? listed.at(-1) : undefined
  return { changes: [...listed], ...(last && { next: last.path }) }
}

async function decide(
  core: NodeCore,
  folder: FolderId,
  group: string,
  decision: Decision,
  paths: readonly string[] | undefined,
): Promise<HeldDecision> {
  const sync = openFolder(core, folder)
  const { direction, cause, device } = await getGroup(core, folder, group)
  if (decision === 'approve' && cause !== 'mass-change')
    throw new PeerfoldError('HELD_BY_MODE', `a ${cause} folder lets none of these through`, { folder })
  const author = { device: core.id, name: core.config.device.name }
  const request = { folder, direction, cause, device, decision, author, paths, limit: BATCH }
  let decided = 0
  for (let after: string | undefined = ''; after !== undefined;) {
    const done: { decided: number; next: string | undefined } = await core.parts.index.call('decide', {
      ...request,
      after,
    })
    decided += done.decided
    after = done.next
  }
  core.engine.decided(folder)
  sync.indexChanged()
  const left = (await totalsOf(core, folder)).find((total) => idOf(total) === group)
  return { decided, left: left ? Object.values(left.items).reduce((sum, items) => sum + items, 0) : 0 }
}
