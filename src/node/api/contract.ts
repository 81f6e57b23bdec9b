/**
 * The one contract of the API: every call, its route, its errors, its one event. Promises that
 * REST, WebSocket and MessagePort speak exactly this. Never contains behaviour; file contents
 * never pass here (see content.ts).
 */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { CODES, type ErrorCode } from '../base/errors.ts'
import * as shapes from './shapes.ts'

/** Errors that every call may answer with. */
const COMMON = ['BAD_INPUT', 'UNAUTHORIZED', 'FORBIDDEN', 'INTERNAL'] as const

type ErrorEntry = { status: number; message: string; data: typeof shapes.ProblemData }

function errorsOf<Code extends ErrorCode>(codes: readonly Code[]): Record<Code, ErrorEntry> {
  const entry = (code: ErrorCode): ErrorEntry => ({
    status: CODES[code].status,
    message: CODES[code].hint,
    data: shapes.ProblemData,
  })
  return Object.fromEntries(codes.map((code) => [code, entry(code)])) as Record<Code, ErrorEntry>
}

const base = oc.errors(errorsOf(COMMON))
const inFolder = base.errors(errorsOf(['FOLDER_NOT_FOUND']))

export const contract = {
  status: {
    get: base
      .route({
        method: 'GET',
        path: '/status',
        tags: ['node'],
        summary: 'Everything about this node at a glance',
      })
      .output(shapes.NodeStatus),
    watch: base
      .route({
        method: 'GET',
        path: '/status/stream',
        tags: ['node'],
        summary: 'Status snapshots as they change',
        description:
          'The first at once, then at most four a second, always the newest. Server-sent events over HTTP.',
      })
      .output(eventIterator(shapes.NodeStatus)),
  },
  node: {
    stop: base
      .route({ method: 'POST', path: '/stop', tags: ['node'], summary: 'Stop the node in good order' })
      .output(z.object({ stopping: z.literal(true) })),
    nearby: base
      .route({
        method: 'GET',
        path: '/nearby',
        tags: ['node'],
        summary: 'Devices heard on the network that are not known here',
      })
      .output(z.array(shapes.NearbyDevice)),
  },
  devices: {
    list: base
      .route({ method: 'GET', path: '/devices', tags: ['devices'], summary: 'List the known devices' })
      .output(z.array(shapes.Device)),
    add: base
      .route({ method: 'POST', path: '/devices', tags: ['devices'], summary: 'Add or change a device' })
      .errors(errorsOf(['BAD_DEVICE_ID', 'BAD_ADDRESS', 'OWN_DEVICE']))
      .input(shapes.AddDevice)
      .output(shapes.Device),
    remove: base
      .route({
        method: 'DELETE',
        path: '/devices/{device}',
        tags: ['devices'],
        summary: 'Forget a device',
        successStatus: 204,
      })
      .errors(errorsOf(['DEVICE_NOT_FOUND']))
      .input(shapes.DeviceIdInput)
      .output(z.void()),
  },
  folders: {
    list: base
      .route({ method: 'GET', path: '/folders', tags: ['folders'], summary: 'List the folders' })
      .output(z.array(shapes.Folder)),
    add: base
      .route({
        method: 'POST',
        path: '/folders',
        tags: ['folders'],
        summary: 'Share a directory as a folder',
      })
      .errors(
        errorsOf([
          'BAD_FOLDER_ID',
          'FOLDER_EXISTS',
          'FOLDER_PATH_MISSING',
          'FOLDER_PATH_NOT_DIRECTORY',
          'FOLDER_PATH_OVERLAPS',
          'FOLDER_PATH_NOT_WRITABLE',
          'FOLDER_MARKER_FOREIGN',
          'DEVICE_NOT_FOUND',
          'OWN_DEVICE',
        ]),
      )
      .input(shapes.AddFolder)
      .output(shapes.Folder),
    set: inFolder
      .route({ method: 'PATCH', path: '/folders/{folder}', tags: ['folders'], summary: 'Change a folder' })
      .errors(errorsOf(['DEVICE_NOT_FOUND', 'OWN_DEVICE']))
      .input(shapes.SetFolder)
      .output(shapes.Folder),
    remove: inFolder
      .route({
        method: 'DELETE',
        path: '/folders/{folder}',
        tags: ['folders'],
        summary: 'Forget a folder; its files stay',
        successStatus: 204,
      })
      .input(shapes.FolderId)
      .output(z.void()),
    pause: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/pause',
        tags: ['folders'],
        summary: 'Pause a folder',
      })
      .input(shapes.FolderId)
      .output(shapes.Folder),
    resume: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/resume',
        tags: ['folders'],
        summary: 'Resume a folder',
      })
      .input(shapes.FolderId)
      .output(shapes.Folder),
    rescan: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/rescan',
        tags: ['folders'],
        summary: 'Scan a folder now',
      })
      .errors(errorsOf(['FOLDER_MARKER_MISSING', 'FOLDER_PATH_MISSING']))
      .input(shapes.Rescan)
      .output(z.object({ finished: z.boolean() })),
  },
  transfers: {
    get: base
      .route({ method: 'GET', path: '/transfers', tags: ['transfers'], summary: 'What moves now' })
      .output(shapes.Transfers),
    watch: base
      .route({
        method: 'GET',
        path: '/transfers/stream',
        tags: ['transfers'],
        summary: 'What moves, as it moves',
        description: 'The first at once, then at most four a second. Server-sent events over HTTP.',
      })
      .output(eventIterator(shapes.Transfers)),
  },
  conflicts: {
    resolve: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/conflicts/resolve',
        tags: ['conflicts'],
        summary: 'Decide a conflict',
        description: 'What loses is parked as a version on every device.',
        successStatus: 204,
      })
      .errors(errorsOf(['BAD_PATH', 'FILE_NOT_FOUND', 'FILE_CHANGED', 'FILE_EXISTS', 'DISK_FULL']))
      .input(shapes.ResolveConflict)
      .output(z.void()),
  },
  held: {
    list: inFolder
      .route({
        method: 'GET',
        path: '/folders/{folder}/held',
        tags: ['held'],
        summary: 'List the changes that wait for a person, in groups',
      })
      .input(shapes.FolderId)
      .output(z.array(shapes.HeldGroup)),
    changes: inFolder
      .route({
        method: 'GET',
        path: '/folders/{folder}/held/{group}',
        tags: ['held'],
        summary: 'List the changes of a group',
      })
      .errors(errorsOf(['HELD_GROUP_NOT_FOUND']))
      .input(shapes.ListHeldChanges)
      .output(shapes.HeldChangePage),
    decide: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/held/{group}/decide',
        tags: ['held'],
        summary: 'Let changes through, or restore the state before them',
        description:
          'Rejecting reverts the changes of a receive-only folder, and overrides those of the others in a send-only one. What gives way is parked as a version.',
      })
      .errors(errorsOf(['HELD_GROUP_NOT_FOUND', 'HELD_BY_MODE', 'FOLDER_NOT_OPEN']))
      .input(shapes.DecideHeld)
      .output(shapes.HeldDecision),
  },
  session: {
    invite: base
      .route({
        method: 'POST',
        path: '/session/codes',
        tags: ['session'],
        summary: 'Make a one-time code that signs a browser in',
      })
      .errors(errorsOf(['NO_BROWSER_DOOR']))
      .output(shapes.SignInCode),
  },
  files: {
    browse: inFolder
      .route({
        method: 'GET',
        path: '/folders/{folder}/browse',
        tags: ['files'],
        summary: 'A range of a directory’s entries, with who has a copy of each',
      })
      .errors(errorsOf(['BAD_PATH']))
      .input(shapes.BrowseFiles)
      .output(shapes.FileRange),
    uploaded: inFolder
      .route({
        method: 'GET',
        path: '/folders/{folder}/uploads/{upload}',
        tags: ['files'],
        summary: 'How much of a cut upload is here',
        description: 'It goes on with PUT of the content, `upload` and `offset`; it is kept for ten minutes.',
      })
      .errors(errorsOf(['BAD_PATH']))
      .input(shapes.UploadedBytes)
      .output(z.object({ bytes: z.number().int().min(0) })),
    import: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/import',
        tags: ['files'],
        summary: 'Copy files of this machine into a folder',
        description: 'Only the desktop window may: it alone knows that a person chose these paths.',
      })
      .errors(errorsOf(['BAD_PATH', 'FILE_NOT_FOUND', 'FILE_EXISTS', 'SOURCE_IN_FOLDER', 'DISK_FULL']))
      .input(shapes.ImportFiles)
      .output(eventIterator(shapes.ImportProgress)),
    list: inFolder
      .route({
        method: 'GET',
        path: '/folders/{folder}/files',
        tags: ['files'],
        summary: 'List the files of a folder',
      })
      .errors(errorsOf(['BAD_PATH']))
      .input(shapes.ListFiles)
      .output(shapes.FilePage),
    delete: inFolder
      .route({
        method: 'DELETE',
        path: '/folders/{folder}/content/{+path}',
        tags: ['files'],
        summary: 'Delete a file, link or empty directory',
        description: 'The old content is parked as a version.',
        successStatus: 204,
      })
      .errors(errorsOf(['BAD_PATH', 'FILE_NOT_FOUND', 'FILE_CHANGED', 'DIRECTORY_NOT_EMPTY']))
      .input(shapes.FilePath)
      .output(z.void()),
  },
  ignore: {
    get: inFolder
      .route({
        method: 'GET',
        path: '/folders/{folder}/ignore',
        tags: ['ignore'],
        summary: 'Show the ignore rules',
      })
      .input(shapes.FolderId)
      .output(shapes.IgnoreRules),
    set: inFolder
      .route({
        method: 'PUT',
        path: '/folders/{folder}/ignore',
        tags: ['ignore'],
        summary: 'Replace this device’s ignore rules',
      })
      .input(shapes.SetIgnore)
      .output(shapes.IgnoreRules),
  },
  scrub: {
    status: base
      .route({ method: 'GET', path: '/scrub', tags: ['scrub'], summary: 'How far each folder is scrubbed' })
      .output(z.array(shapes.Scrub)),
    start: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/scrub/start',
        tags: ['scrub'],
        summary: 'Read everything kept here again, from now on',
        description: 'Goes on with a pass that was paused; one that is under way goes on as it is.',
      })
      .errors(errorsOf(['FOLDER_NOT_OPEN']))
      .input(shapes.FolderId)
      .output(shapes.Scrub),
    pause: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/scrub/pause',
        tags: ['scrub'],
        summary: 'Scrub no further until it is started again',
      })
      .errors(errorsOf(['FOLDER_NOT_OPEN']))
      .input(shapes.FolderId)
      .output(shapes.Scrub),
  },
  notices: {
    list: base
      .route({
        method: 'GET',
        path: '/notices',
        tags: ['notices'],
        summary: 'List what happened once and a person should know',
      })
      .output(z.array(shapes.Notice)),
    dismiss: base
      .route({
        method: 'DELETE',
        path: '/notices/{notice}',
        tags: ['notices'],
        summary: 'Take a notice off the list: a person has read it',
        successStatus: 204,
      })
      .errors(errorsOf(['NOTICE_NOT_FOUND']))
      .input(shapes.NoticeId)
      .output(z.void()),
  },
  versions: {
    list: inFolder
      .route({
        method: 'GET',
        path: '/folders/{folder}/versions',
        tags: ['versions'],
        summary: 'List displaced contents kept here',
      })
      .errors(errorsOf(['BAD_PATH']))
      .input(shapes.ListVersions)
      .output(shapes.VersionPage),
    restore: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/versions/{version}/restore',
        tags: ['versions'],
        summary: 'Put a displaced content back',
      })
      .errors(
        errorsOf([
          'BAD_PATH',
          'VERSION_NOT_FOUND',
          'VERSION_DAMAGED',
          'FILE_EXISTS',
          'FILE_CHANGED',
          'DISK_FULL',
          'DEVICE_NOT_FOUND',
          'PEER_GONE',
          'TIMEOUT',
        ]),
      )
      .input(shapes.RestoreVersion)
      .output(shapes.FileEntry),
    history: inFolder
      .route({
        method: 'GET',
        path: '/folders/{folder}/history',
        tags: ['versions'],
        summary: 'What became of a path, as all connected devices remember it',
      })
      .errors(errorsOf(['BAD_PATH', 'FOLDER_NOT_OPEN']))
      .input(shapes.ListHistory)
      .output(shapes.PathHistory),
    plan: inFolder
      .route({
        method: 'GET',
        path: '/folders/{folder}/moment',
        tags: ['versions'],
        summary: 'What going back to a moment would do',
      })
      .errors(errorsOf(['BAD_PATH', 'FOLDER_NOT_OPEN', 'HISTORY_TOO_SHORT', 'LIMIT_EXCEEDED']))
      .input(shapes.Moment)
      .output(shapes.RestorePlan),
    restoreMoment: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/moment',
        tags: ['versions'],
        summary: 'Make a path, or the whole folder, what it was at a moment',
        description:
          'Ordinary changes of this device: what is there is parked first, and restoring the moment ' +
          'before undoes it. Progress comes as server-sent events; whoever stops reading stops it, and ' +
          'asking again goes on.',
      })
      .errors(errorsOf(['BAD_PATH', 'FOLDER_NOT_OPEN', 'HISTORY_TOO_SHORT', 'LIMIT_EXCEEDED', 'DISK_FULL']))
      .input(shapes.Moment)
      .output(eventIterator(shapes.RestoreProgress)),
    space: inFolder
      .route({
        method: 'GET',
        path: '/folders/{folder}/versions/space',
        tags: ['versions'],
        summary: 'The room that old contents take, and what pruning would remove',
      })
      .errors(errorsOf(['FOLDER_NOT_OPEN']))
      .input(shapes.FolderId)
      .output(shapes.VersionSpace),
    prune: inFolder
      .route({
        method: 'POST',
        path: '/folders/{folder}/versions/prune',
        tags: ['versions'],
        summary: 'Remove old contents that are no longer kept, at once',
        description: 'It happens by itself too. What was removed cannot be restored from this device.',
      })
      .errors(errorsOf(['FOLDER_NOT_OPEN']))
      .input(shapes.PruneVersions)
      .output(shapes.PrunedVersions),
  },
}

export type Contract = typeof contract
