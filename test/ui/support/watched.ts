/**
 * A window that is watched: all it shows of the state of a folder, beside all that its node says.
 * Promises to begin with the first document and to end with the test.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ApiAddress } from '../../../src/node/api/api-address.ts'
import { connectClient } from '../../../src/node/api/client.ts'
import { eventually } from '../../support/deadline.ts'
import type { RealNode } from '../../support/real-nodes.ts'
import { type AppWindow, openApp, type Transport } from './app.ts'
import { type Sight, watchSights } from './sights.ts'
import { lies, Statements } from './truth.ts'

export interface Watched extends AppWindow {
  readonly sights: readonly Sight[]
  /** What it showed and should not have. */
  lies(): string[]
  /** Waits until every verdict on the screen is this word. */
  shows(deadlineMs: number, word: string): Promise<void>
}

/** `folder` is the only one of the node. */
export async function openWatched(node: RealNode, transport: Transport, folder: string): Promise<Watched> {
  const said = new Statements()
  await followNode(node, folder, said)
  let sights: readonly Sight[] = []
  const window = await openApp(node, transport, {
    prepare: async (_context, page) => {
      sights = await watchSights(page)
    },
  })
  return {
    ...window,
    sights,
    lies: () => lies(sights, said),
    shows: async (deadlineMs, word) => {
      await eventually(deadlineMs, `${node.name} shows ${word} only`, async () => {
        const words = await window.page
          .locator('.state-text, .state-icon')
          .evaluateAll((elements) => elements.map((element) => element.getAttribute('class') ?? ''))
        return words.length > 0 && words.every((classes) => classes.split(' ').includes(`state-${word}`))
      })
    },
  }
}

/** A connection of its own: what the window gets must not be its own witness. */
async function followNode(node: RealNode, folder: string, said: Statements): Promise<void> {
  const address = JSON.parse(readFileSync(join(node.home, 'api.json'), 'utf8')) as ApiAddress
  const client = await connectClient(address)
  const ending = new AbortController()
  const followed = said.follow(folder, client.watchStatus(ending.signal))
  onTestFinished(async () => {
    ending.abort()
    client.close()
    await followed
  })
  await eventually(10_000, `${node.name} says something`, () => said.now !== undefined)
}
