/** Commands about content that was replaced or deleted. Promises that export needs neither daemon nor database. */
import { resolve } from 'node:path'
import type { VersionEntry } from '../../api/node-port.ts'
import { PeerfoldError } from '../../base/errors.ts'
import type { Command, Operand } from '../command.ts'
import type { Exported } from '../offline.ts'
import { bytesText, columns, countText, shown, timeText } from '../output.ts'
import { progressOn } from '../progress.ts'

const FOLDER: Operand = { name: 'FOLDER', text: 'Folder id' }
const PAGE = 1_000

const list: Command = {
  words: 'versions list',
  summary: 'List the old contents kept on this device',
  operands: [FOLDER, { name: 'PATH', text: 'Only of this path', optional: true }],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const request = { folder: input.operand('FOLDER'), path: input.maybe('PATH'), limit: PAGE }
    const versions: VersionEntry[] = []
    let cursor: string | undefined
    do {
      const page = await calls.versions.list({ ...request, cursor })
      versions.push(...page.versions)
      cursor = page.next
    } while (cursor !== undefined)
    return { json: { versions }, text: versions.length > 0 ? columns(versions.map(row)) : 'Nothing is kept.' }
  },
}

const restore: Command = {
  words: 'versions restore',
  summary: 'Put an old content back',
  operands: [FOLDER, { name: 'VERSION', text: 'Its id from "versions list"' }],
  options: { to: { value: 'PATH', text: 'Path inside the folder; the original one when absent' } },
  notes: ['What is there now is kept as a version.'],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const request = {
      folder: input.operand('FOLDER'),
      version: input.operand('VERSION'),
      to: input.value('to'),
    }
    const entry = await calls.versions.restore(request)
    return { json: entry, text: `Restored ${shown(entry.path)}.` }
  },
}

const exportAll: Command = {
  words: 'versions export',
  summary: 'Write every old content that can be recovered as a plain file',
  operands: [{ name: 'FOLDER', text: 'Folder id, or the path of the folder’s directory' }],
  options: { to: { value: 'DIR', text: 'Where to; made when it is missing (needed)' } },
  notes: ['Works with the node stopped and its database gone.'],
  run: async (input, context) => {
    const to = input.value('to')
    if (to === undefined)
      throw new PeerfoldError('BAD_INPUT', '--to is missing: peerfold versions export FOLDER --to DIR')
    const request = { home: context.home, folder: input.operand('FOLDER'), to: resolve(context.cwd, to) }
    const progress = progressOn(context.terminal, context.json, context.clock)
    const offline = await context.offline()
    const done = await offline
      .exportVersions(request, ({ files, total }) =>
        progress.show(`${files} of ${countText(total, 'version')}`),
      )
      .finally(() => progress.end())
    if (done.problems.length > 0) throw incomplete(done)
    const what = `${countText(done.files, 'file')}, ${bytesText(done.bytes)}`
    return { json: { ...done, to: request.to }, text: `Exported ${what} to ${shown(request.to)}.` }
  },
}

/** Problems named in the message; all of them are rarely read. */
const NAMED = 10

function incomplete({ files, problems }: Exported): PeerfoldError {
  const named = problems.slice(0, NAMED).map(({ path, code }) => `${shown(path)} (${code})`)
  const more = problems.length > NAMED ? ` and ${problems.length - NAMED} more` : ''
  const message = `${countText(problems.length, 'version')} could not be exported: ${named.join(', ')}${more}`
  return new PeerfoldError('EXPORT_INCOMPLETE', message, { exported: files, failed: problems.length })
}

export const VERSION_COMMANDS: readonly Command[] = [list, restore, exportAll]

function row(version: VersionEntry): string[] {
  const size = bytesText(version.size)
  return [version.id, timeText(version.parkedMs), version.cause, size, shown(version.path)]
}
