/**
 * Reads kept contents again and compares them with what is claimed for them. Promises one after the
 * other, newest first, and that what nothing is claimed for, or what was parked as damaged, is left out.
 * Never changes any of them: who asks for a damaged one is told.
 */
import { codeOf } from '../base/errors.ts'
import type { Version } from '../durability/catalogue.ts'
import type { VersionStore } from '../durability/park.ts'
import type { CheckedVersion, Pace } from '../sync/ports.ts'

const PAGE = 200

export async function* checkVersions(
  store: Pick<VersionStore, 'list' | 'verify'>,
  behind: string,
  pace: Pace,
  signal: AbortSignal,
): AsyncGenerator<CheckedVersion> {
  for (let after: string | undefined = behind; after !== undefined;) {
    const page = await store.list({ ...(after !== '' && { after }), limit: PAGE })
    for (const version of page.versions) {
      if (!hasClaim(version)) continue
      // Read in one go: a pause in the middle of it would hold it open for long.
      await pace(version.size)
      const damaged = await isDamaged(store, version.id, signal)
      if (damaged !== undefined) yield { id: version.id, bytes: version.size, damaged }
    }
    after = page.next
  }
}

function hasClaim(version: Version): boolean {
  return version.origin === 'known' && version.reason !== 'damaged' && version.contentHash !== ''
}

/** Undefined when it is gone by now, or cannot be read for a reason that says nothing about its bytes. */
async function isDamaged(
  store: Pick<VersionStore, 'verify'>,
  id: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  try {
    return !(await store.verify(id, signal)).isAsClaimed
  } catch (error) {
    signal.throwIfAborted()
    const code = codeOf(error)
    return code === 'IO_ERROR' || code === 'VERSION_DAMAGED' ? true : undefined
  }
}
