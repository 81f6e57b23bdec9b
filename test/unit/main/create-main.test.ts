/** The app put together, on an Electron made of records: what starts when, and what ends. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CHANNELS } from '../../../src/main/channels.ts'
import { createMain, type MainParts } from '../../../src/main/create-main.ts'
import type { MenuItem } from '../../../src/main/electron-port.ts'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { eventually } from '../../support/deadline.ts'
import { createFakeElectron, FakeEvent, FakePort } from '../../support/fake-electron.ts'

function begin(
  change: Partial<MainParts> = {},
  prepare: (fake: ReturnType<typeof createFakeElectron>) => void = () => {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'peerfold-main-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  mkdirSync(join(directory, 'renderer'))
  writeFileSync(join(directory, 'renderer/index.html'), '<!doctype html>')
  const fake = createFakeElectron(directory)
  prepare(fake)
  const clock = createFakeClock()
  const said: string[] = []
  createMain(fake.electron, {
    argv: ['.'],
    env: { PATH: '/bin' },
    platform: 'linux',
    uid: 1000,
    userName: 'anna',
    clock,
    paths: {
      preload: '/app/preload.cjs',
      renderer: join(directory, 'renderer'),
      node: '/app/desktop.js',
      icon: '/app/icon.png',
    },
    say: (line) => said.push(line),
    ...change,
  })
  const window = () => fake.windows.at(-1) ?? expect.unreachable()
  const node = () => fake.forks.at(-1) ?? expect.unreachable()
  const ask = (channel: string, ...args: unknown[]) =>
    fake.ipcMain.invoke(
      { sender: window().webContents, senderFrame: window().webContents.mainFrame },
      channel,
      ...args,
    )
  const connect = (): FakePort => {
    const port = new FakePort()
    const { webContents } = window()
    fake.ipcMain.emit(CHANNELS.connect, {
      sender: webContents,
      senderFrame: webContents.mainFrame,
      ports: [port],
    })
    return port
  }
  return { ...fake, directory, clock, said, window, node, ask, connect }
}

/** The app with its window open and its node running. */
async function running(change: Partial<MainParts> = {}) {
  const main = begin(change)
  await become(main)
  main.node().say({ kind: 'ready', id: 'x', home: '/home/anna' })
  return main
}

async function become(main: ReturnType<typeof begin>): Promise<void> {
  main.app.ready.resolve()
  await eventually(1_000, 'a window', () => main.windows.length > 0)
}

describe('before the app is ready', () => {
  test('the sandbox is on and the scheme registered, before the first wait', () => {
    const { app, schemes, windows, forks } = begin()
    expect(app.calls).toEqual(['enableSandbox', 'requestSingleInstanceLock'])
    expect(schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ])
    expect({ windows, forks }).toEqual({ windows: [], forks: [] })
  })

  test.each([
    { why: 'as root', change: { uid: 0 } },
    { why: 'without its sandbox', change: { argv: ['.', '--no-sandbox'] } },
  ])('it ends $why, with a sentence and nothing else', ({ change }) => {
    const { app, said, schemes } = begin(change)
    expect(app.calls).toEqual(['exit 1'])
    expect(said).toHaveLength(1)
    expect(schemes).toEqual([])
  })

  test('a packaged app ends with a debugger’s switch', () => {
    const { app } = begin({ argv: ['--remote-debugging-port=9222'] }, (fake) => (fake.app.isPackaged = true))
    expect(app.calls).toEqual(['exit 1'])
  })

  test('a second instance leaves everything to the first', async () => {
    const { app, windows, forks, ipcMain } = begin({}, (fake) => (fake.app.hasLock = false))
    app.ready.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    expect(app.calls).toContain('ended')
    expect({ windows, forks, handlers: ipcMain.handlers.size }).toEqual({
      windows: [],
      forks: [],
      handlers: 0,
    })
  })

  test('only a packaged app takes over the links of the system', () => {
    expect(begin().app.calls.join()).not.toContain('setAsDefaultProtocolClient')
    const packaged = begin({}, (fake) => (fake.app.isPackaged = true))
    expect(packaged.app.calls).toContain('setAsDefaultProtocolClient peerfold')
  })
})

describe('when it is ready', () => {
  test('one node and one window stand, pages come from the bundle, permissions are denied', async () => {
    const main = await running()
    expect(main.forks).toHaveLength(1)
    expect(main.node().path).toBe('/app/desktop.js')
    expect(main.windows).toHaveLength(1)
    const response = await main.handlers.get('app')?.(new Request('https://elsewhere/'))
    expect(response?.status).toBe(404)
    expect(main.window().options.icon).toBe('/app/icon.png')
    expect(main.session.check?.()).toBe(false)
    expect(main.session.device?.()).toBe(false)
    expect(main.menus).toHaveLength(1)
  })

  test('whoever started it hears of the window when it shows', async () => {
    const { window, said } = await running()
    expect(said).toEqual([])
    window().emit('ready-to-show')
    expect(said).toEqual(['peerfold: window ready'])
  })

  test('every page is kept from wandering off, also one that nobody expects', async () => {
    const { window } = await running()
    const event = new FakeEvent('https://example.org/')
    window().webContents.emit('will-navigate', event)
    expect(event.prevented).toBe(true)
    expect(window().webContents.windowOpen?.({ url: 'https://example.org/' })).toEqual({ action: 'deny' })
  })

  test('the log has main’s lines and the node’s', async () => {
    const { node, directory } = await running()
    node().stderr.write('{"msg":"from the node"}\n')
    const text = (): string => readFileSync(join(directory, 'logs/peerfold.log'), 'utf8')
    await eventually(1_000, 'the line', () => text().includes('from the node'))
    node().exit(9)
    expect(text()).toContain('"the node process ended"')
  })
})

