/** Going back to a moment. Promises that a dry run changes nothing and that the way back is printed. */
import type { RestorePlan, RestoreProgress } from '../../api/node-port.ts'
import { PeerfoldError } from '../../base/errors.ts'
import type { Command, Context, Result } from '../command.ts'
import { momentText, parseMoment } from '../moment.ts'
import { bytesText, columns, countText, shown, timeText } from '../output.ts'
import { progressOn } from '../progress.ts'

export const RESTORE: Command = {
  words: 'restore',
  summary: 'Make a folder, or a part of it, what it was at a moment',
  operands: [
    { name: 'FOLDER', text: 'Folder id' },
    { name: 'PATH', text: 'Only this file, or this directory and what it holds', optional: true },
  ],
  options: {
    at: {
      value: 'TIME',
      text: 'The moment, e.g. "2026-11-20 14:05", in local time unless a zone is given (needed)',
    },
    'dry-run': { text: 'Only show what would be done' },
  },
  notes: [
    'What is there now is kept as versions, and restoring the moment before undoes it.',
    'Contents come from this device and from all that are connected; run it again to go on.',
  ],
  run: async (input, context) => {
    const at = input.value('at')
    if (at === undefined)
      throw new PeerfoldError('BAD_INPUT', '--at is missing: peerfold restore FOLDER --at "2026-11-20 14:05"')
    const path = input.maybe('PATH') ?? ''
    const request = { folder: input.operand('FOLDER'), path, atMs: parseMoment(at) }
    return input.flag('dry-run') ? showPlan(context, request) : restore(context, request)
  },
}

interface Request {
  readonly folder: string
  readonly path: string
  readonly atMs: number
}

async function showPlan(context: Context, request: Request): Promise<Result> {
  const { calls } = await context.connect()
  const plan = await calls.versions.plan(request)
  return { json: plan, text: planText(plan, await namesOf(calls)) }
}

type Calls = Awaited<ReturnType<Context['connect']>>['calls']

async function namesOf(calls: Calls): Promise<(id: string) => string> {
  const { device, devices } = await calls.status.get()
  const names = new Map(devices.map(({ id, name }) => [id, name])).set(device.id, 'this device')
  return (id) => shown(names.get(id) ?? id)
}

const WHY = { 'not-kept': 'not kept by any device', away: 'not kept by any device that is connected' }

function planText(plan: RestorePlan, nameOf: (id: string) => string): string {
  const { steps, lost, unsure, restored, made, removed, lostCount, unsureCount, missing } = plan
  if (steps.length + lost.length + unsure.length === 0) return 'Nothing has changed since.'
  const from = { here: '', elsewhere: '(from another device)' }
  const rows = [
    ...steps.map((step) => [step.does, `${shown(step.path)} ${step.from ? from[step.from] : ''}`.trimEnd()]),
    ...lost.map(({ path, why }) => ['keep', `${shown(path)} (${WHY[why]})`]),
    ...unsure.map((path) => ['keep', `${shown(path)} (it may not have been there; nothing says)`]),
  ]
  const more = restored + made + removed + lostCount + unsureCount - rows.length
  return [
    `As ${nameOf(plan.device)} had it ${timeText(plan.asOfMs)}:`,
    columns(rows),
    ...(more > 0 ? [`… and ${more} more`] : []),
    `${countText(restored, 'content')} to restore, ${countText(made, 'directory', 'directories')} to make, ` +
      `${removed} to remove, ${lostCount} cannot be had.`,
    ...(unsureCount > 0 ? [`${unsureCount} may not have been there and stay.`] : []),
    ...(missing.length > 0 ? [`Not connected: ${missing.map(nameOf).join(', ')}.`] : []),
  ].join('\n')
}

async function restore(context: Context, request: Request): Promise<Result> {
  const { restoreMoment } = await context.connect()
  const drawn = progressOn(context.terminal, context.json, context.clock)
  let last: RestoreProgress | undefined
  try {
    for await (const progress of restoreMoment(request, context.interrupted())) {
      last = progress
      drawn.show(`${progress.done} of ${progress.total}: ${shown(progress.path)}`)
    }
  } finally {
    drawn.end()
  }
  if (!last?.finished) throw new PeerfoldError('CANCELLED', stoppedText(last))
  if (last.problemCount > 0) throw incomplete(last)
  const { total, removed, bytes, startedMs } = last
  const changes = [
    ...(removed < total ? [`${countText(total - removed, 'change')}, ${bytesText(bytes)}`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
  ]
  const text =
    total === 0
      ? 'Nothing has changed since.'
      : `Done: ${changes.join(', ')}. ` +
        `To undo it, restore the moment before: --at ${momentText(startedMs)}`
  return { json: last, text }
}

function stoppedText(last: RestoreProgress | undefined): string {
  if (!last) return 'stopped before anything was changed'
  const { done, total, startedMs } = last
  return `stopped after ${done} of ${total}; the moment before was ${momentText(startedMs)}`
}

/** Problems named in the message; all of them are rarely read. */
const NAMED = 10

function incomplete({ problems, problemCount, startedMs, done }: RestoreProgress): PeerfoldError {
  const named = problems.slice(0, NAMED).map(({ path, code }) => `${shown(path)} (${code})`)
  const more = problemCount > named.length ? ` and ${problemCount - named.length} more` : ''
  const message =
    `${countText(problemCount, 'path')} could not be restored: ${named.join(', ')}${more}; ` +
    `the moment before was ${momentText(startedMs)}`
  return new PeerfoldError('RESTORE_INCOMPLETE', message, { failed: problemCount, steps: done, startedMs })
}
