/**
 * What users do with a folder besides filling it: ignore, pause, leave and come back, take a
 * device's trust away, look for old contents, stop the node. Promises real nodes and the command
 * line.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seededBytes } from '../../support/awkward-tree.ts'
import type { PathHistory } from '../../../src/node/api/node-port.ts'
import { eventually } from '../../support/deadline.ts'
import { openStage, pair } from '../../support/real-nodes.ts'
import type { RealNode } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import { FOLDER, twoPlaces } from '../../support/two-places.ts'
import { amount } from '../../support/tier.ts'
import { leftovers, readTree } from '../../support/trees.ts'

const DEADLINE_MS = 30_000

async function untilReads(path: string, content: string): Promise<void> {
  await eventually(DEADLINE_MS, `${path} arrives`, () => readFileSync(path, 'utf8') === content)
}

/** After a scan of its own, `node` has told the others what it has; what it asked for has come. */
async function untilRests(node: RealNode): Promise<void> {
  await node.rescan(FOLDER)
  await eventually(DEADLINE_MS, `${node.name} lacks nothing`, async () => {
    const { state, need } = await node.folder(FOLDER)
    return state !== 'scanning' && need.items === 0
  })
}

test('ignored files are neither sent nor deleted nor missed, and fetched when they no longer are', async () => {
  const stage = openStage()
  const places = await twoPlaces(stage, {
    fill: (a) => {
      writeFileSync(join(a, 'shared.log'), 'was here before')
      writeFileSync(join(a, 'text'), 'text')
    },
  })
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  const rules = join(stage.directory, 'rules')
  writeFileSync(rules, '*.log\n/build/\n')
  await bob.ask('ignore', 'set', FOLDER, '--file', rules)
  expect((await bob.ask<{ rules: string[] }>('ignore', 'get', FOLDER)).rules).toEqual(['*.log', '/build/'])

  mkdirSync(join(a, 'build'))
  writeFileSync(join(a, 'build', 'output'), 'of ada')
  writeFileSync(join(a, 'ada.log'), 'of ada')
  writeFileSync(join(b, 'bob.log'), 'of bob')
  rmSync(join(a, 'shared.log'))
  writeFileSync(join(b, 'text'), 'edited by bob')
  writeFileSync(join(a, 'last'), 'last')
  await untilReads(join(b, 'last'), 'last')
  await untilReads(join(a, 'text'), 'edited by bob')
  await Promise.all([untilRests(ada), untilRests(bob)])
  expect(readdirSync(b).toSorted()).toEqual(['.peerfold', 'bob.log', 'last', 'shared.log', 'text'])
  expect(readdirSync(a).toSorted()).toEqual(['.peerfold', 'ada.log', 'build', 'last', 'text'])
  // Nobody lacks what nobody wants.
  await eventually(DEADLINE_MS, 'nobody lacks anything', async () => {
    const [ours, theirs] = [await ada.folder(FOLDER), await bob.folder(FOLDER)]
    return theirs.need.items === 0 && ours.devices[0]?.need.items === 0
  })

  writeFileSync(rules, '')
  await bob.ask('ignore', 'set', FOLDER, '--file', rules)
  await untilReads(join(b, 'build', 'output'), 'of ada')
  await untilReads(join(b, 'ada.log'), 'of ada')
  await untilReads(join(a, 'bob.log'), 'of bob')
  await untilSame(DEADLINE_MS, FOLDER, places)
})

test('shared rules travel as a file and apply where they arrive', async () => {
  const places = await twoPlaces(openStage(), {
    fill: (a) => writeFileSync(join(a, '.peerfoldignore'), '*.tmp\n'),
  })
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  writeFileSync(join(b, 'of bob.tmp'), 'of bob')
  writeFileSync(join(a, 'of ada.tmp'), 'of ada')
  writeFileSync(join(b, 'last'), 'last')
  await untilReads(join(a, 'last'), 'last')
  await Promise.all([untilRests(ada), untilRests(bob)])
  expect([existsSync(join(a, 'of bob.tmp')), existsSync(join(b, 'of ada.tmp'))]).toEqual([false, false])
  expect((await bob.ask<{ shared: string[] }>('ignore', 'get', FOLDER)).shared).toContain('*.tmp')
  rmSync(join(a, '.peerfoldignore'))
  const tree = await untilSame(DEADLINE_MS, FOLDER, places)
  expect([...tree.keys()].toSorted()).toEqual(['last', 'of ada.tmp', 'of bob.tmp'])
})

