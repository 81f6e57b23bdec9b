/** Every command, in the order of the help. Promises that nothing else is one. */
import type { Command } from '../command.ts'
import { DEVICE_COMMANDS } from './devices.ts'
import { FILE_COMMANDS } from './files.ts'
import { FOLDER_COMMANDS } from './folders.ts'
import { HELD_COMMANDS, MODE_COMMANDS } from './held.ts'
import { IGNORE_COMMANDS } from './ignore.ts'
import { NODE_COMMANDS } from './node.ts'
import { NOTICE_COMMANDS } from './notices.ts'
import { RESTORE } from './restore.ts'
import { SCRUB_COMMANDS } from './scrub.ts'
import { VERSION_SPACE_COMMANDS } from './version-space.ts'
import { VERSION_COMMANDS } from './versions.ts'

export const COMMANDS: readonly Command[] = [
  ...NODE_COMMANDS,
  ...DEVICE_COMMANDS,
  ...FOLDER_COMMANDS,
  ...MODE_COMMANDS,
  ...HELD_COMMANDS,
  ...NOTICE_COMMANDS,
  ...FILE_COMMANDS,
  ...IGNORE_COMMANDS,
  ...SCRUB_COMMANDS,
  ...VERSION_COMMANDS,
  ...VERSION_SPACE_COMMANDS,
  RESTORE,
]