describe('the window and the node', () => {
  test('meet by a port, with the user, after the sender was checked', async () => {
    const { connect, node, ipcMain, window } = await running()
    const port = connect()
    expect(node().received).toEqual([
      { message: { kind: 'connect', user: { name: 'anna', role: 'owner' } }, ports: [port] },
    ])
    const strange = new FakePort()
    ipcMain.emit(CHANNELS.connect, { sender: window().webContents, senderFrame: null, ports: [strange] })
    expect(strange.closed).toBe(true)
    expect(node().received).toHaveLength(1)
  })

  test('meet again when the node died: the page hears of it and its new port reaches the new node', async () => {
    const { connect, node, forks, window, clock, ask } = await running()
    connect()
    node().exit(1)
    await clock.advance(1_000)
    expect(forks).toHaveLength(2)
    const early = connect()
    expect(await ask(CHANNELS.nodeState)).toEqual({ ok: true, value: { state: 'starting' } })
    node().say({ kind: 'ready', id: 'x', home: '/home/anna' })
    expect(node().received.map(({ ports }) => ports)).toEqual([[early]])
    const heard = window().webContents.sent.filter(({ channel }) => channel === CHANNELS.node)
    expect(heard.map(({ message }) => (message as { state: string }).state)).toEqual([
      'running',
      'gone',
      'starting',
      'running',
    ])
  })

  test('part when the node dies too often: the page is told where the log is, and page and menu start it again', async () => {
    const { node, forks, ask, clock, directory, menus } = await running()
    for (let death = 0; death < 5; death++) {
      node().exit(1)
      await clock.advance(30_000)
    }
    expect(await ask(CHANNELS.nodeState)).toEqual({
      ok: true,
      value: { state: 'failed', code: 'INTERNAL', logPath: join(directory, 'logs/peerfold.log') },
    })
    expect(forks).toHaveLength(5)
    expect(await ask(CHANNELS.startNode)).toEqual({ ok: true, value: undefined })
    expect(await ask(CHANNELS.startNode)).toEqual({ ok: true, value: undefined })
    expect(forks).toHaveLength(6)
    node().say({ kind: 'failed', code: 'CONFIG_DAMAGED', message: 'broken' })
    node().exit(7)
    itemOf(menus[0], 'Start the node again').click?.()
    expect(forks).toHaveLength(7)
  })

  test('a directory is chosen by a dialog, or not', async () => {
    const { ask, chosen } = await running()
    expect(await ask(CHANNELS.chooseDirectory)).toEqual({ ok: true, value: '/home/anna/Photos' })
    chosen.canceled = true
    expect(await ask(CHANNELS.chooseDirectory)).toEqual({ ok: true, value: undefined })
  })

  test('a file is shown when its folder is one of the node’s', async () => {
    const { ask, node, shown, directory } = await running()
    node().on('test', () => {})
    const asked = ask(CHANNELS.showFile, 'photos', 'index.html')
    await eventually(1_000, 'the question', () => node().received.length > 0)
    node().say({ kind: 'folder', request: 1, path: join(directory, 'renderer') })
    expect(await asked).toEqual({ ok: true, value: undefined })
    expect(shown).toEqual([join(directory, 'renderer/index.html')])
    const unknown = ask(CHANNELS.showFile, 'etc', 'passwd')
    await eventually(1_000, 'the question', () => node().received.length > 1)
    node().say({ kind: 'folder', request: 2 })
    expect(await unknown).toEqual({ ok: false, code: 'FOLDER_NOT_FOUND' })
    expect(shown).toHaveLength(1)
  })
})