test('a paused folder stands still and catches up when it is resumed', async () => {
  const places = await twoPlaces(openStage())
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  await bob.ask('folder', 'pause', FOLDER)
  expect((await bob.folder(FOLDER)).state).toBe('paused')
  writeFileSync(join(a, 'while paused'), 'of ada')
  writeFileSync(join(b, 'also while paused'), 'of bob')
  await untilRests(ada)
  expect(readdirSync(b).toSorted()).toEqual(['.peerfold', 'also while paused'])
  expect(readdirSync(a).toSorted()).toEqual(['.peerfold', 'while paused'])
  await bob.ask('folder', 'resume', FOLDER)
  const tree = await untilSame(DEADLINE_MS, FOLDER, places)
  expect([...tree.keys()].toSorted()).toEqual(['also while paused', 'while paused'])
})

test('a folder that is removed keeps its files, and added again it catches up without copies', async () => {
  const places = await twoPlaces(openStage(), { fill: (a) => writeFileSync(join(a, 'kept'), 'kept') })
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  await bob.ask('folder', 'remove', FOLDER)
  expect((await bob.status()).folders).toEqual([])
  writeFileSync(join(a, 'later'), 'later')
  writeFileSync(join(b, 'apart'), 'apart')
  await untilRests(ada)
  expect(readdirSync(b).toSorted()).toEqual(['.peerfold', 'apart', 'kept'])
  await bob.ask('folder', 'add', b, '--id', FOLDER, '--device', ada.id)
  const tree = await untilSame(DEADLINE_MS, FOLDER, places)
  expect([...tree.keys()].toSorted()).toEqual(['apart', 'kept', 'later'])
  rmSync(join(b, 'kept'))
  const after = await untilSame(DEADLINE_MS, FOLDER, places)
  expect(after.has('kept')).toBe(false)
})

test('a device whose trust is taken away gets nothing more, at once', async () => {
  const places = await twoPlaces(openStage(), { fill: (a) => writeFileSync(join(a, 'kept'), 'kept') })
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  await ada.ask('device', 'remove', bob.id)
  await eventually(DEADLINE_MS, 'bob is cut off', async () => !(await bob.status()).devices[0]?.connected)
  writeFileSync(join(a, 'private now'), 'not for bob')
  writeFileSync(join(b, 'of bob'), 'not for ada')
  await Promise.all([untilRests(ada), bob.rescan(FOLDER)])
  expect((await bob.status()).devices[0]?.connected).toBe(false)
  expect(readdirSync(b).toSorted()).toEqual(['.peerfold', 'kept', 'of bob'])
  expect(readdirSync(a).toSorted()).toEqual(['.peerfold', 'kept', 'private now'])
  expect((await ada.status()).devices).toEqual([])

  await pair(ada, bob)
  await ada.ask('folder', 'set', FOLDER, '--device', bob.id)
  const tree = await untilSame(DEADLINE_MS, FOLDER, places)
  expect([...tree.keys()].toSorted()).toEqual(['kept', 'of bob', 'private now'])
})

interface VersionList {
  readonly versions: readonly { id: string; path: string; cause: string; size: number; device: string }[]
}

