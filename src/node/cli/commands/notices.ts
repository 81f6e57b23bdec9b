/** Commands about what happened once and a person should know. Promises to take nothing off the list unasked. */
import type { Notice, NodeStatus } from '../../api/node-port.ts'
import { PeerfoldError } from '../../base/errors.ts'
import { noticeWords } from '../../words/notice-words.ts'
import type { Command } from '../command.ts'
import { shown, timeText } from '../output.ts'
import { WORDS } from '../words.ts'

const list: Command = {
  words: 'notices list',
  summary: 'List what happened once and you should know',
  run: async (_input, context) => {
    const { calls } = await context.connect()
    const notices = await calls.notices.list()
    const lines = noticeLines({ notices, folders: await calls.folders.list() })
    return { json: { notices }, text: lines.length > 0 ? lines.join('\n') : 'There is nothing.' }
  },
}

const dismiss: Command = {
  words: 'notices dismiss',
  summary: 'Take a notice off the list',
  operands: [{ name: 'NOTICE', text: 'Its id from "notices list"', optional: true }],
  options: { all: { text: 'Every notice that there is now' } },
  run: async (input, context) => {
    const { calls } = await context.connect()
    const named = input.maybe('NOTICE')
    if ((named === undefined) !== input.flag('all'))
      throw new PeerfoldError('BAD_INPUT', 'name one notice, or give --all')
    const dismissed = named === undefined ? (await calls.notices.list()).map(({ id }) => id) : [named]
    for (const notice of dismissed) await calls.notices.dismiss({ notice })
    return { json: { dismissed }, text: dismissed.map((id) => `Dismissed ${shown(id)}.`).join('\n') }
  },
}

export const NOTICE_COMMANDS: readonly Command[] = [list, dismiss]

/** Two lines for each: its id and time, and what it means. */
export function noticeLines({ notices, folders }: Pick<NodeStatus, 'notices' | 'folders'>): string[] {
  return notices.flatMap((notice: Notice) => {
    const name = folders.find(({ id }) => id === notice.folder)?.name
    const { what, next } = noticeWords(WORDS, notice, name)
    return [`${shown(notice.id)}  ${timeText(notice.sinceMs)}`, `  ${what} ${next}`.trimEnd()]
  })
}
