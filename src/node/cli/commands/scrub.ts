/** Commands about reading again what is kept. Promises that none of them changes a file. */
import type { ScrubView } from '../../api/node-port.ts'
import type { Command, Operand } from '../command.ts'
import { bytesText, columns, countText, timeText } from '../output.ts'

const FOLDER: Operand = { name: 'FOLDER', text: 'Folder id' }

const start: Command = {
  words: 'scrub start',
  summary: 'Read everything kept in a folder again, to find what the disk spoiled',
  operands: [FOLDER],
  notes: [
    'It goes on in the background, slowly; "scrub status" says how far it is.',
    'What is damaged is repaired from another device, and until then named by "folder list".',
  ],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const scrub = await calls.scrub.start({ folder: input.operand('FOLDER') })
    return { json: scrub, text: `Scrubbing ${scrub.folder}.` }
  },
}

const pause: Command = {
  words: 'scrub pause',
  summary: 'Scrub a folder no further until it is started again',
  operands: [FOLDER],
  notes: ['What was read so far is remembered.'],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const scrub = await calls.scrub.pause({ folder: input.operand('FOLDER') })
    return { json: scrub, text: `Paused ${scrub.folder}.` }
  },
}

const status: Command = {
  words: 'scrub status',
  summary: 'Show how far each folder was read again, and what is damaged',
  run: async (_input, context) => {
    const { calls } = await context.connect()
    const scrubs = await calls.scrub.status()
    return { json: { scrubs }, text: scrubs.length > 0 ? columns(scrubs.map(row)) : 'There is no folder.' }
  },
}

export const SCRUB_COMMANDS: readonly Command[] = [start, pause, status]

function row(scrub: ScrubView): string[] {
  const { folder, state, startedMs, finishedMs, dueMs, items, bytes, totalBytes, damaged } = scrub
  if (state === 'closed') return [folder, state]
  const far =
    startedMs > 0
      ? `${countText(items, 'item')}, ${bytesText(bytes)} of ${bytesText(totalBytes)}, since ${timeText(startedMs)}`
      : `last done ${timeText(finishedMs)}${dueMs === undefined ? '' : `, next ${timeText(dueMs)}`}`
  return [folder, state, far, damaged > 0 ? `${countText(damaged, 'damaged file')}` : 'nothing damaged']
}
