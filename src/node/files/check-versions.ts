/**
 * Reads kept contents again and compares them with what is claimed for them. Promises one after the
 * other, newest first, that a block that many contents share is read once and spoils all of them, and
 * that what nothing is claimed for, or what was parked as damaged, is left out. Never changes any of
 * them: who asks for a damaged one is told.
 */
import { codeOf } from '../base/errors.ts'
import { packsOf } from '../durability/catalogue.ts'
import type { KnownVersion, Version } from '../durability/catalogue.ts'
import { PackCheck } from '../durability/check-packed.ts'
import type { VersionStore } from '../durability/park.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import type { CheckedVersion, Pace } from '../sync/ports.ts'

const PAGE = 200
/** Blocks of one content lie together: every so many bytes count as one file. */
const TOGETHER_BYTES = 1 << 20

type Store = Pick<VersionStore, 'list' | 'verify' | 'find'>

export async function* checkVersions(
  root: FolderRoot,
  store: Store,
  behind: string,
  pace: Pace,
  signal: AbortSignal,
): AsyncGenerator<CheckedVersion> {
  const packs = packsOf(root)
  const packCheck = new PackCheck(packs)
  // A pack that is held open while others come first could not give its room back.
  let owed = 0
  const wait: Pace = async (bytes) => {
    signal.throwIfAborted()
    owed += bytes
    if (owed < TOGETHER_BYTES) return
    await packs.close()
    await pace(owed)
    owed = 0
  }
  try {
    await packs.refresh()
    for (let after: string | undefined = behind; after !== undefined;) {
      const page = await store.list({ ...(after !== '' && { after }), limit: PAGE })
      for (const version of page.versions) {
        if (!hasClaim(version)) continue
        if (!version.parked) await pace(0)
        const checked = await unlessUnclear(signal, () =>
          version.parked
            ? checkParked(store, version, pace, signal)
            : checkPacked(store, version, packCheck, wait),
        )
        if (checked) yield { id: version.id, ...checked }
      }
      after = page.next
    }
  } finally {
    await packs.close()
  }
}

type Checked = Omit<CheckedVersion, 'id'>

function hasClaim(version: Version): version is KnownVersion {
  if (version.origin === 'unknown' || version.reason === 'damaged') return false
  return version.contentHash !== '' || version.parked === undefined
}

async function checkParked(
  store: Store,
  { id, size: bytes }: KnownVersion,
  pace: Pace,
  signal: AbortSignal,
): Promise<Checked> {
  // Read in one go: a pause in the middle of it would hold it open for long.
  await pace(bytes)
  try {
    return { bytes, damaged: !(await store.verify(id, signal)).isAsClaimed }
  } catch (error) {
    if (codeOf(error) === 'IO_ERROR' || codeOf(error) === 'VERSION_DAMAGED') return { bytes, damaged: true }
    throw error
  }
}

/** What was read when it was taken in is the claim: its blocks have those hashes or are no use. */
async function checkPacked(
  store: Store,
  { id, packed }: KnownVersion,
  packCheck: PackCheck,
  pace: Pace,
): Promise<Checked | undefined> {
  if (packed === undefined) return undefined
  const { isDamaged, bytes } = await packCheck.check(packed, pace)
  // One that was let go meanwhile lost its blocks with every right.
  if (isDamaged && (await store.find(id)) === undefined) return undefined
  return { bytes, damaged: isDamaged }
}

/** Undefined when it is gone by now, or cannot be read for a reason that says nothing about its bytes. */
async function unlessUnclear(
  signal: AbortSignal,
  check: () => Promise<Checked | undefined>,
): Promise<Checked | undefined> {
  try {
    return await check()
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
