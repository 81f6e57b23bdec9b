/**
 * Who has how much of a folder, ready to be shown. Promises only what the node said: a device that
 * has not said what it has is never shown as having anything.
 */
import type { DeviceView, FolderView } from '../../../node/api/node-port.ts'

export interface CopyView {
  /** Device id; "" for this device. */
  readonly id: string
  readonly name: string
  readonly state: 'has' | 'lacks' | 'unconfirmed'
  readonly items: number
  readonly bytes: number
  /** What it has, from 0 to 1. */
  readonly share: number
  /** Last connected, while it is away; 0 when never. */
  readonly awaySinceMs: number | undefined
}

/** This device first, then the others in the node's order. */
export function copiesOf(folder: FolderView, devices: readonly DeviceView[], thisName: string): CopyView[] {
  const here = copy({ id: '', name: thisName, need: folder.need, isConfirmed: true, folder })
  const others = folder.devices.map(({ id, need, confirmed }) => {
    const device = devices.find((one) => one.id === id)
    const awaySinceMs = device?.connected === true ? undefined : (device?.lastSeenMs ?? 0)
    const view = copy({ id, name: device?.name ?? id, need, isConfirmed: confirmed, folder })
    return { ...view, awaySinceMs }
  })
  return [here, ...others]
}

interface Given {
  readonly id: string
  readonly name: string
  readonly need: FolderView['need']
  readonly isConfirmed: boolean
  readonly folder: FolderView
}

function copy({ id, name, need, isConfirmed, folder }: Given): CopyView {
  const lacks = need.items > 0 || need.bytes > 0
  const known = { id, name, ...need, awaySinceMs: undefined }
  if (!isConfirmed) return { ...known, state: 'unconfirmed', share: 0 }
  if (!lacks) return { ...known, state: 'has', share: 1 }
  return { ...known, state: 'lacks', share: shareOf(folder, need) }
}

/** Nothing that is lacked is rounded away: a share below this is shown as a gap. */
const NEARLY_ALL = 0.99

/** Of bytes, or of items where there are no bytes; what is lacked can exceed what is here. */
function shareOf({ bytes, files, need: here }: FolderView, need: FolderView['need']): number {
  const [whole, lacked] = need.bytes > 0 ? [bytes + here.bytes, need.bytes] : [files + here.items, need.items]
  return whole <= 0 ? 0 : Math.min(NEARLY_ALL, Math.max(0, 1 - lacked / whole))
}
