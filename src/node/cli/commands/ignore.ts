/** Commands about what this device leaves out. Promises that rules never delete anything. */
import { resolve } from 'node:path'
import { PeerfoldError } from '../../base/errors.ts'
import { readPlainFile } from '../../fs/plain-file.ts'
import type { Command, Operand } from '../command.ts'
import { countText } from '../output.ts'

const FOLDER: Operand = { name: 'FOLDER', text: 'Folder id' }
/** As much as the API takes in one request, bytes. */
const RULES_LIMIT_BYTES = 1 << 20

const get: Command = {
  words: 'ignore get',
  summary: 'Print the ignore rules of this device',
  operands: [FOLDER],
  notes: ['What it prints can be given back to "ignore set". --json also shows the shared .peerfoldignore.'],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const rules = await calls.ignore.get({ folder: input.operand('FOLDER') })
    return { json: rules, text: rules.rules.join('\n') }
  },
}

const set: Command = {
  words: 'ignore set',
  summary: 'Replace the ignore rules of this device',
  operands: [FOLDER],
  options: { file: { value: 'FILE', text: 'Rules as in .gitignore, one per line (needed)' } },
  notes: [
    'They come after those of the shared .peerfoldignore in the folder, and the last match wins.',
    'An empty file removes all of them. Rules never delete a file.',
  ],
  run: async (input, context) => {
    const file = input.value('file')
    if (file === undefined)
      throw new PeerfoldError('BAD_INPUT', '--file is missing: peerfold ignore set FOLDER --file FILE')
    const bytes = await readPlainFile(resolve(context.cwd, file), RULES_LIMIT_BYTES)
    if (!bytes) throw new PeerfoldError('FILE_NOT_FOUND', `there is no file ${file}`, { path: file })
    const { calls } = await context.connect()
    const rules = await calls.ignore.set({ folder: input.operand('FOLDER'), rules: linesOf(bytes) })
    return { json: rules, text: `${countText(rules.rules.length, 'rule')} on this device.` }
  },
}

export const IGNORE_COMMANDS: readonly Command[] = [get, set]

/** A line end after the last rule makes no further rule. */
function linesOf(bytes: Uint8Array): string[] {
  const text = new TextDecoder().decode(bytes).replace(/\r?\n$/, '')
  return text === '' ? [] : text.split(/\r?\n/)
}
