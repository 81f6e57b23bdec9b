/** Commands about shared folders. Promises that removing one never touches its files. */
import { resolve } from 'node:path'
import type { ApiClient } from '../../api/client.ts'
import type { Command, Context, Operand } from '../command.ts'
import { PeerfoldError } from '../../base/errors.ts'
import { columns, countText, shown } from '../output.ts'
import { progressOn } from '../progress.ts'
import { statusText } from '../words.ts'

const ID: Operand = { name: 'ID', text: 'Folder id, the same on every device' }
const DEVICE = { value: 'ID', multiple: true, text: 'Id of a known device that shares the folder' } as const

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
  },
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
    })
    return { json: folder, text: `${shown(folder.path)} is shared as ${folder.id}.` }
  },
}

const set: Command = {
  words: 'folder set',
  summary: 'Change who shares a folder, or its name',
  operands: [ID],
  options: {
    device: { ...DEVICE, text: `${DEVICE.text}; together they replace the whole list` },
    name: { value: 'NAME', text: 'Its name for people' },
    'no-devices': { text: 'Share it with nobody' },
  },
  run: async (input, context) => {
    const devices = input.flag('no-devices') ? [] : input.values('device')
    if (input.flag('no-devices') && input.values('device'))
      throw new PeerfoldError('BAD_INPUT', '--device and --no-devices contradict each other')
    const { calls } = await context.connect()
    const folder = await calls.folders.set({
      folder: input.operand('ID'),
      name: input.value('name'),
      devices,
    })
    const shared = folder.devices.map((device) => device.id).join(' ') || 'nobody'
    return { json: folder, text: `${folder.id} is shared with ${shared}.` }
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
