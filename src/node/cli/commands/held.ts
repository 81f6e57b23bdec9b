/**
 * Commands about changes that wait for a person. Promises to name what is decided before it is decided:
 * only a group that was listed can be, or paths of it.
 */
import type { ApiClient } from '../../api/client.ts'
import type { Decision, HeldChange, HeldGroup } from '../../api/node-port.ts'
import { PeerfoldError } from '../../base/errors.ts'
import { heldText } from '../../words/held-words.ts'
import type { Command, Input, Operand, Result } from '../command.ts'
import { bytesText, columns, countText, shown } from '../output.ts'
import { WORDS } from '../words.ts'

const FOLDER: Operand = { name: 'FOLDER', text: 'Folder id' }
const GROUP: Operand = { name: 'GROUP', text: 'Its id from "held list"' }
const PATHS = { path: { value: 'PATH', multiple: true, text: 'Only this path of the group' } } as const
const PAGE = 1_000

const list: Command = {
  words: 'held list',
  summary: 'List the changes that are held back until you decide',
  operands: [
    { name: 'FOLDER', text: 'Only of this folder', optional: true },
    { name: 'GROUP', text: 'Every change of this group', optional: true },
  ],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const [folder, group] = [input.maybe('FOLDER'), input.maybe('GROUP')]
    if (folder !== undefined && group !== undefined) {
      const changes = await allChanges(calls, folder, group)
      return { json: { changes }, text: columns(changes.map(changeRow)) }
    }
    const ids = folder === undefined ? (await calls.folders.list()).map(({ id }) => id) : [folder]
    const held = await Promise.all(
      ids.map(async (id) => ({ folder: id, groups: await calls.held.list({ folder: id }) })),
    )
    const rows = held.flatMap(({ folder: id, groups }) => groups.map((one) => groupRow(id, one)))
    const text = `${columns(rows)}\nThe paths of one: peerfold held list FOLDER GROUP`
    return { json: { folders: held }, text: rows.length > 0 ? text : 'Nothing is held back.' }
  },
}

async function allChanges(calls: ApiClient['calls'], folder: string, group: string): Promise<HeldChange[]> {
  const changes: HeldChange[] = []
  let cursor: string | undefined
  do {
    const page = await calls.held.changes({ folder, group, limit: PAGE, cursor })
    changes.push(...page.changes)
    cursor = page.next
  } while (cursor !== undefined)
  return changes
}

const approve: Command = {
  words: 'held approve',
  summary: 'Let held changes through',
  operands: [FOLDER, GROUP],
  options: PATHS,
  notes: ['What they delete or replace is kept as a version wherever it gives way.'],
  run: async (input, context) => {
    const { calls } = await context.connect()
    return decide(calls, input, [input.operand('GROUP')], 'approve')
  },
}

const reject: Command = {
  words: 'held reject',
  summary: 'Restore the state before held changes',
  operands: [FOLDER, GROUP],
  options: PATHS,
  notes: [
    'Of changes made here, what the other devices have comes back; of theirs, what is here is stated again.',
    'What gives way is kept as a version.',
  ],
  run: async (input, context) => {
    const { calls } = await context.connect()
    return decide(calls, input, [input.operand('GROUP')], 'reject')
  },
}

const revert: Command = {
  words: 'folder revert',
  summary: 'Give up the changes made here in a receive-only folder',
  operands: [FOLDER],
  options: PATHS,
  notes: ['What the other devices have comes back; what was made here is kept as versions.'],
  run: async (input, context) => {
    const { calls } = await context.connect()
    return decide(calls, input, await groupsOf(calls, input, 'receive-only'), 'reject')
  },
}

const override: Command = {
  words: 'folder override',
  summary: 'Put what is here over the others’ changes in a send-only folder',
  operands: [FOLDER],
  options: PATHS,
  notes: ['The other devices keep what gives way as versions.'],
  run: async (input, context) => {
    const { calls } = await context.connect()
    return decide(calls, input, await groupsOf(calls, input, 'send-only'), 'reject')
  },
}

export const HELD_COMMANDS: readonly Command[] = [list, approve, reject]
export const MODE_COMMANDS: readonly Command[] = [revert, override]

const FITTING = {
  'receive-only': (folder: string) =>
    `this folder only receives: "peerfold folder revert ${folder}" gives up the changes made here`,
  'send-only': (folder: string) =>
    `this folder only sends: "peerfold folder override ${folder}" puts what is here over the others' changes`,
}

/** BAD_INPUT when the other command fits the mode, HELD_GROUP_NOT_FOUND when the mode holds nothing back. */
async function groupsOf(
  calls: ApiClient['calls'],
  input: Input,
  cause: HeldGroup['cause'],
): Promise<string[]> {
  const folder = input.operand('FOLDER')
  const groups = (await calls.held.list({ folder })).filter((group) => group.cause === cause)
  if (groups.length > 0) return groups.map(({ id }) => id)
  const mode = (await calls.folders.list()).find(({ id }) => id === folder)?.mode
  if (mode !== undefined && mode !== 'send-receive' && mode !== cause)
    throw new PeerfoldError('BAD_INPUT', FITTING[mode](folder), { folder, mode })
  throw new PeerfoldError('HELD_GROUP_NOT_FOUND', 'the mode of this folder holds nothing back', { folder })
}

async function decide(
  calls: ApiClient['calls'],
  input: Input,
  groups: readonly string[],
  decision: Decision,
): Promise<Result> {
  const folder = input.operand('FOLDER')
  const sum = { decided: 0, left: 0 }
  for (const group of groups) {
    const done = await calls.held.decide({ folder, group, decision, paths: input.values('path') })
    sum.decided += done.decided
    sum.left += done.left
  }
  const named = input.values('path')
  if (named && sum.decided === 0)
    throw new PeerfoldError(
      'HELD_GROUP_NOT_FOUND',
      `nothing of ${named.map(shown).join(', ')} is held back`,
      {
        folder,
      },
    )
  const left = sum.left > 0 ? `; ${countText(sum.left, 'change')} still held back` : ''
  return { json: sum, text: `Decided: ${countText(sum.decided, 'change')}${left}.` }
}

function groupRow(folder: string, group: HeldGroup): string[] {
  return [folder, group.id, heldText(WORDS, group)]
}

function changeRow({ path, kind, change, size }: HeldChange): string[] {
  return [change, kind === 'file' ? bytesText(size) : kind, shown(path)]
}
