/**
 * One run of the command line, from arguments to exit code. Promises results on the output stream
 * and everything else on the error stream, errors with code and next step, and the exit code of
 * the error table. Never touches the process: that is main.ts.
 */
import { CODES, codeOf, isPeerfoldError, textOf } from '../base/errors.ts'
import type { ApiClient } from '../api/client.ts'
import { COMMANDS } from './commands/all.ts'
import type { Command, Context, Result, Terminal } from './command.ts'
import { commandHelp, overview } from './help.ts'
import { shown } from './output.ts'
import { parseCommandLine, wantsJson } from './parse.ts'

/** The context apart from what the command line itself says. */
export type Surroundings = Omit<Context, 'home' | 'json' | 'connect' | 'apiFile'> & {
  homeOf(given: string | undefined): string
  connectTo(home: string): Promise<ApiClient>
  apiFileOf(home: string): ReturnType<Context['apiFile']>
}

export async function runCommandLine(
  args: readonly string[],
  around: Surroundings,
  commands: readonly Command[] = COMMANDS,
): Promise<number> {
  try {
    return await run(args, around, commands)
  } catch (error) {
    return report(error, around.terminal, wantsJson(args))
  }
}

async function run(
  args: readonly string[],
  around: Surroundings,
  commands: readonly Command[],
): Promise<number> {
  const { command, words, input, home, json, help, version } = parseCommandLine(commands, args)
  const { terminal } = around
  if (version) {
    terminal.out(`${json ? JSON.stringify({ version: around.version }) : around.version}\n`)
    return 0
  }
  if (!command || help) {
    terminal.out(`${command ? commandHelp(command) : overview(commands, words)}\n`)
    // "peerfold folder" alone asks for something that does not exist; "peerfold" alone asks what does.
    return command || help || words === '' ? 0 : 2
  }
  const { homeOf, connectTo, apiFileOf, ...rest } = around
  const opened: ApiClient[] = []
  const path = homeOf(home)
  const connect = async (): Promise<ApiClient> => {
    const client = await connectTo(path)
    opened.push(client)
    return client
  }
  const context: Context = { ...rest, home: path, json, connect, apiFile: () => apiFileOf(path) }
  try {
    print(await command.run(input, context), context)
  } finally {
    for (const client of opened) client.close()
  }
  return 0
}

function print(result: Result | undefined, { terminal, json }: Context): void {
  if (!result) return
  if (json) terminal.out(`${JSON.stringify(result.json)}\n`)
  else if (result.text !== '') terminal.out(`${result.text}\n`)
}

/** The error on the error stream; its exit code. */
function report(error: unknown, terminal: Terminal, json: boolean): number {
  const code = codeOf(error)
  const { exit, hint } = CODES[code]
  const message = textOf(error)
  const facts = isPeerfoldError(error) ? error.facts : {}
  if (json) terminal.err(`${JSON.stringify({ error: { code, message, hint, facts } })}\n`)
  else terminal.err(`peerfold: ${shown(withPath(message, facts['path']))} (${code})\n${hint}\n`)
  return exit
}

/** What a disk says names no file; a person needs to know which. */
function withPath(message: string, path: unknown): string {
  return typeof path !== 'string' || path === '' || message.includes(path) ? message : `${path}: ${message}`
}
