/**
 * The demonstration: two nodes on this machine, paired, sharing a folder, with a sample to watch
 * and both folders to play with until Ctrl-C. Promises to stop what it started and to leave the
 * folders. Never touches the home of this machine's own node.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeStatus } from '../api/node-port.ts'
import { PeerfoldError } from '../base/errors.ts'
import { randomHex, systemRandom } from '../base/random.ts'
import { createDiskFileSystem } from '../fs/disk-file-system.ts'
import type { FolderRoot } from '../fs/file-system.ts'
import type { Context } from './command.ts'
import { Arrivals, type Movement, pictureOf, type Side } from './demo-arrivals.ts'
import { type DemoNode, startDemoNode } from './demo-node.ts'
import { SAMPLE_FILES, writeSample } from './demo-sample.ts'
import { bytesText, columns, countText, shown } from './output.ts'
import { progressOn } from './progress.ts'
import { statusText } from './words.ts'

const NAMES = ['laptop', 'desktop'] as const
const SIDES = [0, 1] as const
const FOLDER = 'demo'
/** Often enough to look live; large trees are looked at less often, so that looking stays cheap. */
const LOOK_MS = 100
const LOOK_SHARE = 0.1

/** What the two nodes say of the folder, as of now. */
type Reports = [NodeStatus['folders'][number] | undefined, NodeStatus['folders'][number] | undefined]

interface Stage {
  readonly context: Context
  readonly base: string
  readonly nodes: readonly DemoNode[]
  readonly folders: readonly [FolderRoot, FolderRoot]
  readonly reports: Reports
  readonly signal: AbortSignal
}

export async function runDemo(context: Context): Promise<void> {
  if (context.json) throw new PeerfoldError('BAD_INPUT', '--demo is for watching and knows no --json')
  const ending = context.interrupted()
  const base = join(tmpdir(), `peerfold-demo-${randomHex(systemRandom(), 3)}`)
  const nodes: DemoNode[] = []
  const say = (text: string): void => context.terminal.out(`${text}\n`)
  try {
    const folders = await makeFolders(base)
    say(`Starting two nodes on this machine, each with a home of its own below ${base} ...`)
    for (const name of NAMES) {
      if (ending.aborted) return
      nodes.push(await startDemoNode(name, join(base, `home-${name}`), context))
    }
    const over = new AbortController()
    const signal = AbortSignal.any([ending, over.signal])
    const stage: Stage = { context, base, nodes, folders, reports: [undefined, undefined], signal }
    try {
      await Promise.race([play(stage), ...nodes.map((node) => node.died)])
    } finally {
      over.abort()
      for (const folder of folders) await folder.close()
    }
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
    say(`\nThe nodes have stopped. Their folders and homes stay; to remove them:\n  rm -r ${base}`)
  }
}

async function makeFolders(base: string): Promise<[FolderRoot, FolderRoot]> {
  const disk = createDiskFileSystem()
  const open = async (name: string): Promise<FolderRoot> => {
    await disk.makePath(join(base, name), 0o700)
    return disk.openRoot(join(base, name))
  }
  return [await open(NAMES[0]), await open(NAMES[1])]
}

async function play(stage: Stage): Promise<void> {
  const { context, nodes, folders, signal } = stage
  const say = (text: string): void => context.terminal.out(`${text}\n`)
  await pair(nodes, folders)
  for (const side of SIDES) void follow(stage, side).catch(() => {}) // A lost line is told by the node's death.
  say(columns(nodes.map(({ name, id }) => [`  ${name}`, id])))
  say(`They trust each other and share the folder "${FOLDER}".`)
  await showScreens(stage)
  say(`Copying a sample into the folder of the laptop:\n`)
  const startMs = context.clock.monotonicMs()
  const arrivals = new Arrivals()
  let arrivedMs = 0
  const arrived = watchUntil(stage, arrivals, () => {
    if (arrivals.count < SAMPLE_FILES) return false
    arrivedMs ||= context.clock.monotonicMs()
    // What the nodes report comes a little later than the files.
    return needText(stage.reports) === ''
  })
  await Promise.all([writeSample(folders[0], systemRandom()), arrived])
  if (signal.aborted) return
  const seconds = secondsText(arrivedMs - startMs)
  say(
    `\n${countText(arrivals.count, 'file')} written and arrived in ${seconds}.\n\n${invitation(folders, nodes)}`,
  )
  await watchUntil(stage, arrivals, () => false)
}

