/**
 * Help and the command reference, both from the command table. Promises that every command and
 * option is in them. Never longer than it needs to be.
 */
import { type Command, GLOBAL_OPTIONS, type Option } from './command.ts'
import { columns } from './output.ts'
import { usageOf } from './parse.ts'

/** The last digit of the exit codes, in the words of the error table. */
export const EXIT_CODES: readonly (readonly [code: number, means: string])[] = [
  [0, 'done'],
  [1, 'something unexpected, or cancelled'],
  [2, 'wrong usage or input'],
  [3, 'not found'],
  [4, 'it contradicts the present state'],
  [5, 'the node or the other device cannot be reached, or does not let us'],
  [6, 'this machine cannot: disk, permission, port'],
  [7, 'damaged configuration or data'],
]

/** "peerfold --help", or of one group. */
export function overview(commands: readonly Command[], group = ''): string {
  const shown = commands.filter(({ words }) => group === '' || words.startsWith(`${group} `))
  return [
    `Usage: peerfold ${group === '' ? 'COMMAND' : `${group} COMMAND`} [OPTIONS]`,
    '',
    columns(shown.map((command) => [`  ${usageOf(command)}`, command.summary])),
    '',
    'Options of every command:',
    optionLines(group === '' ? { ...GLOBAL_OPTIONS, version: { text: 'Show the version' } } : GLOBAL_OPTIONS),
    '',
    ...exitLines(),
  ].join('\n')
}

/** "peerfold folder add --help". */
export function commandHelp(command: Command): string {
  const { operands = [], options = {}, notes = [] } = command
  return [
    `Usage: peerfold ${usageOf(command)} [OPTIONS]`,
    '',
    `${command.summary}.`,
    ...(operands.length > 0 ? ['', columns(operands.map(({ name, text }) => [`  ${name}`, text]))] : []),
    ...(Object.keys(options).length > 0 ? ['', 'Options:', optionLines(options)] : []),
    '',
    'Options of every command:',
    optionLines(GLOBAL_OPTIONS),
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
    ...exitLines(),
  ].join('\n')
}

/** The printed part of docs/cli.md. */
export function reference(commands: readonly Command[]): string {
  const parts = commands.flatMap((command) => [
    `### peerfold ${usageOf(command)}`,
    '',
    `${command.summary}.`,
    ...(command.notes ? ['', ...command.notes] : []),
    ...listOf((command.operands ?? []).map(({ name, text }) => `\`${name}\`: ${text}`)),
    ...listOf(
      Object.entries(command.options ?? {}).map(
        ([name, option]) => `\`${shape(name, option)}\`: ${option.text}`,
      ),
    ),
    '',
  ])
  return parts.join('\n').trimEnd()
}

function listOf(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `- ${line}`)]
}

function exitLines(): string[] {
  return ['Exit codes:', columns(EXIT_CODES.map(([code, means]) => [`  ${code}`, means]))]
}

function optionLines(options: Readonly<Record<string, Option>>): string {
  return columns(Object.entries(options).map(([name, option]) => [`  ${shape(name, option)}`, option.text]))
}

function shape(name: string, { value, multiple }: Option): string {
  return `--${name}${value === undefined ? '' : ` ${value}`}${multiple ? ' ...' : ''}`
}
