/** Commands about content that was replaced or deleted. Promises that export needs neither daemon nor database. */
import { resolve } from 'node:path'
import type { NodeStatus, PastContent, PathHistory, VersionEntry } from '../../api/node-port.ts'
import { PeerfoldError } from '../../base/errors.ts'
import type { Command, Context, Operand, Result } from '../command.ts'
import type { Exported } from '../offline.ts'
import { bytesText, columns, countText, shown, timeText } from '../output.ts'
import { progressOn } from '../progress.ts'

const FOLDER: Operand = { name: 'FOLDER', text: 'Folder id' }
const PAGE = 1_000

const list: Command = {
  words: 'versions list',
  summary: 'List the old contents kept on this device, or all that became of one path',
  operands: [
    FOLDER,
    {
      name: 'PATH',
      text: 'What this and all connected devices remember of this path, newest first',
      optional: true,
    },
  ],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const [folder, path] = [input.operand('FOLDER'), input.maybe('PATH')]
    if (path === undefined) return listKept(calls, folder)
    const history = await calls.versions.history({ folder, path })
    return { json: history, text: historyText(history, await calls.status.get()) }
  },
}

type Calls = Awaited<ReturnType<Context['connect']>>['calls']

async function listKept(calls: Calls, folder: string): Promise<Result> {
  const versions: VersionEntry[] = []
  let cursor: string | undefined
  do {
    const page = await calls.versions.list({ folder, limit: PAGE, cursor })
    versions.push(...page.versions)
    cursor = page.next
  } while (cursor !== undefined)
  return { json: { versions }, text: versions.length > 0 ? columns(versions.map(row)) : 'Nothing is kept.' }
}

const STATE: Readonly<Record<PastContent['state'], string>> = {
  current: 'now',
  kept: 'kept',
  'not-kept': 'not kept',
  away: 'not kept here',
  deleted: 'deleted',
}

/** One line per content: from when to when, by whom, and what "versions restore" needs. */
function historyText({ entries, missing }: PathHistory, { device, devices }: NodeStatus): string {
  const names = new Map([device, ...devices].map(({ id, name }) => [id, name]))
  const time = (ms: number | undefined): string => (ms === undefined ? '?' : timeText(ms))
  const rows = entries.map(({ state, sinceMs, untilMs, size, author, copies }) => {
    const own = copies.find((copy) => copy.device === device.id)
    const [first = own] = copies
    const where = own ?? first
    const from = own || !where ? '' : ` --from ${where.device}`
    const until = state === 'current' || state === 'deleted' ? '' : time(untilMs)
    const bytes = size === undefined || state === 'deleted' ? '' : bytesText(size)
    return [
      STATE[state],
      time(sinceMs),
      until,
      bytes,
      shown(author?.name ?? '?'),
      `${where?.version ?? ''}${from}`,
    ]
  })
  const away = missing.map((id) => shown(names.get(id) ?? id)).join(', ')
  const lines = rows.length > 0 ? [columns(rows)] : ['Nothing is remembered of this path.']
  return [...lines, ...(away === '' ? [] : [`Not connected, and not asked: ${away}.`])].join('\n')
}

const restore: Command = {
  words: 'versions restore',
  summary: 'Put an old content back',
  operands: [FOLDER, { name: 'VERSION', text: 'Its id from "versions list"' }],
  options: {
    to: { value: 'PATH', text: 'Path inside the folder; the original one when absent' },
    from: { value: 'DEVICE', text: 'Id of the device that keeps it; this one when absent' },
    damaged: { text: 'Also when its bytes are not those that somebody wrote' },
  },
  notes: ['What is there now is kept as a version.'],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const request = {
      folder: input.operand('FOLDER'),
      version: input.operand('VERSION'),
      to: input.value('to'),
      device: input.value('from'),
      damaged: input.flag('damaged'),
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
