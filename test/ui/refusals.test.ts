/**
 * Web pages that are not ours, in a real browser whose owner is signed in. Promises that none of
 * them reads or changes anything, and that the node still answers its owner afterwards.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Frame, Page } from '@playwright/test'
import { expect, onTestFinished, test } from 'vitest'
import { openStage, type RealNode } from '../support/real-nodes.ts'
import { type Opened, openWindow, useBrowser } from './support/browser.ts'
import { signInLink } from './support/sign-in.ts'

/** A name that its owner points at this machine, as DNS rebinding does. */
const REBOUND = 'rebound.test'
useBrowser([`--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`])

interface Attempts {
  /** What a script of the page could read of each call. */
  readonly read: string[]
  readonly socket: 'opened' | 'refused'
}

/** Pages that try; each says where its script runs. */
const HOSTILE = [
  { page: 'another port of this machine, whose cookies are sent along', at: '127.0.0.1', frame: false },
  { page: 'another site', at: REBOUND, frame: false },
  { page: 'a sandboxed frame, whose origin is "null"', at: '127.0.0.1', frame: true },
] as const

test.each(HOSTILE)('$page neither reads nor changes anything', async ({ at, frame }) => {
  const { node, url, window } = await ownerOf()
  const hostile = await servePage(frame ? '<iframe sandbox="allow-scripts" srcdoc="<p>no</p>"></iframe>' : '')
  const statuses = answersOf(window.page, url)
  await window.page.goto(`http://${at}:${hostile}/`)
  const tried = await attempt(window.page, url)
  expect(tried).toEqual({ read: ['nothing', 'nothing', 'nothing'], socket: 'refused' })
  // The forms of old: sent without asking anybody first, and only the answer is hidden.
  expect(statuses.filter((status) => status < 400)).toEqual([])
  expect(statuses.length).toBeGreaterThan(1)
  window.expectComplaint(/WebSocket connection|ERR_|CORS|status of 4/)
  await stillServes(node, window, url)
})

test('a page under a foreign name that leads here gets nothing, not even the static files', async () => {
  const { node, url, window } = await ownerOf()
  const rebound = url.replace('127.0.0.1', REBOUND)
  const statuses = answersOf(window.page, rebound)
  await window.page.goto(`${rebound}/`)
  const tried = await attempt(window.page, rebound)
  // It is the page's own origin, so it may read the refusals, and only these.
  expect(tried.read.map((text) => (JSON.parse(text) as { code: string }).code)).toEqual(
    Array.from({ length: 3 }, () => 'FORBIDDEN'),
  )
  expect(tried.socket).toBe('refused')
  expect(new Set(statuses)).toEqual(new Set([403]))
  window.expectComplaint(/WebSocket connection|status of 403/)
  await stillServes(node, window, url)
})

test('our own page without a session is told so, and signs in', async () => {
  const node = await openStage().node('laptop')
  const { url, code } = await signInLink(node)
  const window = await openWindow()
  await window.page.goto(new URL('/api/v1/session', url).href)
  expect(await window.page.textContent('body')).toContain('"signedIn":false')
  const tried = await attempt(window.page, new URL(url).origin)
  expect(tried.read.map((text) => (JSON.parse(text) as { code: string }).code)).toEqual(
    Array.from({ length: 3 }, () => 'UNAUTHORIZED'),
  )
  expect(tried.socket).toBe('refused')
  const again = await Promise.all([1, 2].map(() => useCode(window.page, code)))
  expect(again.toSorted()).toEqual([200, 401]) // Good once, also for two at the same time.
  expect(await openSocket(window.page.mainFrame(), new URL(url).origin)).toBe('opened')
  window.expectComplaint(/WebSocket connection|status of 401/)
})

test('a link that is opened in a tab that asks for one signs in, and its code leaves the address', async () => {
  const node = await openStage().node('laptop')
  const { url } = await signInLink(node)
  const { page } = await openWindow()
  await page.goto(new URL(url).origin)
  await page.waitForSelector('.sign-in')
  // Only the fragment is another one, so that nothing is loaded anew.
  await page.goto(url)
  await page.waitForSelector('.screen')
  expect(page.url()).not.toContain('code')
})

/** A node whose owner is signed in, in the window that then strays. */
async function ownerOf(): Promise<{ node: RealNode; url: string; window: Opened }> {
  const node = await openStage().node('laptop')
  const { url, code } = await signInLink(node)
  const window = await openWindow()
  await window.page.goto(new URL('/api/v1/session', url).href)
  expect(await useCode(window.page, code)).toBe(200)
  return { node, url: new URL(url).origin, window }
}

function useCode(page: Page, code: string): Promise<number> {
  return page.evaluate(async (code) => {
    const body = JSON.stringify({ code })
    const headers = { 'content-type': 'application/json' }
    return (await fetch('/api/v1/session', { method: 'POST', body, headers })).status
  }, code)
}

/** Everything a page can try: reading, stopping, adding a device, a socket. */
async function attempt(page: Page, url: string): Promise<Attempts> {
  const frame = page.frames().at(-1) ?? page.mainFrame()
  const socket = await openSocket(frame, url)
  const read = await frame.evaluate(async (url) => {
    const read = async (path: string, init: RequestInit): Promise<string> => {
      try {
        const answer = await fetch(`${url}/api/v1${path}`, { credentials: 'include', ...init })
        return (await answer.text()) || 'nothing'
      } catch {
        return 'nothing' // Kept from the script.
      }
    }
    const device = '{"id":"12D3KooWKRyzVWW6ChFjQjK4miCty85Niy48tpPV95XdKu1BcvMA"}'
    const isOwn = location.origin === url
    const mode: RequestInit = isOwn ? {} : { mode: 'no-cors' }
    return [
      await read('/status', {}),
      await read('/stop', { method: 'POST', ...mode }),
      await read('/devices', { method: 'POST', body: device, ...mode }),
    ]
  }, url)
  return { read, socket }
}

function openSocket(frame: Frame, url: string): Promise<'opened' | 'refused'> {
  return frame.evaluate((url) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/rpc`, ['rpc'])
    return new Promise<'opened' | 'refused'>((resolve) => {
      socket.addEventListener('open', () => resolve('opened'))
      socket.addEventListener('error', () => resolve('refused'))
    })
  }, url)
}

function answersOf(page: Page, url: string): number[] {
  const statuses: number[] = []
  page.on('response', (answer) => {
    if (answer.url().startsWith(url)) statuses.push(answer.status())
  })
  return statuses
}

async function stillServes(node: RealNode, { page }: Opened, url: string): Promise<void> {
  expect(node.isRunning).toBe(true)
  expect((await node.status()).devices).toEqual([])
  await page.goto(`${url}/api/v1/session`)
  expect(await page.textContent('body')).toContain('"signedIn":true')
  expect(await openSocket(page.mainFrame(), url)).toBe('opened')
}

/** The port of a server that is not a node. */
async function servePage(body: string): Promise<number> {
  const server: Server = createServer((_request, response) => {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><title>Not ours</title>${body}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
