/**
 * The one error class and the one table of codes. Promises that every code says what happens
 * next, its HTTP status, its CLI exit code and a hint for people. Never branched on by text:
 * only `code` crosses the wire and the API.
 *
 * Exit codes: 1 unexpected, 2 bad usage or input, 3 not found, 4 conflict with the present
 * state, 5 the daemon cannot be reached, 6 the machine cannot (disk, permission, port), 7 damaged
 * configuration or data.
 */
export const CODES = {
  INTERNAL: {
    status: 500,
    exit: 1,
    hint: 'Something unexpected happened. Run the command again; if it stays, report it with the log.',
  },
  CANCELLED: {
    status: 499,
    exit: 1,
    hint: 'The operation was cancelled before it finished; nothing was lost.',
  },
  TIMEOUT: { status: 504, exit: 5, hint: 'The other side did not answer in time. Try again.' },
  BAD_INPUT: { status: 400, exit: 2, hint: 'Check the spelling of the arguments; --help shows the form.' },
  UNAUTHORIZED: {
    status: 401,
    exit: 5,
    hint: 'Send the token from HOME/api.json as "Authorization: Bearer TOKEN", or sign in with the link that "peerfold ui" prints.',
  },
  SIGN_IN_CODE_INVALID: {
    status: 401,
    exit: 5,
    hint: 'The code is wrong, used, or older than ten minutes. "peerfold ui" prints a new link.',
  },
  TOO_MANY_TRIES: { status: 429, exit: 5, hint: 'Wait a minute, then try again with a new link.' },
  NO_BROWSER_DOOR: {
    status: 409,
    exit: 4,
    hint: 'This node serves its window only. Start it with "peerfold serve" to use it with a browser.',
  },
  FORBIDDEN: { status: 403, exit: 5, hint: 'This host name or origin is not allowed to use the API.' },
  DAEMON_UNREACHABLE: { status: 503, exit: 5, hint: 'Start the node with "peerfold serve".' },
  ALREADY_RUNNING: {
    status: 409,
    exit: 4,
    hint: 'A node already runs on this home. Use it, stop it with "peerfold stop", or choose another --home.',
  },
  PORT_IN_USE: {
    status: 409,
    exit: 6,
    hint: 'Another program uses this port. Choose another with --api or --listen, or use port 0.',
  },
  WINDOW_UNAVAILABLE: {
    status: 503,
    exit: 1,
    hint: 'PEERFOLD_UI=browser uses a browser instead; PEERFOLD_UI=auto takes what there is.',
  },
  NOT_INITIALISED: { status: 409, exit: 4, hint: 'Run "peerfold init" for this home first.' },
  ALREADY_INITIALISED: {
    status: 409,
    exit: 4,
    hint: 'This home already has an identity. Nothing was changed.',
  },
  CONFIG_DAMAGED: {
    status: 500,
    exit: 7,
    hint: 'The configuration cannot be read. Restore config.json from config.json.previous beside it, or from a backup; nothing was changed.',
  },
  CONFIG_TOO_NEW: {
    status: 500,
    exit: 7,
    hint: 'A newer Peerfold wrote this configuration. Update Peerfold on this machine; nothing was changed.',
  },
  NO_SUCH_ROUTE: { status: 404, exit: 3, hint: 'GET /api/v1/openapi.json lists everything that exists.' },
  IDENTITY_DAMAGED: {
    status: 500,
    exit: 7,
    hint: 'The device key cannot be read. Restore HOME/identity.key from a backup, or start over with a new home.',
  },
  DATABASE_DAMAGED: {
    status: 500,
    exit: 7,
    hint: 'The index was set aside and is rebuilt from the folders and the other devices.',
  },
  BAD_DEVICE_ID: {
    status: 400,
    exit: 2,
    hint: 'A device id starts with 12D3KooW; "peerfold id" on the other device prints it.',
  },
  BAD_ADDRESS: { status: 400, exit: 2, hint: 'An address looks like /ip4/192.168.1.5/tcp/22000.' },
  OWN_DEVICE: {
    status: 400,
    exit: 2,
    hint: 'This is the id of this device itself; give the id of the other one.',
  },
  DEVICE_NOT_FOUND: { status: 404, exit: 3, hint: 'List the known devices with "peerfold device list".' },
  FOLDER_NOT_FOUND: { status: 404, exit: 3, hint: 'List the folders with "peerfold folder list".' },
  BAD_FOLDER_ID: {
    status: 400,
    exit: 2,
    hint: 'A folder id has 1 to 64 letters, digits, dots, dashes or underscores.',
  },
  FOLDER_EXISTS: {
    status: 409,
    exit: 4,
    hint: 'A folder with this id is already shared here. Choose another id or change the existing one with "folder set".',
  },
  FOLDER_PATH_MISSING: { status: 400, exit: 2, hint: 'Create the directory first, or correct the path.' },
  FOLDER_PATH_NOT_DIRECTORY: { status: 400, exit: 2, hint: 'Give the path of a directory, not of a file.' },
  FOLDER_PATH_OVERLAPS: {
    status: 409,
    exit: 4,
    hint: 'A synced folder may not lie inside or around another one, nor around the home of the node. Choose a path apart from both.',
  },
  FOLDER_PATH_NOT_WRITABLE: {
    status: 403,
    exit: 6,
    hint: 'Give this user permission to write the directory, or choose another one.',
  },
  FOLDER_NOT_OPEN: {
    status: 409,
    exit: 4,
    hint: 'The folder is paused or still opening. Resume it with "peerfold folder resume", or try again in a moment.',
  },
  FOLDER_MARKER_MISSING: {
    status: 409,
    exit: 4,
    hint: 'The folder has lost its .peerfold marker: is the disk mounted? Nothing is deleted while it is missing.',
  },
  FOLDER_ROOT_CHANGED: {
    status: 409,
    exit: 4,
    hint: 'The directory was moved or its disk unmounted. It is opened anew by itself as soon as the folder is back at its path; nothing is deleted.',
  },
  FOLDER_MARKER_FOREIGN: {
    status: 409,
    exit: 4,
    hint: 'This directory is already a synced folder with another id. Use that id, or another directory.',
  },
  HELD_GROUP_NOT_FOUND: {
    status: 404,
    exit: 3,
    hint: 'Nothing (or nothing more) is held back under this name. List what is with "peerfold held list".',
  },
  NOTICE_NOT_FOUND: {
    status: 404,
    exit: 3,
    hint: 'There is no such notice (any more). List them with "peerfold notices list".',
  },
  HELD_BY_MODE: {
    status: 409,
    exit: 4,
    hint: 'The mode of the folder holds these changes back. Revert or override them, or change the mode with "peerfold folder set --mode send-receive" to let them pass.',
  },
  WITHHELD_IN_THE_WAY: {
    status: 409,
    exit: 4,
    hint: 'A change that was made here and is held back is in the way. Approve, reject or revert it, or move it aside.',
  },
  FILE_NOT_FOUND: { status: 404, exit: 3, hint: 'List the files with "peerfold files list FOLDER".' },
  BAD_PATH: {
    status: 400,
    exit: 2,
    hint: 'Give a path inside the folder, with / between the names and without . or .. in it.',
  },
  LINK_UNSUPPORTED: {
    status: 500,
    exit: 6,
    hint: 'This disk has no hard links; files are placed by renaming.',
  },
  DIRECTORY_NOT_EMPTY: { status: 409, exit: 4, hint: 'The directory still has something in it; it stays.' },
  FILE_EXISTS: { status: 409, exit: 4, hint: 'Something already has this name. Choose another one.' },
  SOURCE_IN_FOLDER: {
    status: 409,
    exit: 4,
    hint: 'This lies in the folder already, or the folder lies in it. Choose something from elsewhere.',
  },
  VERSION_NOT_FOUND: {
    status: 404,
    exit: 3,
    hint: 'List what is kept with "peerfold versions list FOLDER".',
  },
  HISTORY_TOO_SHORT: {
    status: 404,
    exit: 3,
    hint: 'No history reaches back to that moment. Choose a later one, or try again when other devices of the folder are connected.',
  },
  VERSION_DAMAGED: {
    status: 500,
    exit: 7,
    hint: 'What is kept of this content is damaged, in part missing, or was changed by a program. Check the disk; another device may keep the same content.',
  },
  RESTORE_INCOMPLETE: {
    status: 500,
    exit: 6,
    hint: 'The other paths were restored. Connect the devices that are away, or mend what is named, and run it again: only what is missing is done.',
  },
  EXPORT_INCOMPLETE: {
    status: 500,
    exit: 6,
    hint: 'The other versions were exported. Mend what is named and export again: only what is missing is written.',
  },
  FILE_UNREADABLE: {
    status: 403,
    exit: 6,
    hint: 'Give this user permission to read the file; the other files go on.',
  },
  IGNORE_FILE_UNUSABLE: {
    status: 409,
    exit: 7,
    hint: 'Make .peerfoldignore a plain file of at most 1 MiB that this user may read, or remove it. Until then the rules of before stay in force; a folder of which none are known, as after its database was lost, stands still, because what it ignores would be sent.',
  },
  DISK_AWAY: {
    status: 409,
    exit: 6,
    hint: 'Files of this directory are on a disk that is not mounted there now, or hidden by one that is. Mount it as before; nothing counts as deleted meanwhile.',
  },
  NAME_NOT_UTF8: {
    status: 422,
    exit: 6,
    hint: 'The name is not valid UTF-8. Rename the file; the other files go on.',
  },
  NAME_UNUSABLE: {
    status: 422,
    exit: 6,
    hint: 'The disk of this device cannot hold such a name. Rename the file on the other device.',
  },
  PATH_TOO_LONG: {
    status: 422,
    exit: 6,
    hint: 'Shorten the names of the directories above it: a path may have 3,200 bytes.',
  },
  NAME_COLLISION: {
    status: 409,
    exit: 4,
    hint: 'The disk of this device takes this name for that of another file here: they differ in upper and lower case or in how accents are written. Rename one of the two; nothing was overwritten.',
  },
  SYMLINK_UNSUPPORTED: {
    status: 422,
    exit: 6,
    hint: 'The disk of this device cannot hold symbolic links, or this user may not make them. The other devices keep the link.',
  },
  FILE_TOO_LARGE: {
    status: 422,
    exit: 6,
    hint: 'The disk of this device cannot hold a file of this size (FAT ends at 4 GB). Move the folder to another disk, or ignore the file here.',
  },
  KIND_UNSUPPORTED: { status: 422, exit: 6, hint: 'Only files, directories and symbolic links are synced.' },
  FILE_DAMAGED: {
    status: 409,
    exit: 7,
    hint: 'The disk gives back other bytes than were written. They are replaced as soon as a device that has the good content is connected. Check the disk.',
  },
  FILE_CHANGED: { status: 409, exit: 4, hint: 'The file changed meanwhile; it is looked at again.' },
  DISK_FULL: { status: 507, exit: 6, hint: 'Free some space on the disk; the folder goes on by itself.' },
  DISK_READ_ONLY: { status: 507, exit: 6, hint: 'The disk is mounted read-only. Remount it writable.' },
  IO_ERROR: {
    status: 500,
    exit: 6,
    hint: 'The disk reported an error. Check the disk; nothing is deleted because of it.',
  },
  PERMISSION_DENIED: {
    status: 403,
    exit: 6,
    hint: 'This user may not change the file or directory. Correct its permissions.',
  },
  PEER_GONE: { status: 503, exit: 5, hint: 'The other device went away; the work goes on when it is back.' },
  PEER_PROTOCOL: {
    status: 502,
    exit: 5,
    hint: 'The other device sent something that does not fit the protocol. Update both devices.',
  },
  LIMIT_EXCEEDED: { status: 413, exit: 2, hint: 'This is larger than the limit.' },
  BLOCK_HASH_MISMATCH: {
    status: 502,
    exit: 5,
    hint: 'Another device sent other bytes than asked for; they were thrown away and are fetched again.',
  },
  BLOCK_MISSING: {
    status: 404,
    exit: 3,
    hint: 'The device no longer has this content; it is fetched elsewhere or later.',
  },
} as const

export type ErrorCode = keyof typeof CODES

/** Whether a text from elsewhere is one of our codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(CODES, text)
}

/** Facts about one error: ids, paths, numbers. Never contents or secrets. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | undefined>>

export class PeerfoldError extends Error {
  override readonly name = 'PeerfoldError'
  readonly code: ErrorCode
  readonly facts: ErrorFacts

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.facts = facts
  }
}

export function isPeerfoldError(error: unknown): error is PeerfoldError {
  return error instanceof PeerfoldError
}

/** The code of any error: ours as it is, an abort as CANCELLED, anything else INTERNAL. */
export function codeOf(error: unknown): ErrorCode {
  if (error instanceof PeerfoldError) return error.code
  if (error instanceof Error && error.name === 'AbortError') return 'CANCELLED'
  return 'INTERNAL'
}

/** Text of any thrown value, for a log line or a message. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
