/**
 * The shapes that cross the API, as zod schemas. Promises that every field has a unit or a
 * meaning, and that fields are added, never renamed. Never imports more than zod.
 *
 * Byte counts and times are plain integers below 2^53; times are milliseconds since 1970.
 */
import { z } from 'zod'

/** Most entries of one page of a listing. */
const PAGE_LIMIT = 1_000
/** Most errors and conflicts that one folder lists in a status; the counts say how many there are. */
export const LISTED_PROBLEMS_LIMIT = 100
/** Most steps and lost paths that one plan of a restore lists; the counts say how many there are. */
export const LISTED_STEPS_LIMIT = 1_000
/** Longest text of any kind in a request (paths are at most 3,500 bytes), characters. */
const TEXT_LIMIT = 4_096
/** Most ignore rules, devices, addresses in one request. */
const LIST_LIMIT = 10_000

const count = z.number().int().min(0)
const text = z.string().max(TEXT_LIMIT)
const id = z.string().min(1).max(200)
const listOf = <S extends z.ZodType>(schema: S) => z.array(schema).max(LIST_LIMIT)

export const Need = z
  .object({
    items: count.describe('Files, directories, links and deletions'),
    bytes: count.describe('Bytes of their content'),
  })
  .meta({ id: 'Need', description: 'What a device still lacks and wants' })

const phrase = {
  word: z.enum(['safe', 'syncing', 'waiting', 'needs-you']),
  reason: z.string().describe('Code of the cause; src/node/core/status.ts lists them'),
  params: z.record(z.string(), z.union([z.string(), z.number()])).describe('Facts of the reason'),
}
export const Status = z
  .object({ ...phrase, also: z.object(phrase).optional().describe('The next lesser fact') })
  .meta({ id: 'Status' })

export const FileError = z
  .object({ path: z.string(), code: z.string(), message: z.string() })
  .meta({ id: 'FileError' })

const side = {
  size: count,
  mtimeMs: z.number().describe('The user’s modification time'),
  device: z.string().describe('Name of the device that wrote it'),
  hash: z.string(),
}
export const Conflict = z
  .object({
    path: z.string().describe('The copy'),
    conflictOf: z.string().describe('The file that kept the name'),
    copy: z.object(side).describe('What the copy holds'),
    original: z.object(side).optional().describe('What has the name now; absent when nothing has'),
  })
  .meta({ id: 'Conflict', description: 'Two edits that did not know of each other' })

export const Device = z
  .object({
    id: z.string().describe('libp2p peer id of its key'),
    name: z.string(),
    connected: z.boolean(),
    addresses: z.array(z.string()).describe('Configured multiaddrs'),
    address: z.string().optional().describe('The multiaddr it is connected by now'),
    lastSeenMs: count.describe('Last connected; 0 when never'),
  })
  .meta({ id: 'Device' })

export const FolderMode = z.enum(['send-receive', 'send-only', 'receive-only'])

export const Guard = z
  .object({
    percent: z.number().int().min(1).max(100).describe('Share of what the folder holds'),
    least: count.describe('Files that always pass, however small the folder'),
    most: count.describe('Files that never pass, however large the folder'),
  })
  .meta({
    id: 'Guard',
    description: 'How many files one device may delete or rewrite within an hour before a person is asked',
  })

export const FolderDevice = z
  .object({
    id: z.string(),
    need: Need,
    confirmed: z.boolean().describe('It has told its whole index at least once'),
    mode: FolderMode.describe('As it last said'),
    holdsBack: count.describe('Changes that it knows and does not carry out until someone decides there'),
  })
  .meta({
    id: 'FolderDevice',
    description: 'One other device that shares the folder, and what it still lacks and wants',
  })

export const HeldGroup = z
  .object({
    id: z.string().describe('Names the group in other calls'),
    cause: z
      .enum(['mass-change', 'receive-only', 'send-only'])
      .describe('mass-change: the guard waits for a decision; else the mode of the folder'),
    direction: z
      .enum(['in', 'out'])
      .describe(
        'in: what others say is not carried out here; out: what is on this disk is not told to others',
      ),
    device: z.object({ id: z.string(), name: z.string() }).describe('Who made the changes'),
    sinceMs: count.describe('When the first of them was met'),
    deleted: count,
    replaced: count,
    added: count,
    metadata: count.describe('Times or permissions only'),
    bytes: count.describe('Of the contents concerned'),
  })
  .meta({ id: 'HeldGroup', description: 'Changes that wait for a person, by cause and author' })

