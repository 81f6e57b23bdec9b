/** What a page sees of the desktop. */
import { expect, test } from 'vitest'
import { CHANNELS } from '../../../src/main/channels.ts'
import { exposeDesktop, type PageWindow } from '../../../src/main/preload-bridge.ts'
import type { DesktopBridge, NodeReport } from '../../../src/node/api/desktop-bridge.ts'

type Hearing = (event: unknown, ...args: unknown[]) => void
type MessageListener = Parameters<PageWindow['addEventListener']>[1]

function exposed() {
  const world = new Map<string, unknown>()
  const invoked: unknown[][] = []
  const posted: unknown[][] = []
  const hearing = new Set<{ channel: string; listener: Hearing }>()
  const answers: unknown[] = []
  const onMessage: MessageListener[] = []
  const page = {
    location: { hash: '' },
    addEventListener: (_type: string, listener: MessageListener) => onMessage.push(listener),
  }
  exposeDesktop(
    {
      contextBridge: { exposeInMainWorld: (name, api) => world.set(name, api) },
      ipcRenderer: {
        invoke: async (...args) => {
          invoked.push(args)
          return answers.shift() ?? { ok: true, value: undefined }
        },
        postMessage: (...args) => posted.push(args),
        on: (channel, listener) => hearing.add({ channel, listener }),
        removeListener: (channel, listener) => {
          for (const one of hearing)
            if (one.channel === channel && one.listener === listener) hearing.delete(one)
        },
      },
      webUtils: { getPathForFile: (file) => `/disk/${file.name}` },
    },
    page,
    { platform: 'linux', version: '1.2.3' },
  )
  /** As main sends; the first argument is Electron's event, which no page may ever get. */
  const send = (channel: string, message: unknown): void => {
    for (const one of hearing) if (one.channel === channel) one.listener({ sender: 'electron' }, message)
  }
  const message = (event: { source: unknown; data: unknown; ports: readonly object[] }): void => {
    for (const listener of onMessage) listener(event)
  }
  return {
    world,
    desktop: world.get('desktop') as DesktopBridge<File>,
    invoked,
    posted,
    hearing,
    answers,
    page,
    send,
    message,
  }
}

test('exposes these keys under one name, and nothing that is Electron’s', () => {
  const { world, desktop } = exposed()
  expect([...world.keys()]).toEqual(['desktop'])
  expect(Object.keys(desktop).sort()).toEqual([
    'chooseDirectory',
    'onNode',
    'pathForFile',
    'platform',
    'showFile',
    'startNode',
    'version',
  ])
  for (const value of Object.values(desktop)) expect(['string', 'function']).toContain(typeof value)
  expect(desktop).toMatchObject({ platform: 'linux', version: '1.2.3' })
})

test('gives the path of a dropped file', () => {
  expect(exposed().desktop.pathForFile(new File([], 'a.txt'))).toBe('/disk/a.txt')
})

test('asks main by its channels and gives the answer, or an error that is a code', async () => {
  const { desktop, invoked, answers } = exposed()
  answers.push(
    { ok: true, value: '/home/anna/Photos' },
    { ok: true, value: 'nobody needs this' },
    { ok: true, value: 'nor this' },
    { ok: false, code: 'BAD_PATH' },
  )
  expect(await desktop.chooseDirectory()).toBe('/home/anna/Photos')
  expect(await desktop.showFile('photos', 'a.jpg')).toBeUndefined()
  expect(await desktop.startNode()).toBeUndefined()
  await expect(desktop.showFile('photos', '../a.jpg')).rejects.toThrow(/^BAD_PATH$/)
  expect(invoked).toEqual([
    [CHANNELS.chooseDirectory],
    [CHANNELS.showFile, 'photos', 'a.jpg'],
    [CHANNELS.startNode],
    [CHANNELS.showFile, 'photos', '../a.jpg'],
  ])
})

test('tells the state of the node first, then every change, without Electron’s event', async () => {
  const { desktop, answers, send, hearing } = exposed()
  answers.push({ ok: true, value: { state: 'starting' } })
  const heard: unknown[][] = []
  const end = desktop.onNode((...args) => heard.push(args))
  await Promise.resolve(answers)
  await expect.poll(() => heard.length).toBe(1)
  send(CHANNELS.node, { state: 'failed', code: 'INTERNAL', logPath: '/x.log' } satisfies NodeReport)
  expect(heard).toEqual([
    ['starting', { state: 'starting' }],
    ['failed', { state: 'failed', code: 'INTERNAL', logPath: '/x.log' }],
  ])
  const before = hearing.size
  end()
  expect(hearing.size).toBe(before - 1)
  send(CHANNELS.node, { state: 'running' })
  expect(heard).toHaveLength(2)
})

test('does not tell an old state after a newer one, nor any after the end', async () => {
  const { desktop, answers, send } = exposed()
  answers.push({ ok: true, value: { state: 'starting' } }, { ok: true, value: { state: 'starting' } })
  const heard: string[] = []
  desktop.onNode((state) => heard.push(state))
  send(CHANNELS.node, { state: 'running' })
  const ended: string[] = []
  desktop.onNode((state) => ended.push(state))()
  // Two turns of promises: the answers are in.
  await new Promise((resolve) => setImmediate(resolve))
  expect({ heard, ended }).toEqual({ heard: ['running'], ended: [] })
})

test('passes one port of its own page on to main, and nothing else', () => {
  const { message, posted, page } = exposed()
  const port = { port: 1 }
  message({ source: page, data: CHANNELS.connect, ports: [port] })
  message({ source: {}, data: CHANNELS.connect, ports: [port] })
  message({ source: null, data: CHANNELS.connect, ports: [port] })
  message({ source: page, data: 'else', ports: [port] })
  message({ source: page, data: { toString: () => CHANNELS.connect }, ports: [port] })
  message({ source: page, data: CHANNELS.connect, ports: [] })
  message({ source: page, data: CHANNELS.connect, ports: [port, port] })
  expect(posted).toEqual([[CHANNELS.connect, null, [port]]])
})

test('shows the screen that main asks for', () => {
  const { send, page } = exposed()
  send(CHANNELS.show, { toString: () => '/devices' })
  expect(page.location.hash).toBe('')
  send(CHANNELS.show, '/folders/photos')
  expect(page.location.hash).toBe('/folders/photos')
})
