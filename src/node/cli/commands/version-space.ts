/** Commands about the room that old contents take. Promises that only "versions prune" removes any. */
import type { PrunedVersions, VersionSpace } from '../../api/node-port.ts'
import { PeerfoldError } from '../../base/errors.ts'
import type { Command, Operand } from '../command.ts'
import { bytesText, columns, countText, timeText } from '../output.ts'

const FOLDER: Operand = { name: 'FOLDER', text: 'Folder id' }

const space: Command = {
  words: 'versions space',
  summary: 'Show the room that old contents take, and what would go',
  operands: [FOLDER],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const view = await calls.versions.space({ folder: input.operand('FOLDER') })
    return { json: view, text: columns(rows(view)) }
  },
}

const prune: Command = {
  words: 'versions prune',
  summary: 'Remove old contents that are no longer kept, at once',
  operands: [FOLDER],
  options: {
    'older-than': { value: 'DAYS', text: 'Also everything displaced longer ago; 0 is all of it' },
    'dry-run': { text: 'Only say what would go' },
  },
  notes: ['It happens by itself too; see versions.* in docs/config.md.'],
  run: async (input, context) => {
    const olderThanDays = daysOf(input.value('older-than'))
    const dryRun = input.flag('dry-run')
    const { calls } = await context.connect()
    const pruned = await calls.versions.prune({ folder: input.operand('FOLDER'), olderThanDays, dryRun })
    return { json: pruned, text: `${dryRun ? 'Would remove' : 'Removed'} ${prunedText(pruned)}.` }
  },
}

export const VERSION_SPACE_COMMANDS: readonly Command[] = [space, prune]

function daysOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,4}(\.\d+)?$/.test(text)) return Number(text)
  throw new PeerfoldError('BAD_INPUT', '--older-than takes a number of days', { given: text.slice(0, 40) })
}

function prunedText({ versions, bytes, because }: PrunedVersions): string {
  if (versions === 0) return 'nothing'
  const why = [
    because.age > 0 && `${because.age} by age`,
    because.thinned > 0 && `${because.thinned} by the schedule`,
    because.room > 0 && `${because.room} for room`,
  ]
  return `${countText(versions, 'version')} (${why.filter(Boolean).join(', ')}), about ${bytesText(bytes)}`
}

function rows(view: VersionSpace): string[][] {
  const { parked, parkedBytes, packed, packedBytes, packFileBytes, unknown, unknownBytes, work } = view
  return [
    ['kept', countText(view.versions, 'version')],
    ['as files', `${countText(parked, 'version')}, ${bytesText(parkedBytes)}`],
    ['in packs', `${countText(packed, 'version')}, ${bytesText(packedBytes)} in ${bytesText(packFileBytes)}`],
    ...(unknown > 0
      ? [['of unknown origin', `${countText(unknown, 'version')}, ${bytesText(unknownBytes)}`]]
      : []),
    ...(view.oldestMs === undefined ? [] : [['oldest', timeText(view.oldestMs)]]),
    ['may take', `${bytesText(view.budgetBytes)}, ${bytesText(view.freeBytes)} are free`],
    ['would go', prunedText(view.goes)],
    ...(work.kind === 'idle'
      ? []
      : [['now', `${work.kind === 'taking-in' ? 'packing' : 'thinning out'} ${work.done} of ${work.total}`]]),
    ...(view.problem === undefined ? [] : [['problem', view.problem]]),
  ]
}
