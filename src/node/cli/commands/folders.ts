/** Commands about shared folders. Promises that removing one never touches its files. */
import { resolve } from 'node:path'
import type { ApiClient } from '../../api/client.ts'
import type { FolderMode, Guard } from '../../api/node-port.ts'
import type { Command, Context, Input, Operand } from '../command.ts'
import { PeerfoldError } from '../../base/errors.ts'
import { columns, countText, shown } from '../output.ts'
import { progressOn } from '../progress.ts'
import { statusText } from '../words.ts'

const ID: Operand = { name: 'ID', text: 'Folder id, the same on every device' }
const DEVICE = { value: 'ID', multiple: true, text: 'Id of a known device that shares the folder' } as const

const FOLDER_MODES: readonly FolderMode[] = ['send-receive', 'send-only', 'receive-only']
const MODE = { value: 'MODE', text: `One of ${FOLDER_MODES.join(', ')}` } as const
const GUARD = {
  value: 'LIMITS',
  text: 'PERCENT,LEAST,MOST, "default" or "off": when to ask before deletions and rewrites pass',
} as const

const GUARD_NOTE = 'LIMITS: files one device may destroy within an hour unasked; "default" is 50,200,20000.'

const list: Command = {
  words: 'folder list',
  summary: 'List the folders',
  run: async (_input, context) => {
    const { calls } = await context.connect()
    const folders = await calls.folders.list()
    const rows = folders.map((folder) => [folder.id, statusText(folder.status), shown(folder.path)])
    return { json: { folders }, text: rows.length > 0 ? columns(rows) : 'No folders yet.' }
  },
}

const add: Command = {
  words: 'folder add',
  summary: 'Share a directory as a folder',
  operands: [{ name: 'PATH', text: 'An existing directory' }],
  options: {
    id: { value: 'ID', text: 'Id of the folder, the same on every device (needed)' },
    name: { value: 'NAME', text: 'Its name for people; the id when absent' },
    device: DEVICE,
    mode: { ...MODE, text: `${MODE.text}; both ways when absent` },
    guard: GUARD,
  },
  notes: [GUARD_NOTE],
  run: async (input, context) => {
    const id = input.value('id')
    if (id === undefined)
      throw new PeerfoldError('BAD_INPUT', '--id is missing: peerfold folder add PATH --id ID')
    const path = resolve(context.cwd, input.operand('PATH'))
    const { calls } = await context.connect()
    const folder = await calls.folders.add({
      id,
      path,
      name: input.value('name'),
      devices: input.values('device') ?? [],
      mode: modeOf(input),
      guard: guardOf(input),
    })
    return { json: folder, text: `${shown(folder.path)} is shared as ${folder.id}.` }
  },
}

const set: Command = {
  words: 'folder set',
  summary: 'Change who shares a folder, its name, its mode or its guard',
  operands: [ID],
  options: {
    device: { ...DEVICE, text: `${DEVICE.text}; together they replace the whole list` },
    name: { value: 'NAME', text: 'Its name for people' },
    'no-devices': { text: 'Share it with nobody' },
    mode: MODE,
    guard: GUARD,
  },
  notes: [GUARD_NOTE],
  run: async (input, context) => {
    const devices = input.flag('no-devices') ? [] : input.values('device')
    if (input.flag('no-devices') && input.values('device'))
      throw new PeerfoldError('BAD_INPUT', '--device and --no-devices contradict each other')
    const { calls } = await context.connect()
    const folder = await calls.folders.set({
      folder: input.operand('ID'),
      name: input.value('name'),
      devices,
      mode: modeOf(input),
      guard: guardOf(input),
    })
    const shared = folder.devices.map((device) => device.id).join(' ') || 'nobody'
    return { json: folder, text: `${folder.id} is shared with ${shared}, ${folder.mode}.` }
  },
}

const remove: Command = {
  words: 'folder remove',
  summary: 'Stop sharing a folder; its files stay',
  operands: [ID],
  run: async (input, context) => {
    const folder = input.operand('ID')
    const { calls } = await context.connect()
    await calls.folders.remove({ folder })
    return { json: { removed: folder }, text: 'Removed; its files stay where they are.' }
  },
}

const pause: Command = {
  words: 'folder pause',
  summary: 'Pause a folder',
  operands: [ID],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const folder = await calls.folders.pause({ folder: input.operand('ID') })
    return { json: folder, text: 'Paused.' }
  },
}

const resume: Command = {
  words: 'folder resume',
  summary: 'Resume a paused folder',
  operands: [ID],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const folder = await calls.folders.resume({ folder: input.operand('ID') })
    return { json: folder, text: 'Resumed.' }
  },
}

const rescan: Command = {
  words: 'folder rescan',
  summary: 'Scan a folder now',
  operands: [ID],
  options: { wait: { text: 'Return when the scan has finished' } },
  run: async (input, context) => {
    const folder = input.operand('ID')
    const wait = input.flag('wait')
    const client = await context.connect()
    const done = wait ? watching(client, folder, context) : { end: () => {} }
    try {
      const result = await client.calls.folders.rescan({ folder, wait })
      return { json: { folder, ...result }, text: result.finished ? 'Scanned.' : 'A scan is asked for.' }
    } finally {
      done.end()
    }
  },
}

export const FOLDER_COMMANDS: readonly Command[] = [list, add, set, remove, pause, resume, rescan]

/** BAD_INPUT. */
function modeOf(input: Input): FolderMode | undefined {
  const text = input.value('mode')
  const mode = FOLDER_MODES.find((known) => known === text)
  if (text === undefined || mode) return mode
  throw new PeerfoldError('BAD_INPUT', `--mode is one of ${FOLDER_MODES.join(', ')}`, { mode: text })
}

/** BAD_INPUT; the node checks the numbers. */
function guardOf(input: Input): Guard | 'default' | null | undefined {
  const text = input.value('guard')
  if (text === undefined) return undefined
  if (text === 'off') return null
  if (text === 'default') return text
  const limits = /^(\d{1,3})%?,(\d{1,9}),(\d{1,9})$/.exec(text)
  if (limits) return { percent: Number(limits[1]), least: Number(limits[2]), most: Number(limits[3]) }
  throw new PeerfoldError('BAD_INPUT', '--guard is "off", "default" or PERCENT,LEAST,MOST', { guard: text })
}

/** Shows the folder's status while something is waited for. */
function watching(client: ApiClient, id: string, { terminal, json, clock }: Context): { end(): void } {
  const progress = progressOn(terminal, json, clock)
  if (!terminal.draws || json) return progress
  const controller = new AbortController()
  const show = async (): Promise<void> => {
    for await (const { folders } of client.watchStatus(controller.signal)) {
      const folder = folders.find((other) => other.id === id)
      if (folder) progress.show(`${countText(folder.files, 'item')}, ${statusText(folder.status)}`)
    }
  }
  // The call that is waited for tells of a lost connection; the picture just ends.
  show().catch(() => undefined)
  return {
    end: () => {
      controller.abort()
      progress.end()
    },
  }
}
