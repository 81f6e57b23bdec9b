/**
 * Faults that peers of Peerfold had, planted one by one into a copy of the source to prove that the
 * simulator finds them. Promises that each patch fits the source as it is: one that does not is an
 * error, not a pass.
 */
import type { Feature } from './calamity.ts'
import type { Temper } from './world.ts'

export interface PlantedFault extends Edit {
  readonly name: string
  /** What goes wrong for people, and where it happened before where that is known. */
  readonly story: string
  /** The kind of world in which the situation arises often enough. */
  readonly temper?: Temper
  /** Only where disks spoil what they hold. */
  readonly rot?: boolean
  readonly strikes?: boolean
  /** Only where this befalls the devices. */
  readonly features?: readonly Feature[]
  /** Steps of each world, where the usual number is too few. */
  readonly steps?: number
  /** The test file that finds it, where that is not the simulator's random worlds. */
  readonly foundBy?: string
  /** Title of the test in it, or a part, where the others would take long. */
  readonly foundByTest?: string
  /** Only where people decide conflicts in the app. */
  readonly decisions?: boolean
  /** Only where old contents are taken into packs and let go. */
  readonly packs?: boolean
  /** Takes many worlds, or a cousin of it is hunted already: in the long run only. */
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
  file: 'sync/missed-path.ts',
  find: "  if (await isStillThere(root, record.path)) return 'again'\n",
  replace: '',
}