export const HeldChange = z
  .object({
    path: z.string(),
    kind: z.enum(['file', 'directory', 'symlink']),
    change: z.enum(['deleted', 'replaced', 'added', 'metadata']),
    size: count.describe('Bytes of the content concerned'),
  })
  .meta({ id: 'HeldChange' })

export const HeldChangePage = z
  .object({ changes: z.array(HeldChange), next: z.string().optional() })
  .meta({ id: 'HeldChangePage' })

export const HeldDecision = z
  .object({
    decided: count.describe('Changes that the decision was taken for'),
    left: count.describe('Changes of the group that still wait'),
  })
  .meta({ id: 'HeldDecision' })

export const Folder = z
  .object({
    id: z.string(),
    name: z.string(),
    path: z.string().describe('Absolute path on this device'),
    state: z.enum(['idle', 'scanning', 'syncing', 'paused', 'held', 'error']),
    status: Status,
    mode: FolderMode,
    guard: Guard.nullable().describe('Null: off'),
    held: z.array(HeldGroup).describe('Changes that are not let through until a person decides'),
    files: count.describe('Records held here: files, directories and links'),
    bytes: count.describe('Bytes of the files held here'),
    need: Need,
    devices: z.array(FolderDevice),
    errors: z.array(FileError).describe(`At most ${LISTED_PROBLEMS_LIMIT}`),
    errorCount: count,
    leftOut: z
      .array(FileError)
      .describe(`FIFOs, sockets and devices, which are never synced; at most ${LISTED_PROBLEMS_LIMIT}`),
    leftOutCount: count,
    conflicts: z.array(Conflict).describe(`At most ${LISTED_PROBLEMS_LIMIT}`),
    conflictCount: count,
    revision: count.describe('Grows with every change of a record: what was listed before may be stale'),
  })
  .meta({ id: 'Folder' })

export const NearbyDevice = z
  .object({ id: z.string(), addresses: z.array(z.string()), lastSeenMs: count })
  .meta({ id: 'NearbyDevice' })

export const Notice = z
  .object({
    id: z.string().describe('Names the notice in other calls'),
    code: z.string().describe('What happened; src/node/observe/notices.ts lists them'),
    folder: z.string().optional().describe('Id of the folder that it is about'),
    sinceMs: count.describe('When it happened, as far as is known'),
    params: phrase.params,
  })
  .meta({ id: 'Notice', description: 'Something that happened once, listed until a person dismisses it' })

export const NoticeId = z.object({ notice: id })

export const NodeStatus = z
  .object({
    device: z.object({
      id: z.string(),
      name: z.string(),
      addresses: z.array(z.string()).describe('Multiaddrs this node listens on'),
      version: z.string().describe('Version of Peerfold'),
      discovery: z.boolean().describe('It listens for devices on the network and tells of itself'),
    }),
    devices: z.array(Device),
    folders: z.array(Folder),
    nearby: z.array(NearbyDevice).describe('Devices heard on the network that are not known here'),
    notices: z.array(Notice).describe('Oldest first'),
  })
  .meta({ id: 'NodeStatus' })

export const FileEntry = z
  .object({
    path: z.string(),
    kind: z.enum(['file', 'directory', 'symlink']),
    size: count,
    mode: count.describe('Permission bits, decimal'),
    mtimeMs: z.number().describe('The user’s modification time; fractions are kept to the microsecond'),
    hash: z.string().describe('"sha256:" and 64 hex digits; empty for directories'),
    here: z
      .enum(['holds', 'wanted', 'unwanted', 'unplaceable', 'withheld', 'damaged'])
      .describe(
        'What this device has of it: the content, a need, an ignore rule, an error, a change that is ' +
          'not let through, or other bytes than were written',
      ),
    linkTarget: z.string().optional(),
    conflictOf: z.string().optional(),
  })
  .meta({ id: 'FileEntry' })

export const FileCopy = z
  .object({
    device: z.string().describe('Device id; this one included'),
    state: z
      .enum(['has', 'moving', 'wants', 'other', 'unwanted', 'unplaceable', 'withheld', 'damaged', 'unknown'])
      .describe(
        'has: confirmed by that device; moving: being transferred now; wants: lacks it; other: holds ' +
          'other content; unwanted: ignores it; unplaceable: cannot hold it; withheld: keeps a change of ' +
          'its own to itself; damaged: its disk spoiled it; unknown: has not said yet',
      ),
  })
  .meta({ id: 'FileCopy' })