/** Each node's own address; a browser tells them apart, although cookies ignore ports. */
async function showScreens({ context, nodes }: Stage): Promise<void> {
  const { screens, terminal } = context
  const rows: string[][] = []
  for (const { name, client } of nodes) {
    rows.push([`  ${name}`, (await client.calls.session.invite()).url])
    // Not the address that is printed: that one is for when this browser fails.
    if (screens.hasDisplay && screens.mode() !== 'none')
      screens.openBrowser((await client.calls.session.invite()).url)
  }
  terminal.out(`Their screens, each address for one browser, once:\n${columns(rows)}\n\n`)
}

async function pair(nodes: readonly DemoNode[], folders: readonly FolderRoot[]): Promise<void> {
  for (const side of SIDES) {
    const [own, other, folder] = [nodes[side], nodes[1 - side], folders[side]]
    if (!own || !other || !folder) continue
    const { calls } = own.client
    await calls.devices.add({ id: other.id, name: other.name, addresses: [...other.listening] })
    await calls.folders.add({ id: FOLDER, path: folder.path, devices: [other.id] })
  }
}

function invitation(folders: readonly FolderRoot[], nodes: readonly DemoNode[]): string {
  return [
    'Both folders are yours to play with. Edit, add, rename or delete in either one:',
    columns(folders.map(({ path }, side) => [`  ${NAMES[side]}`, path])),
    'For example, in another terminal:',
    `  echo "and honey" >> ${join(folders[0]?.path ?? '', 'notes.txt')}`,
    `  npx peerfold status --home ${nodes[0]?.home}`,
    '',
    'What arrives is told here. Ctrl-C ends it.',
  ].join('\n')
}

/** Looks at both disks until `isDone` or the end, and tells what moved. */
async function watchUntil(stage: Stage, arrivals: Arrivals, isDone: () => boolean): Promise<void> {
  const { context, folders, signal } = stage
  const { clock, terminal } = context
  const progress = progressOn(terminal, false, clock)
  let need = ''
  while (!signal.aborted && !isDone()) {
    const startMs = clock.monotonicMs()
    for (const movement of arrivals.look(
      [await pictureOf(folders[0]), await pictureOf(folders[1])],
      startMs,
    )) {
      progress.end()
      terminal.out(`  ${movementText(movement)}\n`)
    }
    const now = needText(stage.reports)
    if (terminal.draws && now !== '') progress.show(now)
    else if (now === '') progress.end()
    else if (now !== need) terminal.out(`  ${now}\n`)
    need = now
    const pauseMs = Math.max(LOOK_MS, (clock.monotonicMs() - startMs) / LOOK_SHARE)
    await clock.sleep(pauseMs, signal).catch(() => {}) // The end is what the loop asks for.
  }
  progress.end()
}

function movementText({ kind, path, from, bytes, afterMs }: Movement): string {
  if (from === undefined) return `${shown(path)} deleted on both sides`
  const way = `${NAMES[from]} → ${NAMES[1 - from]}: ${shown(path)}`
  const after = `after ${secondsText(afterMs)}`
  return kind === 'arrived' ? `${way} arrived ${after} (${bytesText(bytes)})` : `${way} deleted ${after}`
}

/** "laptop has 28 items, 21.1 MB; desktop has 3 items, 120 B and needs 25 items, 21.0 MB"; '' when nobody needs anything. */
function needText(reports: Reports): string {
  if (reports.every((report) => !report?.need.items)) return ''
  const sides = reports.map((report, side) => {
    const has = `${NAMES[side]} has ${loadText({ items: report?.files ?? 0, bytes: report?.bytes ?? 0 })}`
    return report?.need.items ? `${has} and needs ${loadText(report.need)}` : has
  })
  return sides.join('; ')
}

function loadText({ items, bytes }: { items: number; bytes: number }): string {
  return `${countText(items, 'item')}, ${bytesText(bytes)}`
}

/** Keeps the report of one node, and tells when the folder needs a person. */
async function follow({ nodes, reports, context, signal }: Stage, side: Side): Promise<void> {
  let told = ''
  for await (const { folders } of nodes[side]?.client.watchStatus(signal) ?? []) {
    const report = folders.find(({ id }) => id === FOLDER)
    reports[side] = report
    const text = report?.status.word === 'needs-you' ? statusText(report.status) : ''
    if (text !== '' && text !== told) context.terminal.out(`  ${NAMES[side]}: ${text}\n`)
    told = text
  }
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
