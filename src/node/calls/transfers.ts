/**
 * What moves, and what is still to go. Promises that the rest is what the index counts as lacking,
 * less what is done of it, and that a time is told only when bytes moved long enough to tell one.
 */
import type { NodePort, Transfers } from '../api/node-port.ts'
import { PeerfoldError } from '../base/errors.ts'
import type { NeedTotal } from '../index/index-port.ts'
import type { Flow, Transfer } from '../sync/transfers.ts'
import type { NodeCore } from './node-core.ts'

/** Before this the rate says nothing about the time it will take. */
const STEADY_MS = 5_000

export function transferCalls(core: NodeCore): Pick<NodePort, 'transfers' | 'onTransfer'> {
  return {
    transfers: () => transfers(core),
    onTransfer: (listener) => core.transfers.onChange(listener),
  }
}

async function transfers(core: NodeCore): Promise<Transfers> {
  const lacking = await lackingOf(core)
  const now = core.transfers.snapshot()
  return {
    in: wayOf(now.in, lacking.in),
    out: wayOf(now.out, lacking.out),
    active: now.active.map(viewOf),
    activeCount: now.activeCount,
    recent: now.recent.map(viewOf),
  }
}

type Lacking = Pick<NeedTotal, 'items' | 'bytes'>

/**
 * What this device lacks, and what the connected others do, whoever has it: which of them will ask us
 * for it is theirs to choose.
 */
async function lackingOf({ id, config, engine, parts: { index } }: NodeCore) {
  const sums = { in: { items: 0, bytes: 0 }, out: { items: 0, bytes: 0 } }
  for (const { id: folder } of config.folders) {
    const needs = await index.call('needTotals', { folder }).catch(unlessUnknown)
    for (const { device, items, bytes } of needs) {
      if (device !== id && !engine.isSharing(device, folder)) continue
      const sum = sums[device === id ? 'in' : 'out']
      sum.items += items
      sum.bytes += bytes
    }
  }
  return sums
}

/** A folder that is only being opened lacks nothing that anybody knows of. */
function unlessUnknown(error: unknown): NeedTotal[] {
  if (error instanceof PeerfoldError && error.code === 'FOLDER_NOT_FOUND') return []
  throw error
}

function wayOf({ rate, steadyMs, activeDone }: Flow, lacking: Lacking): Transfers['in'] {
  const bytes = Math.max(0, lacking.bytes - activeDone)
  const canTell = steadyMs >= STEADY_MS && rate > 0 && bytes > 0
  return { rate, items: lacking.items, bytes, ...(canTell && { etaMs: Math.round((bytes * 1_000) / rate) }) }
}

function viewOf(transfer: Transfer): Transfers['active'][number] {
  return { ...transfer, devices: [...transfer.devices] }
}