export const BrowsedFile = FileEntry.extend({
  copies: z.array(FileCopy).describe('One entry for each device that shares the folder, this one first'),
}).meta({ id: 'BrowsedFile' })

export const FileRange = z
  .object({
    total: count.describe('Entries in all'),
    offset: count,
    entries: z.array(BrowsedFile).describe('Directories first, then by name'),
    revision: count.describe('The folder’s, when this was read'),
  })
  .meta({ id: 'FileRange' })

export const FilePage = z
  .object({ files: z.array(FileEntry), next: z.string().optional().describe('Cursor of the next page') })
  .meta({ id: 'FilePage' })

export const IgnoreRules = z
  .object({
    rules: z.array(z.string()).describe('Rules of this device, applied last'),
    shared: z.array(z.string()).describe('Lines of .peerfoldignore in the folder, read only here'),
  })
  .meta({ id: 'IgnoreRules' })

export const Version = z
  .object({
    id: z.string(),
    path: z.string(),
    size: count,
    hash: z.string(),
    parkedMs: count.describe('When it was displaced'),
    cause: z
      .enum(['replaced', 'deleted', 'damaged'])
      .describe('damaged: the disk spoiled it, and the good content took its place'),
    device: z.string().describe('Device whose change displaced it'),
    damaged: z
      .boolean()
      .optional()
      .describe('Its bytes are not those that somebody wrote: it is restored only on purpose'),
  })
  .meta({ id: 'Version' })

export const VersionPage = z
  .object({ versions: z.array(Version), next: z.string().optional() })
  .meta({ id: 'VersionPage' })

export const PastContent = z
  .object({
    state: z
      .enum(['current', 'kept', 'not-kept', 'away', 'deleted'])
      .describe(
        'current: what the path is here; kept: see copies; not-kept: no device has it; away: no device ' +
          'that answered has it, others did not answer; deleted: the path was removed then',
      ),
    kind: z.enum(['file', 'directory', 'symlink']),
    hash: z.string().describe('"sha256:" and 64 hex digits; empty when it was never hashed'),
    size: count.optional().describe('Absent when nobody who answered knows it'),
    mtimeMs: z.number().optional(),
    author: z
      .object({ id: z.string(), name: z.string() })
      .optional()
      .describe('Device that wrote or deleted it'),
    sinceMs: z.number().optional().describe('When it came, by this device’s clock as it is now'),
    untilMs: z.number().optional().describe('When it went; of several times the last'),
    copies: z
      .array(z.object({ device: z.string(), version: z.string() }))
      .describe('Who keeps it as a version, and the id there'),
  })
  .meta({ id: 'PastContent', description: 'One content that a path had, however often' })

export const PathHistory = z
  .object({
    entries: z.array(PastContent).describe('Newest first'),
    told: z.array(z.string()).describe('Ids of the devices whose memory is in it, this one first'),
    missing: z.array(z.string()).describe('Ids of devices that share the folder and did not answer'),
  })
  .meta({ id: 'PathHistory' })

export const RestorePlan = z
  .object({
    atMs: z.number().describe('The moment, by this device’s clock'),
    asOfMs: z.number().describe('The last change that counts, by the clock of the device whose log was read'),
    device: z.string().describe('Id of the device whose log says what lay where'),
    aheadMs: z.number().describe('By how much its clock is ahead of this device’s'),
    restored: count,
    made: count.describe('Directories'),
    removed: count,
    lostCount: count,
    steps: z
      .array(
        z.object({
          path: z.string(),
          does: z.enum(['restore', 'make', 'remove']),
          from: z.enum(['here', 'elsewhere']).optional().describe('Of a restored content'),
        }),
      )
      .describe(`In their order, at most ${LISTED_STEPS_LIMIT}`),
    lost: z
      .array(z.object({ path: z.string(), why: z.enum(['not-kept', 'away']) }))
      .describe(`What cannot be had and stays as it is, at most ${LISTED_STEPS_LIMIT}`),
    unsureCount: count,
    unsure: z
      .array(z.string())
      .describe(`What stays, because nothing says whether it was there then, at most ${LISTED_STEPS_LIMIT}`),
    missing: z.array(z.string()).describe('Ids of devices that could not be asked for what is lost'),
  })
  .meta({ id: 'RestorePlan' })

export const RestoreProgress = z
  .object({
    startedMs: z.number().describe('Restoring this moment undoes the restore'),
    done: count.describe('Steps taken'),
    total: count,
    removed: count.describe('Of the steps taken, what was not there then'),
    bytes: count.describe('Bytes written'),
    path: z.string().describe('The last one'),
    problems: z.array(FileError).describe(`Paths that stay as they are, at most ${LISTED_PROBLEMS_LIMIT}`),
    problemCount: count,
    finished: z.boolean(),
  })
  .meta({ id: 'RestoreProgress' })

