/**
 * What the screens say while files travel, devices are away and edits collide: held against the
 * nodes' own words and against the disks, at every change of the page.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventually } from '../support/deadline.ts'
import { openStage, type RealNode } from '../support/real-nodes.ts'
import type { Place } from '../support/synced.ts'
import { FOLDER } from '../support/two-places.ts'
import { type Transport, transportsFrom } from './support/app.ts'
import { useBrowser } from './support/browser.ts'
import { placesFor } from './support/places.ts'
import { bytesOf } from './support/content.ts'
import { dropFiles } from './support/drop.ts'
import { firstUnsafe, safeBetween } from './support/truth.ts'
import { openWatched, type Watched } from './support/watched.ts'

useBrowser()

const PATIENCE_MS = 60_000
/** Some seconds on the way, so that there is much to be said. */
const FILM_BYTES = 60_000_000

describe.each(transportsFrom('desktop window, MessagePort'))('%s', (transport) => {
  test('a file dropped into one window arrives in the other, and neither says safe before it did', async () => {
    const stage = openStage()
    const [ada, bob] = await placesFor(stage, transport)
    const [left, right] = await Promise.all([watch(ada, transport), watch(bob, transport)])
    await Promise.all([left, right].map((window) => window.shows(PATIENCE_MS, 'safe')))
    const film = join(stage.make('desk'), 'summer.mp4')
    writeFileSync(film, bytesOf(1, FILM_BYTES))

    await left.goTo(`/folders/${FOLDER}`)
    const droppedMs = Date.now()
    await dropFiles(left.page.getByRole('grid'), [film])
    const arrivedMs = await untilSameFile(film, join(bob.path, 'summer.mp4'))
    await Promise.all([left, right].map((window) => window.shows(PATIENCE_MS, 'safe')))
    await right.goTo(`/folders/${FOLDER}`)
    await right.page.getByRole('grid').getByText('summer.mp4').waitFor()

    const unsafeMs = firstUnsafe(left.sights, droppedMs)
    expect(unsafeMs).toBeLessThan(arrivedMs)
    expect(safeBetween(left.sights, unsafeMs ?? 0, arrivedMs)).toEqual([])
    const heardMs = firstUnsafe(right.sights, droppedMs)
    expect(heardMs).toBeLessThan(arrivedMs)
    expect(safeBetween(right.sights, heardMs ?? 0, arrivedMs)).toEqual([])
    expect([...left.lies(), ...right.lies()]).toEqual([])
  })

  test('with a device that has nothing, or some of it, and is away, no screen ever says safe', async () => {
    const stage = openStage()
    const [ada, bob] = await placesFor(stage, transport)
    for (let at = 0; at < 7; at++) writeFileSync(join(ada.path, `early-${at}.txt`), `early ${at}`)
    await eventually(PATIENCE_MS, 'bob has 7', async () => (await bob.node.folder(FOLDER)).files === 8)
    await eventually(PATIENCE_MS, 'all is safe', () => says(ada.node, 'safe'))
    await bob.node.kill()
    for (let at = 0; at < 93; at++) writeFileSync(join(ada.path, `late-${at}.txt`), `late ${at}`)
    await eventually(PATIENCE_MS, 'ada knows', () => says(ada.node, 'waiting'))

    const window = await watch(ada, transport)
    await window.shows(PATIENCE_MS, 'waiting')
    for (const route of ['/devices', '/transfers', `/folders/${FOLDER}`, '/folders']) {
      await window.goTo(route)
      await window.shows(PATIENCE_MS, 'waiting')
    }
    await window.page
      .getByText(/93 items/)
      .first()
      .waitFor()
    expect(safeBetween(window.sights, 0)).toEqual([])
    expect(window.lies()).toEqual([])
  })

  test('an open conflict is never safe, on neither side, until a person decides', async () => {
    const stage = openStage()
    const [ada, bob] = await placesFor(stage, transport)
    await bob.node.kill()
    writeFileSync(join(ada.path, 'notes.txt'), 'Ada was here\n')
    writeFileSync(join(bob.path, 'notes.txt'), 'Bob was here, too\n')
    await eventually(PATIENCE_MS, 'ada knows', () => says(ada.node, 'waiting'))
    const left = await watch(ada, transport)
    await bob.node.start()
    await left.shows(PATIENCE_MS, 'needs-you')
    const right = await watch(bob, transport)
    await right.shows(PATIENCE_MS, 'needs-you')
    expect(safeBetween(left.sights, 0)).toEqual([])
    expect(safeBetween(right.sights, 0)).toEqual([])

    await left.goTo('/attention')
    await left.page.getByRole('button', { name: /^Keep this, .*bob/ }).click()
    await Promise.all([left, right].map((window) => window.shows(PATIENCE_MS, 'safe')))
    for (const { path } of [ada, bob]) {
      expect(readFileSync(join(path, 'notes.txt'), 'utf8')).toBe('Bob was here, too\n')
      expect(readdirSync(path).filter((name) => !name.startsWith('.'))).toEqual(['notes.txt'])
    }
  })
})

function watch({ node }: Place, transport: Transport): Promise<Watched> {
  return openWatched(node, transport, FOLDER)
}

async function says(node: RealNode, word: string): Promise<boolean> {
  return (await node.folder(FOLDER)).status.word === word
}

/** When the second file got its name, whole. */
async function untilSameFile(sent: string, arrived: string): Promise<number> {
  const { size } = statSync(sent)
  await eventually(PATIENCE_MS, `${arrived} is there`, () => statSync(arrived).size === size)
  // Its last change is that it lost the name under which it arrived; a look comes later.
  const arrivedMs = statSync(arrived).ctimeMs
  // A file appears whole or not at all.
  expect(readFileSync(arrived).equals(readFileSync(sent))).toBe(true)
  return arrivedMs
}
