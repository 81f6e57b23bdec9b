/** A node that main has given up: the window says why, where to look, and offers another try. */
import { expect, test } from 'vitest'
import { CHANNELS } from '../../src/main/channels.ts'
import type { NodeReport } from '../../src/node/api/desktop-bridge.ts'
import { openStage } from '../support/real-nodes.ts'
import { useBrowser } from './support/browser.ts'
import { openDesktopWindow } from './support/desktop-window.ts'
import type { PageEnd } from './support/electron-in-page.ts'
import { pressOn } from './support/keys.ts'
import { examine } from './support/look.ts'

useBrowser()

test('a node that failed is told with its reason and its log, and a press of the button asks main to start it', async () => {
  const node = await openStage().node('ada', { desktop: true })
  const { page } = await openDesktopWindow(node)
  await page.getByText('No folders yet').first().waitFor()
  const asked: string[] = []
  await page.exposeBinding('noteAsked', (_source, channel: string) => void asked.push(channel))
  await page.evaluate(() => {
    const shared = window as never as Record<string, (channel: string) => unknown>
    shared['askMain'] = (channel) => {
      void shared['noteAsked']?.(channel)
      return Promise.resolve({ ok: true, value: undefined })
    }
  })
  const tell = (report: NodeReport): Promise<void> =>
    page.evaluate(
      ([channel, report]) =>
        (window as never as { electronEnd: PageEnd }).electronEnd.fromMain(channel, report),
      [CHANNELS.node, report] as const,
    )

  await node.kill()
  await tell({ state: 'failed', code: 'CONFIG_DAMAGED', logPath: '/home/ada/logs/peerfold.log' })
  const banner = page.getByRole('region', { name: /The node does not run/ })
  await banner.waitFor()
  expect(await banner.innerText()).toMatch(/configuration cannot be read[^]*\/home\/ada\/logs\/peerfold\.log/)
  expect(await examine(page, 'a node that failed')).toEqual([])

  await pressOn(banner.getByRole('button', { name: 'Start the node again' }))
  await expect.poll(() => asked).toEqual([CHANNELS.startNode])
  await tell({ state: 'starting' })
  await banner.waitFor({ state: 'hidden' })
})
