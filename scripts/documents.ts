/**
 * The parts of the documents that are printed from the source: the layer table, the error
 * codes, the commands, the settings and the planner's outcomes. Promises that they say what the source says; a test compares them with the files.
 * Never touches what stands outside the two marks of a printed part.
 */
import { CODES } from '../src/node/base/errors.ts'
import { COMMANDS } from '../src/node/cli/commands/all.ts'
import { reference } from '../src/node/cli/help.ts'
import { DEFAULT_SETTINGS, SETTINGS } from '../src/node/config/settings.ts'
import { LAYERS } from '../test/architecture/layers.ts'
import { plannerTables } from './planner-table.ts'

interface PrintedPart {
  /** Path from the root of the checkout. */
  readonly file: string
  /** How to print it anew. */
  readonly command: string
  readonly print: () => string
}

export const PRINTED: readonly PrintedPart[] = [
  { file: 'ARCHITECTURE.md', command: 'npm run docs:layers', print: layerTable },
  { file: 'docs/errors.md', command: 'npm run docs:errors', print: errorTable },
  { file: 'docs/cli.md', command: 'npm run docs:cli', print: () => reference(COMMANDS) },
  { file: 'docs/config.md', command: 'npm run docs:config', print: settingsTable },
  { file: 'docs/planner.md', command: 'npm run docs:planner', print: plannerTables },
]

/** `document` with its printed part replaced; undefined when it has no marks. */
export function withPrintedPart(document: string, part: PrintedPart): string | undefined {
  const opening = `<!-- printed by "${part.command}" -->`
  const closing = '<!-- end of the printed part -->'
  const from = document.indexOf(opening)
  const to = document.indexOf(closing, from)
  if (from < 0 || to < 0) return undefined
  // Prettier would pad every cell to the widest one, and one new row would then touch all lines.
  const printed = `<!-- prettier-ignore-start -->\n${part.print()}\n<!-- prettier-ignore-end -->`
  return `${document.slice(0, from)}${opening}\n\n${printed}\n\n${document.slice(to)}`
}

function layerTable(): string {
  const rows = Object.entries(LAYERS).map(([layer, { holds, folders, packages, why }]) => [
    `\`${layer}\``,
    holds,
    folders.map((folder) => folder.replace('node/', '')).join(' ') || '–',
    packages.map((name) => name.replaceAll('*', '\\*')).join(' ') || '–',
    why,
  ])
  return table(['folder', 'lives there', 'may import', 'packages', 'why'], rows)
}

function errorTable(): string {
  const rows = Object.entries(CODES).map(([code, { status, exit, hint }]) => [
    `\`${code}\``,
    String(status),
    String(exit),
    hint,
  ])
  return table(['code', 'HTTP status', 'exit code', 'what to do'], rows)
}

function settingsTable(): string {
  const rows = SETTINGS.map(({ key, unit, range, reason }) => [
    `\`${key}\``,
    unit,
    `\`${JSON.stringify(key.split('.').reduce<unknown>(fieldOf, DEFAULT_SETTINGS))}\``,
    range || '–',
    reason,
  ])
  return table(['setting', 'unit', 'default', 'range', 'why'], rows)
}

function fieldOf(value: unknown, name: string): unknown {
  return (value as Record<string, unknown>)[name]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, head.map(() => '---'), ...rows]
  return cells.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}