export const FAULTS: readonly PlantedFault[] = [
  {
    name: 'a name taken from what stays',
    rare: true,
    story: 'On a disk that folds case, what has the name of what comes is renamed although it is wanted.',
    file: 'sync/claim-name.ts',
    find: "  if (plan.kind !== 'delete' || !held) throw collision(record.path, other)\n",
    replace: '  if (!held) throw collision(record.path, other)\n',
    and: [
      {
        file: 'sync/claim-name.ts',
        find: '  if (!held || !sameContent(held, to) || !(await isWhole(context, local))) return false\n',
        replace: '  if (!held) return false\n',
      },
    ],
    features: ['spellings'],
  },
  {
    name: 'overwrite without re-check',
    story: 'A file saved while its new version was on the way is replaced (syncthing#2416, #3742).',
    file: 'sync/displace.ts',
    find: `    if (sameFile(parked.live, local.disk.stat)) {
      copy = keepCopy && (await copyAside(context, keepCopy, path, local, stat))
      if (copy !== 'occupied' && (await lastStep(parked.live)))`,
    replace: `    {
      copy = keepCopy && (await copyAside(context, keepCopy, path, local, stat))
      if (copy !== 'occupied' && (await lastStep((await context.root.lstat(path)) ?? parked.live)))`,
  },
  {
    name: 'target taken as it is',
    rare: true,
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
    find: "    await index.call('skipPast', { folder, lost, leap: leapBehind(Math.max(sequence, lost), clock, random) })",
    replace: '    void leapBehind(lost, clock, random)',
  },
  {
    name: 'announce before placing',
    story: 'The statement is made before the file is in its place; a crash in between is a deletion.',
    file: 'sync/place-content.ts',
    find: `    const named = await giveName(context, temporary, record.path, ready)
    if (!named) return lookAgain(record.path)
    ready = named
  } else {`,
    replace: `    const said = await commit(context, [changeOf(context, record, local, ready)], local)
    await giveName(context, temporary, record.path, ready)
    return said
  } else {`,
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
    rare: true,
    story: 'What is unknown in a directory that was deleted elsewhere goes with it.',
    file: 'sync/place-directory.ts',
    find: "  if (left === 'unknown') return lookAgain(path)\n",
    replace:
      "  if (left === 'unknown') for (const { name } of await context.root.list(path)) if (name !== undefined) await context.root.unlink(joinPath(path, name)).catch(() => {})\n",
  },
  {
    name: 'the vector claims what nobody kept',
    rare: true,
    story: 'The winner covers the loser before anybody made the copy, so the loser’s holder replaces it.',
    file: 'core/resolve.ts',
    find: '  const covered = [...tombstones, ...live.filter((group) => !standing.includes(group))]',
    replace: '  const covered = [...tombstones, ...live]',
  },
  {
    name: 'bit rot is an edit',
    story: 'A scan that reads more than it has to takes what a disk spoiled for what somebody wrote.',
    rot: true,
    file: 'sync/found-entry.ts',
    find: '  return disk.racy || !sameStat(stat, disk.stat)',
    replace: '  return true',
  },
  {
    name: 'the scrub announces what it finds',
    rare: true,
    story: 'What the scrub found damaged is recorded as the content of the file.',
    rot: true,
    file: 'sync/check-file.ts',
    find: '    : recordDamaged(context, row, after, found.code)',
    replace:
      "    : (await context.index.call('refreshDisk', { folder: context.folder, rows: [{ path: held.path, disk: { ...row.disk, racy: true }, basedOn: row.announced.sequence }] }), { kind: 'scan-first' })",
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
    name: 'a mode from elsewhere makes an edit of bit rot',
    rare: true,
    story: 'A chmod or touch is carried out on a file that the disk spoiled, and the next scan announces it.',
    rot: true,
    strikes: true,
    file: 'sync/place.ts',
    find: '  if (!(await confirmHeld(context, path, was))) return lookAgain(path)\n',
    replace: '  void confirmHeld\n',
  },
  {
    name: 'what a person decides against is not parked',
    story: 'The copy takes the name in a conflict, and what had it is gone for good.',
    foundBy: 'test/unit/files/resolve-conflict.test.ts',
    file: 'files/resolve-conflict.ts',
    find: "const parked = await parkAsIs(context, original, there, 'replaced')",
    replace: 'const parked = { live: there, abandon: async () => {} }',
  },
  {
    name: 'an empty mount point is an empty folder',
    story: 'The folder is unmounted, and everything in it is told as deleted (syncthing#762, #1496, #4345).',
    features: ['mounts'],
    file: 'sync/check-root.ts',
    find: 'export async function checkRoot({ root, rootStat, folder }: FolderContext): Promise<void> {\n',
    replace:
      'export async function checkRoot({ root, rootStat, folder }: FolderContext): Promise<void> {\n  if (root) return\n',
    and: [NO_LAST_LOOK],
  },
  {
    name: 'what is ignored is deleted',
    story: 'A pattern is added, and what it matches is told as deleted (syncthing#4162, #4196, #4841).',
    features: ['rules'],
    file: 'sync/missed-path.ts',
    find: "  if (ignored) return { record, stance: 'unwanted', ...based }\n",
    replace: '',
    and: [NO_LAST_LOOK],
  },
  {
    name: 'names that begin alike are children',
    rare: true,
    story: 'A look at "a" takes "a-b" for something in it, and misses it there (nextcloud#10137).',
    file: 'index/statements.ts',
    find: '[`${path}/`, `${path}0`]',
    replace: '[`${path}`, `${path}0`]',
    and: [NO_LAST_LOOK],
  },
  {
    name: 'the later clock wins',
    story:
      'Of two concurrent edits the one with the later time is all that stays (Jepsen on last-write-wins).',
    file: 'core/resolve.ts',
    find: '  const [winner, ...losers] = standing.toSorted(byPrecedence) as [FileRecord, ...FileRecord[]]',
    replace:
      '  const [winner] = standing.toSorted((a, b) => compareBig(b.mtimeNs, a.mtimeNs)) as [FileRecord]\n  const losers: FileRecord[] = []',
  },
  {
    name: 'a conflict is left as it is',
    story: 'Both sides keep what they have, and nobody ever hears of it.',
    file: 'core/plan.ts',
    find: "  if (!lost) return { kind: 'place', record: winner }",
    replace: "  if (!lost) return { kind: 'place', record: winner }\n  if (lost) return { kind: 'nothing' }",
  },
  {
    name: 'a deletion is known and not carried out',
    story:
      'What was deleted elsewhere stays here, and comes back with the next database (Cassandra’s zombie rows).',
    file: 'core/plan.ts',
    find: "  if (winner.deleted) return { kind: 'delete', record: winner }",
    replace: "  if (winner.deleted) return { kind: 'nothing' }",
  },
  {
    name: 'a mode or time alone is no change',
    story: 'Devices differ in what they say of a file, and nobody knows.',
    file: 'core/plan.ts',
    find: "  if (sameContent(local, winner)) return { kind: 'metadata', record: winner }",
    replace: "  if (sameContent(local, winner)) return { kind: 'nothing' }",
  },
  {
    name: 'temporaries are never swept',
    story: 'What was begun and is no longer needed lies about for ever.',
    file: 'sync/inbound.ts',
    find: "    if (this.#temporaries.size === 0 && !context.errors.has('place')) return\n",
    replace: '    if (context) return\n',
  },
  {
    name: 'an older state is believed',
    story:
      'A database put back from a backup numbers edits as others had seen them (owncloud#2325, syncthing#10216).',
    features: ['backups'],
    rare: true,
    file: 'sync/folder-handle.ts',
    find: '      await this.#newEpoch(epoch)\n',
    replace: '',
    and: [
      {
        file: 'sync/peer-session.ts',
        find: 'if (state.seenEpoch === ours.epoch && isUnknownHere(state.seenSequence, ours)) {',
        replace: 'if (!isUnknownHere) {',
      },
    ],
  },
  {
    name: 'a name is announced before it is durable',
    story: 'A power cut takes the name of a file that was placed; the next start tells a deletion (ALICE).',
    temper: 'deadly',
    file: 'sync/place-content.ts',
    find: '  await root.syncDirectory(parentOf(record.path))\n  const placed',
    replace: '  const placed',
  },
  {
    name: 'a scan records what a power cut may take',
    story:
      'A name placed by a call that failed is recorded by a scan, lost in a power cut, and told as deleted.',
    foundBy: 'test/unit/sync/scan-lasting.test.ts',
    file: 'sync/scan-recorder.ts',
    find: 'const lasting = await this.#lasting(ready)',
    replace: 'const lasting = ready',
  },
  {
    name: 'the copy of a link has a time of its own',
    story: 'On a disk without hard links a conflict copy is not what its record says.',
    foundBy: 'test/unit/sync/copy-content.test.ts',
    foundByTest: 'a link that is copied has the time',
    file: 'sync/copy-content.ts',
    find: '  await root.setMtime(temporary, copy.mtimeNs)\n',
    replace: '',
  },
  {
    name: 'stamps are believed however fresh',
    story: 'A write in the tick of the last look is never seen (git’s racy index, FAT).',
    foundBy: 'test/simulation/change-detection.test.ts',
    file: 'sync/stat-compare.ts',
    find: '  return stat.ctimeNs > lookedNs - freshNs(stat)',
    replace: '  return freshNs(stat) < 0n && lookedNs < 0n',
  },
  {
    name: 'size and time say it all',
    story: 'Other bytes of the same length, put back with their old time, are never seen.',
    foundBy: 'test/simulation/change-detection.test.ts',
    file: 'sync/stat-compare.ts',
    find: '  return sameFile(a, b) && a.mode === b.mode && a.ctimeNs === b.ctimeNs',
    replace: '  return a.size === b.size && a.mtimeNs === b.mtimeNs',
  },
  {
    name: 'numbers are rounded',
    story: 'Times in nanoseconds come back from the database as other times.',
    foundBy: 'test/unit/index/index.test.ts',
    file: 'index/statements.ts',
    find: 'statement.safeIntegers(true)',
    replace: 'statement.safeIntegers(false)',
  },
  {
    name: 'a directory that became a link is entered',
    story: 'A write goes through a link to outside the folder (CVE-2017-1000420, syncthing#3801).',
    foundBy: 'test/contract/file-system.test.ts',
    file: 'fs/confined-directory.ts',
    find: 'constants.O_DIRECTORY | constants.O_NOFOLLOW\n',
    replace: 'constants.O_DIRECTORY\n',
  },
  {
    name: 'a frame of any length is taken',
    story: 'A peer names a length, and the memory is there for it (CVE-2021-21404).',
    foundBy: 'test/unit/net/frame-parser.test.ts',
    file: 'net/frame-parser.ts',
    find: '    if (length > limit) {',
    replace: '    if (length < 0 && limit) {',
  },
  {
    name: 'a damaged configuration is taken',
    story: 'What a full disk left of the configuration is read as fewer folders (owncloud#3144).',
    foundBy: 'test/unit/config/config.test.ts',
    file: 'config/config-file.ts',
    find: "  if (file['checksum'] !== checksumOf(file['config'])) throw damaged('its checksum does not match')\n",
    replace: '',
  },
  {
    name: 'rot is announced as an edit',
    rare: true,
    story: 'A disk spoils a file, and the spoiled content goes to everybody.',
    foundBy: 'test/simulation/bit-rot.test.ts',
    file: 'sync/found-entry.ts',
    find: '  return sameFile(stat, before)\n}\n\n/**\n * A disk may keep less',
    replace: '  return !sameFile(stat, stat)\n}\n\n/**\n * A disk may keep less',
  },
  {
    name: 'a receive-only folder announces its changes',
    story: 'What is changed in a folder that only receives goes to everybody.',
    foundBy: 'test/simulation/withheld.test.ts',
    foundByTest: 'keeps local changes here, shows them',
    file: 'index/record-own.ts',
    find: "const isReceiving = folder.policy.mode === 'receive-only'",
    replace: 'const isReceiving = false',
  },
  {
    name: 'the guard counts nothing',
    story: 'A folder is emptied by a program, and all other devices follow at once.',
    foundBy: 'test/simulation/withheld.test.ts',
    foundByTest: 'holds all of too many deletions',
    file: 'index/guard.ts',
    find: 'return Math.max(0, allowedByGuard(guard, before) - struck)',
    replace: 'return allowedByGuard(guard, before) + struck + 1_000',
  },
  {
    name: 'a rejection forgets one path',
    rare: true,
    story: 'Of what a person wants back one file stays gone.',
    foundBy: 'test/simulation/withheld.test.ts',
    foundByTest: 'rejected, the files are back',
    file: 'index/decide.ts',
    find: 'isTold ? listed.toReversed() : listed)',
    replace: 'isTold ? listed.toReversed() : listed.slice(1))',
  },
  {
    name: 'pages of an index are judged one by one',
    rare: true,
    story: 'Of a mass change each page takes as much as the guard allows before the rest is held.',
    foundBy: 'test/simulation/withheld.test.ts',
    foundByTest: 'what comes in pages is judged as a whole',
    file: 'sync/inbound.ts',
    find: 'const isComing = this.#parts.isIndexComing()',
    replace: 'const isComing = false',
  },
  {
    name: 'what a person did in the app is asked about',
    story: 'A tree deleted in the window is held until it is confirmed once more.',
    foundBy: 'test/simulation/withheld.test.ts',
    foundByTest: 'a tree that is deleted there goes',
    file: 'sync/decided-changes.ts',
    find: "return this.#decided.get(path) === (deleted ? '' : contentHash)",
    replace: 'return path === contentHash && deleted',
  },
  {
    name: 'the clock says what is old',
    rare: true,
    story: 'A clock jumps, and what was just replaced or deleted is too old to keep.',
    features: ['clocks'],
    packs: true,
    steps: 100,
    file: 'core/running-day.ts',
    find: 'return { nowMs: Math.min(nowMs, thenMs), lastDay }',
    replace: 'return { nowMs: thenMs > nowMs ? thenMs : nowMs, lastDay: [] }',
  },
  {
    name: 'a clock that jumped ahead is believed at once',
    story: 'For an hour the clock is a year ahead, and all that was kept before is gone.',
    foundBy: 'test/simulation/wrong-clocks.test.ts',
    foundByTest: 'from the start is not believed',
    file: 'core/running-day.ts',
    find: 'nowMs: Math.min(nowMs, thenMs), lastDay }',
    replace: 'nowMs: Math.max(nowMs, Math.min(nowMs, thenMs)), lastDay }',
  },
  {
    name: 'what the clock showed dies with the program',
    story: 'A machine starts with a wrong clock and fails; with the right one what it kept is too old.',
    foundBy: 'test/property/durability/clock-memory.property.test.ts',
    file: 'durability/clock-memory.ts',
    find: 'while (!this.#isCovered(this.#see().nowMs)) await this.#write()',
    replace: 'this.#see()',
  },
  {
    name: 'a directory is told gone before its children',
    story: 'Cut between two announcements, others bring the directory back, empty.',
    foundBy: 'test/unit/sync/scan-order.test.ts',
    file: 'sync/scan.ts',
    find: '.toSorted(childrenFirst)',
    replace: '',
  },
]