export const Transfer = z
  .object({
    id: z.string().describe('Stays the same while the transfer lasts'),
    folder: z.string(),
    path: z.string(),
    direction: z.enum(['in', 'out']),
    devices: z.array(z.string()).describe('Ids of the devices it comes from or goes to'),
    size: count.describe('Bytes of the whole content'),
    done: count.describe('Bytes of it that are here (in) or were sent (out)'),
    reused: count.describe('Bytes of done that were on this device already'),
    resumed: z.boolean().describe('Goes on from a former try'),
    rate: count.describe('Bytes a second, over the last seconds'),
    startedMs: count,
    state: z.enum(['active', 'done', 'failed']),
    code: z.string().optional().describe('Why it failed: a code of the error table'),
    endedMs: count.optional(),
  })
  .meta({ id: 'Transfer' })

const way = z.object({
  rate: count.describe('Bytes a second'),
  items: count.describe('Still to go'),
  bytes: count.describe('Still to go'),
  etaMs: count.optional().describe('Absent until there is enough to tell'),
})
export const Transfers = z
  .object({
    in: way,
    out: way,
    active: z.array(Transfer).describe(`Moving now, oldest first, at most ${LISTED_PROBLEMS_LIMIT}`),
    activeCount: count,
    recent: z.array(Transfer).describe(`Ended since the node started, newest first, at most 100`),
  })
  .meta({ id: 'Transfers' })

export const ImportProgress = z
  .object({ files: count, bytes: count, path: z.string().describe('The last one'), finished: z.boolean() })
  .meta({ id: 'ImportProgress' })

export const SignInCode = z
  .object({
    code: z.string().describe('Opens one session in a browser, once'),
    expiresMs: count,
    url: z.string().describe('The address to open, with the code in its fragment'),
  })
  .meta({ id: 'SignInCode' })

/** RFC 9457 problem details, with Peerfold's code. */
export const Problem = z
  .object({
    type: z.string().describe('"urn:peerfold:error:" and the code'),
    title: z.string().describe('The error in one line'),
    status: z.number().int(),
    code: z.string().describe('Code of the one error table'),
    detail: z.string(),
    hint: z.string().describe('What to do next'),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: 'Problem' })

/** What an error carries beside its code and message. */
export const ProblemData = z.object({
  hint: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})

export const Scrub = z
  .object({
    folder: z.string(),
    state: z
      .enum(['idle', 'running', 'waiting', 'paused', 'closed'])
      .describe('waiting: stands back while something is scanned or moves; closed: the folder is not open'),
    startedMs: count.describe('When the present pass began; 0 when none is under way'),
    finishedMs: count.describe('When the last whole pass ended, or the folder was new'),
    dueMs: count
      .optional()
      .describe('When the next pass begins by itself; absent while one is under way, or never'),
    stage: z.enum(['files', 'versions']),
    items: count.describe('Read in the present pass, or in the last one'),
    bytes: count,
    totalBytes: count.describe('Bytes of the files held here'),
    found: count.describe('Found damaged in that pass'),
    damaged: count.describe('Files that are damaged here now; the errors of the folder name them'),
    damagedVersions: z.array(z.string()).describe('Ids of kept versions found damaged; at most 100'),
  })
  .meta({ id: 'Scrub', description: 'Reading everything kept here again, to find what a disk spoiled' })

const page = {
  cursor: text.optional().describe('"next" of the page before'),
  limit: z.number().int().min(1).max(PAGE_LIMIT).default(200),
}

export const FolderId = z.object({ folder: id.describe('Folder id') })
export const DeviceIdInput = z.object({ device: id.describe('Device id') })

export const AddDevice = z.object({
  id: id.describe('Device id; adding a known device again changes what is given'),
  name: text.optional(),
  addresses: listOf(text).optional().describe('Multiaddrs; replaces the ones known'),
})

const AskedGuard = z.union([Guard, z.literal('default'), z.null()]).optional()

export const AddFolder = z.object({
  id,
  path: text.min(1).describe('Absolute path of an existing directory'),
  name: text.optional(),
  devices: listOf(id).default([]).describe('Ids of known devices that share it'),
  mode: FolderMode.optional().describe('Both ways when absent'),
  guard: AskedGuard.describe('The default when absent; null is off'),
})