test('every displaced content is listed, restored and exported, with the index gone and the node down', async () => {
  const stage = openStage()
  const places = await twoPlaces(stage, { fill: (a) => writeFileSync(join(a, 'essay'), 'draft 0') })
  const [{ path: a }, { node: bob, path: b }] = places
  const drafts = amount({ short: 5, long: 30 })
  for (let draft = 1; draft <= drafts; draft++) {
    writeFileSync(join(a, 'essay'), `draft ${draft}`)
    await untilReads(join(b, 'essay'), `draft ${draft}`)
  }
  mkdirSync(join(a, 'trip'))
  for (let photo = 0; photo < 10; photo++)
    writeFileSync(join(a, 'trip', `${photo}.jpg`), seededBytes(photo, 50_000))
  await untilSame(DEADLINE_MS, FOLDER, places)
  const photos = readTree(join(a, 'trip'))
  rmSync(join(a, 'trip'), { recursive: true })
  await untilSame(DEADLINE_MS, FOLDER, places)

  const essay = await bob.ask<PathHistory>('versions', 'list', FOLDER, 'essay')
  const kept = essay.entries.filter(({ state }) => state === 'kept')
  expect(kept).toHaveLength(drafts)
  const all = await bob.ask<VersionList>('versions', 'list', FOLDER)
  expect(all.versions.filter(({ cause }) => cause === 'deleted').map(({ path }) => path)).toEqual(
    expect.arrayContaining(Array.from({ length: 10 }, (_, photo) => `trip/${photo}.jpg`)),
  )

  const photo = all.versions.find(({ path }) => path === 'trip/3.jpg')?.id ?? ''
  await bob.ask('versions', 'restore', FOLDER, photo)
  await bob.ask('versions', 'restore', FOLDER, kept[0]?.copies[0]?.version ?? '', '--to', 'an old essay')
  await eventually(DEADLINE_MS, 'the restored arrive', () => existsSync(join(a, 'an old essay')))
  const tree = await untilSame(DEADLINE_MS, FOLDER, places)
  expect(tree.get('trip/3.jpg')?.split(' ').slice(-2)).toEqual(photos.get('3.jpg')?.split(' ').slice(-2))
  expect(readFileSync(join(a, 'an old essay'), 'utf8')).toMatch(/^draft \d+$/)

  expect(await bob.stop()).toBe(0)
  for (const name of readdirSync(bob.home)) if (name.startsWith('index.db')) rmSync(join(bob.home, name))
  const to = join(stage.directory, 'exported')
  await bob.ask('versions', 'export', FOLDER, '--to', to)
  const lines = [...readTree(to).values()].filter((line) => line.startsWith('file'))
  const hashes = new Set(lines.map((line) => line.split(' ').at(-1)))
  for (const line of photos.values()) expect(hashes).toContain(line.split(' ').at(-1))
  const words = execFileSync('grep', ['-rhao', '^draft [0-9]*$', to], { encoding: 'utf8' })
  const found = new Set(words.trimEnd().split('\n'))
  expect(
    [...Array.from({ length: drafts }, (_, draft) => `draft ${draft}`)].filter((one) => !found.has(one)),
  ).toEqual([])
})

const STOP_LIMIT_MS = 10_000
/** Written at once, each larger than all that sockets hold of what was sent. */
const LARGE_FILES = 4

test.each([{ who: 'receiver' as const }, { who: 'sender' as const }].slice(0, amount({ short: 1, long: 2 })))(
  'the $who stops within 10 s in the middle of a transfer, and goes on after its start',
  async ({ who }) => {
    const places = await twoPlaces(openStage())
    const [{ node: ada, path: a }, { node: bob, path: b }] = places
    const [victim, partner] = who === 'receiver' ? [bob, ada] : [ada, bob]
    const complete = (): number => readdirSync(b).filter((name) => name.startsWith('large')).length
    let written = 0
    const largeBytes = amount({ short: 32, long: 96 }) << 20
    // A slow look may come when all that is missing is on its way already: then there are more.
    while (complete() === written) {
      for (const upTo = written + LARGE_FILES; written < upTo; written++)
        writeFileSync(join(a, `large ${written}`), seededBytes(written, largeBytes))
      const isHalf = (): boolean => leftovers(readTreeNames(b)).length > 0
      await eventually(60_000, 'one is half here, or all are', () => isHalf() || complete() === written)
      if (complete() === written) continue
      // What is on its way stays there: the transfer has no end that a stop could wait for.
      partner.process.kill('SIGSTOP')
      const startMs = performance.now()
      expect(await victim.stop()).toBe(0)
      const tookMs = performance.now() - startMs
      process.stdout.write(
        `  ${who} stopped after ${Math.round(tookMs)} ms, with ${complete()} of ${written} files\n`,
      )
      expect(tookMs).toBeLessThan(STOP_LIMIT_MS)
      if (complete() < written) break
      partner.process.kill('SIGCONT')
      await victim.start()
    }
    partner.process.kill('SIGCONT')
    await victim.start()
    expect((await untilSame(120_000, FOLDER, places)).size).toBe(written)
    expect((await victim.run('stop')).exit).toBe(0)
    expect(victim.isRunning).toBe(false)
    expect(existsSync(join(victim.home, 'api.json'))).toBe(false)
  },
)

function readTreeNames(directory: string): Map<string, string> {
  return new Map(readdirSync(directory).map((name) => [name, '']))
}