describe('a link or a second start', () => {
  test('shows the window that is there, at the screen of the link', async () => {
    const { app, window, windows } = await running()
    window().minimized = true
    app.emit('second-instance', {}, ['peerfold', 'peerfold://folders/photos'])
    expect(windows).toHaveLength(1)
    expect(window().calls).toEqual(['restore', 'show', 'focus'])
    expect(window().webContents.sent.at(-1)).toEqual({ channel: CHANNELS.show, message: '/folders/photos' })
  })

  test('without a link leaves the screen as it is, also after a link', async () => {
    const { app, window } = await running()
    const shown = (): number =>
      window().webContents.sent.filter(({ channel }) => channel === CHANNELS.show).length
    app.emit('second-instance', {}, ['peerfold', 'peerfold://devices'])
    app.emit('second-instance', {}, ['peerfold'])
    app.emit('activate')
    expect(shown()).toBe(1)
    expect(window().calls).toEqual(['show', 'focus', 'show', 'focus', 'show', 'focus'])
  })

  test('after the window was closed makes a new one', async () => {
    const { app, window, windows } = await running()
    window().close()
    app.emit('activate')
    expect(windows).toHaveLength(2)
    expect(window().urls).toEqual(['app://bundle/index.html'])
  })

  test('of nonsense shows the window and nothing else', async () => {
    const { app, window } = await running()
    const before = window().webContents.sent.length
    app.emit('second-instance', {}, ['peerfold', 'peerfold://folders/../../etc'])
    expect(window().calls).toEqual(['show', 'focus'])
    expect(window().webContents.sent).toHaveLength(before)
  })

  test('before the app is ready decides where its window begins', async () => {
    const byArgument = begin({ argv: ['.', 'peerfold://devices'] })
    await become(byArgument)
    expect(byArgument.window().urls).toEqual(['app://bundle/index.html#/devices'])
    const byEvent = begin()
    const event = new FakeEvent()
    byEvent.app.emit('open-url', event, 'peerfold://transfers')
    expect(event.prevented).toBe(true)
    await become(byEvent)
    expect(byEvent.window().urls).toEqual(['app://bundle/index.html#/transfers'])
  })
})

describe('the end', () => {
  test('comes when the last window closes: the node is asked, and the app waits for it', async () => {
    const { app, window, node } = await running()
    window().close()
    app.emit('window-all-closed')
    expect(node().received.at(-1)?.message).toEqual({ kind: 'stop' })
    expect(app.calls).not.toContain('ended')
    node().exit(0)
    await eventually(1_000, 'the end', () => app.calls.includes('ended'))
    expect(node().kills).toBe(0)
  })

  test('comes within ten seconds, with a kill, when the node does not', async () => {
    const { app, node, clock } = await running()
    app.quit()
    app.quit()
    await clock.advance(10_000)
    expect(node().kills).toBe(1)
    node().exit(-1)
    await eventually(1_000, 'the end', () => app.calls.includes('ended'))
    expect(app.calls.filter((call) => call === 'ended')).toHaveLength(1)
  })

  test('before the start leaves no node behind', async () => {
    const { app, forks, windows } = begin()
    app.quit()
    app.ready.resolve()
    await eventually(1_000, 'the end', () => app.calls.includes('ended'))
    expect({ forks, windows }).toEqual({ forks: [], windows: [] })
  })

  test('is followed by a new start for whoever asked meanwhile', async () => {
    const { app, node, windows } = await running()
    app.quit()
    app.emit('second-instance', {}, ['peerfold'])
    expect(windows).toHaveLength(1)
    node().exit(0)
    await eventually(1_000, 'the end', () => app.calls.includes('ended'))
    expect(app.calls).toContain('relaunch')
  })
})

describe('a page that dies', () => {
  const GONE = { reason: 'crashed', exitCode: 5 }

  test('is loaded again, three times', async () => {
    const { app, window } = await running()
    for (let death = 0; death < 5; death++) app.emit('render-process-gone', {}, window().webContents, GONE)
    expect(window().webContents.reloads).toBe(3)
  })

  test('by closing is not', async () => {
    const { app, window } = await running()
    app.emit('render-process-gone', {}, window().webContents, { reason: 'clean-exit', exitCode: 0 })
    window().webContents.destroyed = true
    app.emit('render-process-gone', {}, window().webContents, GONE)
    expect(window().webContents.reloads).toBe(0)
  })

  test('takes its waiting port along, as a window does that closes', async () => {
    const closing = begin()
    await become(closing)
    const waiting = closing.connect()
    closing.window().close()
    expect(waiting.closed).toBe(true)

    const main = begin()
    await become(main)
    const port = main.connect()
    main.app.emit('render-process-gone', {}, main.window().webContents, GONE)
    expect(port.closed).toBe(true)
  })
})

describe('keys', () => {
  test('are told to be unencrypted files, and a store without secrecy is called so', async () => {
    const { menus, messages, keyStore } = await running()
    keyStore.backend = 'basic_text'
    itemOf(menus[0], 'How keys are kept').click?.()
    await eventually(1_000, 'the message', () => messages.length > 0)
    expect(messages[0]).toMatchObject({
      type: 'warning',
      detail: expect.stringMatching(/not encrypted[^]*read by every program/),
    })
  })

  test('in a store without secrecy are noted in the log at the start', async () => {
    const main = begin({}, (fake) => (fake.keyStore.backend = 'basic_text'))
    await become(main)
    const text = (): string => readFileSync(join(main.directory, 'logs/peerfold.log'), 'utf8')
    expect(await eventually(1_000, 'the warning', () => text().includes('basic_text'))).toBe(true)
  })
})

function itemOf(menu: readonly MenuItem[] | undefined, label: string): MenuItem {
  const items = (menu ?? []).flatMap(({ submenu = [] }) => submenu)
  return items.find((item) => item.label === label) ?? expect.unreachable(`no item ${label}`)
}