export const SetFolder = FolderId.extend({
  name: text.optional(),
  devices: listOf(id).optional().describe('Replaces the whole list'),
  mode: FolderMode.optional(),
  guard: AskedGuard.describe('As it is when absent; null is off'),
})

const group = id.describe('Id of a group of the folder’s "held"')
export const ListHeldChanges = FolderId.extend({ group, ...page })
export const DecideHeld = FolderId.extend({
  group,
  decision: z
    .enum(['approve', 'reject'])
    .describe('approve: they pass. reject: the state before is restored; what gives way is parked'),
  paths: listOf(text.min(1)).optional().describe('Only these of the group; all when absent'),
})

export const Rescan = FolderId.extend({
  wait: z.boolean().default(false).describe('Answer only when the scan has finished'),
})

export const ListFiles = FolderId.extend({
  under: text.default('').describe('Only this directory and what it holds'),
  ...page,
})

export const BrowseFiles = FolderId.extend({
  directory: text.default('').describe('The directory whose entries are wanted; "" is the folder itself'),
  search: text
    .optional()
    .describe('Entries anywhere below the directory whose path contains this, whatever its case'),
  offset: count.default(0),
  limit: page.limit,
})

export const ResolveConflict = FolderId.extend({
  path: text.min(1).describe('Path of the conflict copy'),
  keep: z
    .enum(['original', 'copy', 'both'])
    .describe('What loses is parked as a version; "both" gives the copy a name of its own'),
  seen: z
    .object({
      copy: text.describe('Hash of the copy'),
      original: text.describe('Hash of what has the name; empty when nothing has'),
    })
    .optional()
    .describe('What the person was shown; FILE_CHANGED when either is another by now'),
})

export const ImportFiles = FolderId.extend({
  directory: text.default('').describe('Where to, inside the folder'),
  paths: listOf(text.min(1)).min(1).describe('Absolute paths of files and directories on this machine'),
})

export const FilePath = FolderId.extend({ path: text.min(1).describe('Path inside the folder') })
export const UploadedBytes = FilePath.extend({
  upload: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe('The sender’s id of the upload'),
})
export const SetIgnore = FolderId.extend({ rules: listOf(text) })
export const ListVersions = FolderId.extend({ path: text.optional().describe('Only of this path'), ...page })

export const ListHistory = FolderId.extend({ path: text.min(1).describe('Path inside the folder') })

export const Moment = FolderId.extend({
  path: text.default('').describe('A file, or a directory with what is below it; "" is the whole folder'),
  atMs: z.number().int().describe('By this device’s clock, ms since 1970'),
})

export const RestoreVersion = FolderId.extend({
  version: id,
  to: text.min(1).optional().describe('Path to restore to; the original one when absent'),
  device: id.optional().describe('The device that keeps it; this one when absent'),
  damaged: z
    .boolean()
    .default(false)
    .describe('Also when its bytes are not those that somebody wrote; VERSION_DAMAGED otherwise'),
})

const wouldGo = z.object({
  versions: count,
  bytes: count.describe('Freed by it; estimated where equal blocks are kept once'),
  because: z
    .object({ age: count, thinned: count, room: count })
    .describe('How many go by age, by the schedule, and because the disk or the budget is short'),
})

export const VersionSpace = z
  .object({
    versions: count,
    parked: count.describe('Kept as files of their own: displaced lately, or in use'),
    parkedBytes: count,
    packed: count.describe('Kept in packs: compressed, equal blocks once'),
    packedBytes: count.describe('Of their contents as they were'),
    packFileBytes: count.describe('Of the packs on the disk'),
    unknown: count.describe('Content whose description is gone; never removed by itself'),
    unknownBytes: count,
    oldestMs: count.optional(),
    budgetBytes: count.describe('What they may take now'),
    freeBytes: count.describe('On the disk'),
    goes: wouldGo.describe('What pruning would remove now'),
    work: z.object({ kind: z.enum(['idle', 'taking-in', 'thinning']), done: count, total: count }),
    problem: z.string().optional().describe('Why the last work in the background broke off: a code'),
  })
  .meta({ id: 'VersionSpace', description: 'The room that old contents of a folder take here' })

export const PruneVersions = FolderId.extend({
  olderThanDays: z.number().min(0).max(3_650).optional().describe('Also everything displaced longer ago'),
  dryRun: z.boolean().optional().describe('Only say what would go'),
})

export const PrunedVersions = wouldGo.meta({ id: 'PrunedVersions' })
