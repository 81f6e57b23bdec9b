/** Versions and plans of a restore as the API shows them. Pure. */
import type * as api from '../api/node-port.ts'
import { LISTED_STEPS_LIMIT } from '../api/shapes.ts'
import type { PastEntry } from '../core/path-history.ts'
import type { MomentStep } from '../core/moment.ts'
import type { Version } from '../durability/catalogue.ts'
import type { PlannedMoment } from '../files/restore-moment.ts'
import { msOf } from './file-view.ts'

export function versionEntry(version: Version, damaged: ReadonlySet<string>): api.VersionEntry {
  const known = version.origin === 'known' ? version : undefined
  return {
    id: version.id,
    path: known?.path ?? '',
    size: version.size,
    hash: known?.contentHash ?? '',
    parkedMs: known?.displacedAtMs ?? 0,
    cause: known?.reason === 'deleted' || known?.reason === 'damaged' ? known.reason : 'replaced',
    device: known?.displacedBy.name ?? '',
    ...((known?.reason === 'damaged' || damaged.has(version.id)) && { damaged: true }),
  }
}

export function pastContent(entry: PastEntry): api.PastContent {
  const { state, content, size, mtimeNs, author, sinceMs, untilMs, copies } = entry
  return {
    state,
    kind: content.kind,
    hash: content.contentHash,
    size,
    mtimeMs: mtimeNs === undefined ? undefined : msOf(mtimeNs),
    author: author && { id: author.device, name: author.name },
    sinceMs,
    untilMs,
    copies: [...copies],
  }
}

export function restorePlan(atMs: number, plan: PlannedMoment): api.RestorePlan {
  const { steps, lost, unsure, recalled, missing } = plan
  const count = (kind: MomentStep['kind']): number => steps.filter((step) => step.kind === kind).length
  return {
    atMs,
    asOfMs: recalled.asOfMs,
    device: recalled.device,
    aheadMs: recalled.aheadMs,
    restored: count('put'),
    made: count('make'),
    removed: count('remove'),
    lostCount: lost.length,
    steps: steps.slice(0, LISTED_STEPS_LIMIT).map(stepOf),
    lost: lost.slice(0, LISTED_STEPS_LIMIT).map(({ path, where }) => ({ path, why: where })),
    unsureCount: unsure.length,
    unsure: unsure.slice(0, LISTED_STEPS_LIMIT),
    missing: [...missing],
  }
}

const DOES = { put: 'restore', make: 'make', remove: 'remove' } as const

function stepOf(step: MomentStep): api.RestorePlan['steps'][number] {
  const from = step.kind === 'put' ? { from: step.where } : {}
  return { path: step.path, does: DOES[step.kind], ...from }
}
