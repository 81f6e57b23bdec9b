/**
 * What two devices end with after people changed the same thing on both at the same time: every
 * pair of changes, played with the planner itself. Promises rows made by src/node/core and the rules
 * of trees, never written by hand; a test plays the same pairs on whole nodes.
 */
import type { FileRecord } from '../src/node/core/record.ts'
import { act, createTreeModel, deviceAt, hashOf, liveRecords, settle } from '../test/support/tree-model.ts'
import type { Deed } from '../test/support/tree-model.ts'

interface Change {
  readonly says: string
  /** Means something only when both do it. */
  readonly alike?: true
  readonly deeds: (side: Side) => readonly Deed[]
}

interface Scene {
  readonly title: string
  readonly base: readonly Deed[]
  readonly changes: readonly Change[]
}

export interface Pair {
  readonly scene: string
  readonly weDid: string
  readonly theyDid: string
  readonly base: readonly Deed[]
  readonly ours: readonly Deed[]
  readonly theirs: readonly Deed[]
}

export interface Side {
  readonly text: string
  readonly target: string
  readonly mode: number
  /** What they rename things to when each chooses a name. */
  readonly name: string
}

/** Ours has the greater hash, theirs the next: the hash decides who keeps a name, and the table must not change. */
const TEXTS = ascending(['base', 'theirs', 'ours'])
const TARGETS = ascending(['their-target', 'our-target'])
const US: Side = { text: TEXTS[2] ?? '', target: TARGETS[1] ?? '', mode: 0o600, name: 'our-name' }
const THEM: Side = { text: TEXTS[1] ?? '', target: TARGETS[0] ?? '', mode: 0o640, name: 'their-name' }
const BASE = TEXTS[0] ?? ''
const OTHER = 'another'

/** The words, with a number behind each that makes its hash greater than the one before. */
function ascending(words: readonly string[]): string[] {
  let before = ''
  return words.map((word) => {
    for (let n = 1; ; n++) {
      const hash = hashOf(`${word} ${n}`)
      if (hash <= before) continue
      before = hash
      return `${word} ${n}`
    }
  })
}

const leave = (says: string): Change => ({ says, deeds: () => [] })
const alike = (says: string, deed: () => Deed): Change => ({ says, alike: true, deeds: () => [deed()] })
const one = (says: string, deed: (side: Side) => Deed): Change => ({ says, deeds: (side) => [deed(side)] })

const SCENES: readonly Scene[] = [
  {
    title: 'A file: `a.txt`, beside an empty directory `d`',
    base: [
      { do: 'write', path: 'a.txt', content: BASE },
      { do: 'mkdir', path: 'd' },
    ],
    changes: [
      leave('leave it'),
      one('edit it', ({ text }) => ({ do: 'write', path: 'a.txt', content: text })),
      alike('make the same edit', () => ({ do: 'write', path: 'a.txt', content: 'the same' })),
      one('change its mode', ({ mode }) => ({ do: 'chmod', path: 'a.txt', mode })),
      one('delete it', () => ({ do: 'remove', path: 'a.txt' })),
      one('make it a directory', () => ({ do: 'mkdir', path: 'a.txt' })),
      one('make it a link', ({ target }) => ({ do: 'link', path: 'a.txt', target })),
      one('rename it to `b.txt`', () => ({ do: 'move', path: 'a.txt', to: 'b.txt' })),
      one('rename it, each in their way', ({ name }) => ({ do: 'move', path: 'a.txt', to: name })),
      one('move it into `d`', () => ({ do: 'move', path: 'a.txt', to: 'd/a.txt' })),
      {
        says: 'edit it and rename it to `b.txt`',
        deeds: ({ text }) => [
          { do: 'write', path: 'a.txt', content: text },
          { do: 'move', path: 'a.txt', to: 'b.txt' },
        ],
      },
    ],
  },
  {
    title: 'A name that nobody has: `n.txt`, beside a file `o.txt`',
    base: [{ do: 'write', path: 'o.txt', content: BASE }],
    changes: [
      leave('leave it free'),
      one('make a file', ({ text }) => ({ do: 'write', path: 'n.txt', content: text })),
      alike('make the same file', () => ({ do: 'write', path: 'n.txt', content: 'the same' })),
      one('make a directory', () => ({ do: 'mkdir', path: 'n.txt' })),
      one('make a link', ({ target }) => ({ do: 'link', path: 'n.txt', target })),
      one('rename `o.txt` to it', () => ({ do: 'move', path: 'o.txt', to: 'n.txt' })),
    ],
  },
  {
    title: 'A name that is taken: `a.txt` and another file `o.txt`',
    base: [
      { do: 'write', path: 'a.txt', content: BASE },
      { do: 'write', path: 'o.txt', content: OTHER },
    ],
    changes: [
      leave('leave both'),
      one('rename `a.txt` over `o.txt`', () => ({ do: 'move', path: 'a.txt', to: 'o.txt' })),
      one('edit `a.txt`', ({ text }) => ({ do: 'write', path: 'a.txt', content: text })),
      one('edit `o.txt`', ({ text }) => ({ do: 'write', path: 'o.txt', content: text })),
      one('delete `o.txt`', () => ({ do: 'remove', path: 'o.txt' })),
      one('rename `o.txt`, each in their way', ({ name }) => ({ do: 'move', path: 'o.txt', to: name })),
    ],
  },
  {
    title: 'A link: `l`',
    base: [{ do: 'link', path: 'l', target: 'somewhere' }],
    changes: [
      leave('leave it'),
      one('lead it elsewhere', ({ target }) => ({ do: 'link', path: 'l', target })),
      alike('lead it to the same place', () => ({ do: 'link', path: 'l', target: 'the-same' })),
      one('delete it', () => ({ do: 'remove', path: 'l' })),
      one('make it a file', ({ text }) => ({ do: 'write', path: 'l', content: text })),
      one('make it a directory', () => ({ do: 'mkdir', path: 'l' })),
      one('rename it to `m`', () => ({ do: 'move', path: 'l', to: 'm' })),
    ],
  },
  {
    title: 'A directory: `d` with a file `d/x`',
    base: [
      { do: 'mkdir', path: 'd' },
      { do: 'write', path: 'd/x', content: BASE },
    ],
    changes: [
      leave('leave it'),
      one('change its mode', ({ mode }) => ({ do: 'chmod', path: 'd', mode: mode | 0o100 })),
      one('delete it with all in it', () => ({ do: 'remove', path: 'd' })),
      one('edit `d/x`', ({ text }) => ({ do: 'write', path: 'd/x', content: text })),
      one('delete `d/x`', () => ({ do: 'remove', path: 'd/x' })),
      one('add `d/y`', ({ text }) => ({ do: 'write', path: 'd/y', content: text })),
      one('move `d/x` out to `x`', () => ({ do: 'move', path: 'd/x', to: 'x' })),
      one('rename it to `e`', () => ({ do: 'move', path: 'd', to: 'e' })),
      one('rename it, each in their way', ({ name }) => ({ do: 'move', path: 'd', to: name })),
      one('make it a file', ({ text }) => ({ do: 'write', path: 'd', content: text })),
      one('make it a link', ({ target }) => ({ do: 'link', path: 'd', target })),
    ],
  },
]

