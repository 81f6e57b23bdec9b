/** Commands about what is in a folder. Promises never to hold a file in memory, nor to overwrite one of the user's. */
import { basename, resolve } from 'node:path'
import type { FileEntry } from '../../api/node-port.ts'
import { createPlainFile, openPlainFile } from '../../fs/plain-file.ts'
import type { Command, Operand } from '../command.ts'
import { bytesText, columns, shown, timeText } from '../output.ts'
import { progressOn, shownContent } from '../progress.ts'

const FOLDER: Operand = { name: 'FOLDER', text: 'Folder id' }
const PATH: Operand = { name: 'PATH', text: 'Path inside the folder, with / between the names' }
const PAGE = 1_000

const list: Command = {
  words: 'files list',
  summary: 'List the files of a folder',
  operands: [FOLDER, { name: 'DIR', text: 'Only this directory and what it holds', optional: true }],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const request = { folder: input.operand('FOLDER'), under: input.maybe('DIR') ?? '', limit: PAGE }
    const files: FileEntry[] = []
    let cursor: string | undefined
    do {
      const page = await calls.files.list({ ...request, cursor })
      files.push(...page.files)
      cursor = page.next
    } while (cursor !== undefined)
    return { json: { files }, text: files.length > 0 ? columns(files.map(row)) : 'No files.' }
  },
}

const upload: Command = {
  words: 'files upload',
  summary: 'Put a copy of a file into a folder',
  operands: [FOLDER, { name: 'FILE', text: 'A file anywhere on this machine' }],
  options: { as: { value: 'PATH', text: 'Path inside the folder; the file’s own name when absent' } },
  notes: ['What was at that path is kept as a version.'],
  run: async (input, context) => {
    const file = resolve(context.cwd, input.operand('FILE'))
    const path = input.value('as') ?? basename(file)
    const source = await openPlainFile(file)
    const { content } = await context.connect()
    const progress = progressOn(context.terminal, context.json, context.clock)
    try {
      const pieces = shownContent(source.content, source.sizeBytes, shown(path), progress)
      const entry = await content.upload(input.operand('FOLDER'), path, pieces, source)
      return { json: entry, text: `${shown(entry.path)}: ${bytesText(entry.size)}` }
    } finally {
      progress.end()
    }
  },
}

const download: Command = {
  words: 'files download',
  summary: 'Copy a file out of a folder',
  operands: [FOLDER, PATH],
  options: { to: { value: 'FILE', text: 'Where to; its own name in this directory when absent' } },
  notes: ['An existing file is never overwritten.'],
  run: async (input, context) => {
    const path = input.operand('PATH')
    const to = resolve(context.cwd, input.value('to') ?? basename(path))
    const { content } = await context.connect()
    const source = await content.download(input.operand('FOLDER'), path)
    const progress = progressOn(context.terminal, context.json, context.clock)
    try {
      await createPlainFile(
        to,
        shownContent(source.content, source.sizeBytes, shown(path), progress),
        source.mtimeNs,
      )
    } finally {
      progress.end()
    }
    return {
      json: { path, to, size: source.sizeBytes },
      text: `${shown(to)}: ${bytesText(source.sizeBytes)}`,
    }
  },
}

const remove: Command = {
  words: 'files delete',
  summary: 'Delete a file, link or empty directory in a folder',
  operands: [FOLDER, PATH],
  notes: ['The old content is kept as a version.'],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const path = input.operand('PATH')
    await calls.files.delete({ folder: input.operand('FOLDER'), path })
    return { json: { deleted: path }, text: 'Deleted.' }
  },
}

export const FILE_COMMANDS: readonly Command[] = [list, upload, download, remove]

const HERE: Readonly<Record<FileEntry['here'], string>> = {
  holds: '',
  wanted: '(not here yet)',
  unwanted: '(ignored here)',
  unplaceable: '(cannot be placed here)',
  withheld: '(held back)',
  damaged: '(damaged here)',
}

function row(entry: FileEntry): string[] {
  const size = entry.kind === 'file' ? bytesText(entry.size) : entry.kind
  const time = entry.kind === 'directory' ? '' : timeText(entry.mtimeMs)
  const target = entry.linkTarget === undefined ? '' : ` -> ${shown(entry.linkTarget)}`
  return [size, time, `${shown(entry.path)}${target} ${HERE[entry.here]}`.trimEnd()]
}
