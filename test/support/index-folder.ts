/** An index in memory with one folder "f", and short ways to say things to it. */
import type { Announced, FileRecord, Stance } from '../../src/node/core/record.ts'
import type { VersionVector } from '../../src/node/core/version-vector.ts'
import { openConnection } from '../../src/node/db/connection.ts'
import type { Connection } from '../../src/node/db/connection.ts'
import { indexOperations } from '../../src/node/index/index-job.ts'
import type { IndexOperations, LocalChange } from '../../src/node/index/index-port.ts'
import type { DiskRow } from '../../src/node/index/rows.ts'
import { INDEX_STEPS } from '../../src/node/index/schema.ts'

export const SELF = 'self'

export interface IndexFolder {
  readonly connection: Connection
  readonly index: IndexOperations
}

export async function openIndexFolder(devices: readonly string[] = ['b', 'c']): Promise<IndexFolder> {
  const connection = openConnection({ file: ':memory:', steps: INDEX_STEPS })
  const index = indexOperations(connection, SELF)
  await index.openFolder({ folder: 'f', devices, freshEpoch: 7 })
  return { connection, index }
}

export function hashOf(content: number | string): string {
  return `sha256:${Buffer.from(String(content)).toString('hex').padStart(64, '0')}`
}

export interface RecordFields extends Partial<Omit<FileRecord, 'version'>> {
  readonly path: string
  /** Content of a file; its hash is derived. */
  readonly content?: number | string
  readonly version?: Readonly<Record<string, number>>
}

/** A file of 10 bytes unless the fields say otherwise; with `deleted`, its tombstone. */
export function recordOf({ content = 1, version = { 'b/1': 1 }, ...fields }: RecordFields): FileRecord {
  const kind = fields.kind ?? 'file'
  const live = fields.deleted !== true
  const isFile = live && kind === 'file'
  return {
    kind,
    deleted: false,
    size: isFile ? 10 : 0,
    mode: live && kind !== 'symlink' ? 0o644 : 0,
    mtimeNs: 0n,
    contentHash: live && kind !== 'directory' ? hashOf(content) : '',
    replacedHash: '',
    linkTarget: live && kind === 'symlink' ? 'target' : '',
    ...(isFile && { manifest: { chunker: 'whole', blockCount: 1, root: '' } }),
    author: { device: 'b', name: 'B' },
    conflictOf: '',
    ...fields,
    version: Object.entries(version).sort(([a], [b]) => (a < b ? -1 : 1)) as unknown as VersionVector,
  }
}

export const diskRow: DiskRow = {
  stat: {
    kind: 'file',
    size: 10,
    mode: 0o100644,
    mtimeNs: 1_760_000_000_123_456_789n,
    ctimeNs: -1n,
    inode: 2n ** 64n - 1n,
    device: 2n ** 63n,
  },
  racy: true,
  retained: false,
}

export function changeOf(record: FileRecord, basedOn = 0, stance: Stance = 'holds'): LocalChange {
  return { record, isOurs: false, stance, reason: '', basedOn, disk: record.deleted ? undefined : diskRow }
}

/** Statements in the order given, from sequence `first` on. */
export function announce(records: readonly FileRecord[], first = 1, stance: Stance = 'holds'): Announced[] {
  return records.map((record, i) => ({ record, stance, reason: '', sequence: first + i }))
}

/** One page of `device`, complete unless it says otherwise. */
export async function hear(
  index: IndexOperations,
  device: string,
  records: readonly Announced[],
  { epoch = 1, complete = true } = {},
) {
  const upto = records.at(-1)?.sequence ?? 0
  return index.recordRemote({ folder: 'f', device, epoch, upto, records, complete })
}
