/**
 * Faults that peers of Peerfold had, planted one by one into a copy of the source to prove that the
 * simulator finds them. Promises that each patch fits the source as it is: one that does not is an
 * error, not a pass.
 */
import type { Temper } from './world.ts'

export interface PlantedFault extends Edit {
  readonly name: string
  /** What goes wrong for people, and where it happened before where that is known. */
  readonly story: string
  /** The kind of world in which the situation arises often enough. */
  readonly temper?: Temper
  /** Only where disks spoil what they hold. */
  readonly rot?: boolean
  /** Only where people decide conflicts in the app. */
  readonly decisions?: boolean
  /** Arises in about one world of fifty: hunted in the long run only. */
  readonly rare?: boolean
  /** Where a second check stands behind the first, both have to go for the fault to show. */
  readonly and?: readonly Edit[]
}

export interface Edit {
  /** Below src/node. */
  readonly file: string
  /** Occurs exactly once. */
  readonly find: string
  readonly replace: string
}

/** The last look before an absence becomes a deletion, gone. */
const NO_LAST_LOOK: Edit = {
  file: 'sync/scan.ts',
  find: '    this.result.again.push(path)\n    return true\n',
  replace: '    return false\n',
}

export const FAULTS: readonly PlantedFault[] = [
  {
    name: 'overwrite without re-check',
    story: 'A file saved while its new version was on the way is replaced (syncthing#2416, #3742).',
    file: 'sync/displace.ts',
    find: 'if (sameFile(parked.live, local.disk.stat) && (await lastStep(parked.live))) return true',
    replace: 'if (await lastStep((await context.root.lstat(path)) ?? parked.live)) return true',
  },
  {
    name: 'target taken as it is',
    story: 'What stands at the path is not compared with what the plan was made on (syncthing#6446).',
    file: 'sync/target.ts',
    find: '    await refuseForeign(context.root, path, stat)\n    return undefined\n',
    replace: '    await context.root.unlink(path)\n    return { stat: undefined }\n',
  },
  {
    name: 'deletion from an unreadable directory',
    story: 'A directory that cannot be read is taken for an empty one (seafile#1298).',
    file: 'sync/scan.ts',
    find: '    if (item.named) this.#blind.push(path)',
    replace: '    void path',
    and: [NO_LAST_LOOK],
  },
  {
    name: 'an I/O error is a deletion',
    story: 'A file that cannot be looked at is told to others as deleted (nextcloud#3076).',
    file: 'sync/walk.ts',
    find: '    return problem(path, error)\n',
    replace: '    void error\n    return undefined\n',
    and: [NO_LAST_LOOK],
  },
  {
    name: 'sequence reuse',
    rare: true,
    temper: 'deadly',
    story:
      'After a power cut sequences are given out again; edits bear numbers that others have seen (syncthing#10216).',
    file: 'sync/folder-handle.ts',
    find: "    await index.call('skipPast', { folder, lost: known.exact ? sequence : known.reserved, leap })",
    replace: '    void leap',
  },
  {
    name: 'announce before placing',
    story: 'The statement is made before the file is in its place; a crash in between is a deletion.',
    file: 'sync/place-content.ts',
    find: '    if (!(await giveName(context, temporary, record.path))) return lookAgain(record.path)\n  } else {',
    replace:
      '    const said = await commit(context, [changeOf(context, record, local, ready)], local)\n    await giveName(context, temporary, record.path)\n    return said\n  } else {',
  },
  {
    name: 'no fsync before the rename',
    story: 'A power cut leaves an empty or holed file that is then announced as an edit (nextcloud#10547).',
    file: 'sync/place-content.ts',
    find: '    await handle.sync()\n    return await handle.stat()',
    replace: '    return await handle.stat()',
  },
  {
    name: 'the loser is not kept',
    story: 'Of two concurrent edits one goes straight to the versions.',
    file: 'core/plan.ts',
    find: '  if (!lost) return',
    replace: '  if (!lost || lost) return',
  },
  {
    name: 'deletion beats edit',
    story: 'A file edited while another device deleted it is gone (Hughes et al. 2016 on Dropbox).',
    file: 'core/resolve.ts',
    find: '  if (live.length === 0)',
    replace: '  if (tombstones.length > 0)',
  },
  {
    name: 'a full directory is removed all the same',
    story: 'What is unknown in a directory that was deleted elsewhere goes with it.',
    file: 'sync/place-directory.ts',
    find: "  if (left === 'unknown') return lookAgain(path)\n",
    replace:
      "  if (left === 'unknown') for (const { name } of await context.root.list(path)) if (name !== undefined) await context.root.unlink(joinPath(path, name)).catch(() => {})\n",
  },
  {
    name: 'the vector claims what nobody kept',
    story: 'The winner covers the loser before anybody made the copy, so the loser’s holder replaces it.',
    file: 'core/resolve.ts',
    find: '  const covered = [...tombstones, ...live.filter((group) => !standing.includes(group))]',
    replace: '  const covered = [...tombstones, ...live]',
  },
  {
    name: 'bit rot is an edit',
    story: 'A scan that reads more than it has to takes what a disk spoiled for what somebody wrote.',
    rot: true,
    file: 'sync/scan.ts',
    find: '    return disk.racy || !sameStat(entry.stat, disk.stat)',
    replace: '    return true',
  },
  {
    name: 'the scrub announces what it finds',
    story: 'What the scrub found damaged is recorded as the content of the file.',
    rot: true,
    file: 'sync/check-file.ts',
    find: '    : recordDamaged(context, row, after, found.code)',
    replace:
      "    : (await context.index.call('refreshDisk', { folder: context.folder, rows: [{ path: held.path, disk: { ...row.disk, racy: true } }] }), { kind: 'scan-first' })",
  },
  {
    name: 'damaged bytes are served and kept',
    story: 'The scrub finds damage and says nothing: the spoiled file counts as a copy for ever.',
    rot: true,
    file: 'sync/check-file.ts',
    find: "  return { kind: 'damaged', code, changed: await restate(context, rows, 'damaged', code, stat) }",
    replace: "  return { kind: 'damaged', code, changed: rows.length === 0 }",
  },
  {
    name: 'what a person decides against is not parked',
    story: 'The copy takes the name in a conflict, and what had it is gone for good.',
    decisions: true,
    file: 'files/resolve-conflict.ts',
    find: "const parked = await parkAsIs(context, original, there, 'replaced')",
    replace: 'const parked = { live: there, abandon: async () => {} }',
  },
]
