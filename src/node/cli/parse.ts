/**
 * The command line as a command and its input. Promises that whatever is not understood is
 * BAD_INPUT with what to write instead. Never guesses, never abbreviates.
 */
import { parseArgs } from 'node:util'
import { PeerfoldError, textOf } from '../base/errors.ts'
import { type Command, GLOBAL_OPTIONS, type Input } from './command.ts'

export interface Parsed {
  /** Absent for plain "peerfold", and for a group without its second word. */
  readonly command?: Command
  /** Words that were given, for help about them. */
  readonly words: string
  readonly input: Input
  readonly home: string | undefined
  readonly json: boolean
  readonly help: boolean
  readonly version: boolean
}

/** Throws BAD_INPUT. */
export function parseCommandLine(commands: readonly Command[], args: readonly string[]): Parsed {
  const { words, rest } = splitWords(commands, args)
  const command = commands.find((other) => other.words === words)
  const isGroup = commands.some((other) => other.words.startsWith(`${words} `))
  if (!command && !isGroup && words !== '') throw unknownCommand(commands, words)
  const { values, positionals } = parseOptions(command, rest)
  const help = values['help'] === true
  const version = values['version'] === true
  const operands = command && !help ? nameOperands(command, positionals) : new Map<string, string>()
  return {
    ...(command ? { command } : {}),
    words,
    input: inputOf(values, operands),
    home: values['home'] as string | undefined,
    json: values['json'] === true,
    help,
    version,
  }
}

/** True when --json was given, whatever else is wrong with the command line. */
export function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? undefined : end).includes('--json')
}

/** Takes the command's words out of the arguments: the first one or two that are no options. */
function splitWords(
  commands: readonly Command[],
  args: readonly string[],
): { words: string; rest: string[] } {
  const rest = [...args]
  const at = firstWord(rest)
  if (at === undefined) return { words: '', rest }
  const [first = ''] = rest.splice(at, 1)
  const isGroup = commands.some((command) => command.words.startsWith(`${first} `))
  const second = rest[at]
  if (!isGroup || second === undefined || second.startsWith('-')) return { words: first, rest }
  rest.splice(at, 1)
  return { words: `${first} ${second}`, rest }
}

/** Only the global options may stand before the command, and of them only --home has a value. */
function firstWord(args: readonly string[]): number | undefined {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') return undefined
    if (!arg.startsWith('-')) return at
    if (arg === '--home') at++
  }
  return undefined
}

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

function parseOptions(
  command: Command | undefined,
  args: string[],
): { values: Values; positionals: string[] } {
  const known = { ...GLOBAL_OPTIONS, ...command?.options }
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value, multiple }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: multiple === true },
    ]),
  )
  const shorts = {
    help: { type: 'boolean' as const, short: 'h' },
    version: { type: 'boolean' as const, short: 'v' },
  }
  try {
    return parseArgs({ args, options: { ...options, ...shorts }, allowPositionals: true, strict: true })
  } catch (error) {
    // Node's own texts are two sentences; the first says what is wrong.
    throw new PeerfoldError('BAD_INPUT', textOf(error).split('. ')[0] ?? 'wrong options', {}, error)
  }
}

function nameOperands(command: Command, positionals: readonly string[]): Map<string, string> {
  const expected = command.operands ?? []
  const missing = expected.slice(positionals.length).find((operand) => !operand.optional)
  if (missing)
    throw new PeerfoldError('BAD_INPUT', `${missing.name} is missing: peerfold ${usageOf(command)}`)
  const extra = positionals[expected.length]
  if (extra !== undefined)
    throw new PeerfoldError('BAD_INPUT', `"${extra}" is one too many: peerfold ${usageOf(command)}`)
  return new Map(positionals.map((value, at) => [expected[at]?.name ?? '', value]))
}

/** "folder add PATH --id ID [--name NAME]" without the options. */
export function usageOf(command: Command): string {
  const operands = (command.operands ?? []).map(({ name, optional }) => (optional ? `[${name}]` : name))
  return [command.words, ...operands].join(' ')
}

function inputOf(values: Values, operands: ReadonlyMap<string, string>): Input {
  return {
    operand: (name) => operands.get(name) ?? '',
    maybe: (name) => operands.get(name),
    value: (option) => values[option] as string | undefined,
    values: (option) => values[option] as string[] | undefined,
    flag: (option) => values[option] === true,
  }
}

function unknownCommand(commands: readonly Command[], words: string): PeerfoldError {
  const group = words.split(' ')[0]
  const near = commands.filter((command) => command.words.split(' ')[0] === group).map(({ words }) => words)
  const known = near.length > 0 ? near : [...new Set(commands.map((command) => command.words.split(' ')[0]))]
  return new PeerfoldError('BAD_INPUT', `"${words}" is no command; there are: ${known.join(', ')}`)
}
