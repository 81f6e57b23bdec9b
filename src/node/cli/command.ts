/**
 * What a command is. Promises that parsing, help and documents are all made from this one
 * description. Never does anything itself.
 */
import type { ApiClient } from '../api/client.ts'
import type { Clock } from '../base/clock.ts'
import type { Launched } from './launch/launch.ts'
import type { Mode } from './launch/mode.ts'
import type { ApiFile, Offline } from './offline.ts'

export interface Option {
  readonly text: string
  /** What stands for its value in the help; a flag has none. */
  readonly value?: string
  readonly multiple?: true
}

export interface Operand {
  readonly name: string
  readonly text: string
  readonly optional?: true
}

/** The command line after parsing: what is asked for and absent is undefined. */
export interface Input {
  operand(name: string): string
  maybe(name: string): string | undefined
  value(option: string): string | undefined
  values(option: string): string[] | undefined
  flag(option: string): boolean
}

export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Progress may be drawn on the error stream. */
  readonly draws: boolean
}

/** How a start comes to the eyes of a person. */
export interface Screens {
  /** PEERFOLD_UI. BAD_INPUT. */
  mode(): Mode
  readonly hasDisplay: boolean
  /** Returns when the window is closed, or when there is none. */
  launch(home: string, signal: AbortSignal): Promise<Launched>
  openBrowser(url: string): void
}

export interface Context {
  readonly home: string
  readonly json: boolean
  /** Directory that relative paths start from. */
  readonly cwd: string
  /** Version of Peerfold. */
  readonly version: string
  readonly hostName: string
  /** The file that runs this command line when Node is given it. */
  readonly program: string
  readonly terminal: Terminal
  readonly clock: Clock
  readonly screens: Screens
  /** Loads the node's own code: slow, so only commands that need it ask. */
  offline(): Promise<Offline>
  /** The running node of this home. DAEMON_UNREACHABLE. Closed when the command ends. */
  connect(): Promise<ApiClient>
  /** HOME/api.json; DAEMON_UNREACHABLE when there is none. */
  apiFile(): Promise<ApiFile>
  isAlive(pid: number): boolean
  /** Aborts on Ctrl-C and on the system's wish to end; asking for it takes over from the default. */
  interrupted(): AbortSignal
}

export interface Result {
  /** Printed by --json, as one line. */
  readonly json: unknown
  /** Printed otherwise; '' prints nothing. */
  readonly text: string
}

export interface Command {
  /** "folder add" */
  readonly words: string
  readonly summary: string
  readonly operands?: readonly Operand[]
  readonly options?: Readonly<Record<string, Option>>
  /** More lines for the help. */
  readonly notes?: readonly string[]
  /** A command that prints as it goes returns nothing. */
  run(input: Input, context: Context): Promise<Result | undefined>
}

/** Every command knows these. */
export const GLOBAL_OPTIONS: Readonly<Record<string, Option>> = {
  home: {
    value: 'DIR',
    text: 'Home of the node; PEERFOLD_HOME, or the platform’s place for data, when absent',
  },
  json: { text: 'Print the result, or the error, as one line of JSON' },
  help: { text: 'Show this help' },
}