/** Every pair once: what we did and they did mirrors what they did and we did, but for the winner. */
export function plannerPairs(): Pair[] {
  return SCENES.flatMap(({ title, base, changes }) =>
    changes.flatMap((mine, i) =>
      changes
        .slice(i)
        .filter((other) => other === mine || !(mine.alike ?? other.alike))
        .map((other) => ({
          scene: title,
          weDid: mine.says,
          theyDid: other.says,
          base,
          ours: mine.deeds(US),
          theirs: other.deeds(THEM),
        })),
    ),
  )
}

/** Devices `us` and `them` after the pair, at rest. */
export function playPair({ base, ours, theirs }: Pair): ReturnType<typeof createTreeModel> {
  const model = createTreeModel(['us', 'them'])
  for (const deed of base) act(model, 0, deed)
  settle(model)
  for (const deed of ours) act(model, 0, deed)
  for (const deed of theirs) act(model, 1, deed)
  settle(model)
  return model
}

export function plannerTables(): string {
  const pairs = plannerPairs()
  return SCENES.map(({ title }) => {
    const rows = pairs.filter(({ scene }) => scene === title).map(rowOf)
    return [
      `### ${title}`,
      '',
      '| we | they | both end with | conflict copy |',
      '| --- | --- | --- | --- |',
      ...rows,
    ].join('\n')
  }).join('\n\n')
}

function rowOf(pair: Pair): string {
  const records = liveRecords(deviceAt(playPair(pair), 0))
  const copies = records.filter(({ conflictOf }) => conflictOf !== '')
  const ends = records.filter((record) => !copies.includes(record)).map(describe)
  return `| ${pair.weDid} | ${pair.theyDid} | ${ends.join(', ') || 'nothing'} | ${copies.map(describe).join(', ') || '–'} |`
}

function describe({ path, kind, contentHash, linkTarget, mode }: FileRecord): string {
  const name = `\`${path.replace(/ [0-9a-f]{8}\)/, ' …)')}${kind === 'directory' ? '/' : ''}\``
  const whose =
    kind === 'directory' ? [] : [kind === 'symlink' ? `link, ${sideOf(linkTarget)}` : contentOf(contentHash)]
  const plain = kind === 'symlink' || mode === (kind === 'directory' ? 0o755 : 0o644)
  return [name, ...whose, ...(plain ? [] : [modeOf(mode)])].join(' ')
}

function contentOf(hash: string): string {
  const labels = new Map([
    [hashOf(US.text), 'ours'],
    [hashOf(THEM.text), 'theirs'],
    [hashOf(BASE), 'as before'],
    [hashOf(OTHER), 'as `o.txt` before'],
  ])
  return labels.get(hash) ?? 'the same'
}

function sideOf(target: string): string {
  const labels = new Map([
    [US.target, 'ours'],
    [THEM.target, 'theirs'],
    ['somewhere', 'as before'],
  ])
  return labels.get(target) ?? 'the same'
}

function modeOf(mode: number): string {
  return `with ${(mode & 0o660) === (US.mode & 0o660) ? 'our' : 'their'} mode`
}
