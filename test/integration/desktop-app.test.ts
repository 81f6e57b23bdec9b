/**
 * The desktop app with its real node: main on an Electron made of records, whose processes are real
 * ones. Promises what needs no window: that the two understand each other from the first start to
 * the last quit, and that a node killed at any moment comes back with what it knew.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { expect, onTestFinished, test } from 'vitest'
import { CHANNELS } from '../../src/main/channels.ts'
import { createMain } from '../../src/main/create-main.ts'
import type { PortMain, UtilityPort } from '../../src/main/electron-port.ts'
import type { Contract } from '../../src/node/api/contract.ts'
import type { NodeReport } from '../../src/node/api/desktop-bridge.ts'
import { VirtualPorts } from '../../src/node/api/virtual-ports.ts'
import { systemClock } from '../../src/node/base/clock.ts'
import { eventually, within } from '../support/deadline.ts'
import { createFakeElectron } from '../support/fake-electron.ts'
import { DESKTOP_ENTRY } from '../support/real-nodes.ts'

/** A start takes a second; on two busy cores several. */
const DEADLINE_MS = 60_000

/** A page's port as main sees it, on a real channel. */
class ChannelPort implements PortMain {
  readonly port: MessagePort
  constructor(port: MessagePort) {
    this.port = port
  }
  close(): void {
    this.port.close()
  }
}

/** A utility process that is a child of Node; ports travel over its channel. */
class ChildUtility extends EventEmitter implements UtilityPort {
  readonly child: ChildProcess
  readonly stdout
  readonly stderr
  readonly #ports: VirtualPorts

  constructor(entry: string, env: Record<string, string>) {
    super()
    const loopback = ['--listen', '/ip4/127.0.0.1/tcp/0', '--no-discovery']
    this.child = spawn(process.execPath, [entry, ...loopback], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.stdout = this.child.stdout
    this.stderr = this.child.stderr
    this.#ports = new VirtualPorts({ send: (message) => void this.child.send(message) })
    this.child.on('message', (message) => this.#ports.take(message) || this.emit('message', message))
    this.child.on('exit', (code) => {
      this.#ports.end()
      this.emit('exit', code ?? -1)
    })
  }

  postMessage(message: unknown, [port]: PortMain[] = []): void {
    if (port === undefined) return void this.child.send(message as object)
    const page = (port as ChannelPort).port
    const virtual = this.#ports.open(message)
    virtual.on('message', ({ data }) => page.postMessage(data))
    virtual.start?.()
    page.on('message', (data: string) => virtual.postMessage(data))
  }

  get pid(): number | undefined {
    return this.child.pid
  }

  kill(): boolean {
    return this.child.kill()
  }
}

async function openApp(home: string) {
  const directory = mkdtempSync(join(tmpdir(), 'peerfold-desktop-'))
  const fake = createFakeElectron(directory)
  const processes: ChildUtility[] = []
  createMain(
    {
      ...fake.electron,
      utilityProcess: {
        fork: (entry, _args, { env }) => {
          const utility = new ChildUtility(entry, env)
          processes.push(utility)
          return utility
        },
      },
    },
    {
      argv: [],
      env: { ...process.env, PEERFOLD_HOME: home },
      platform: process.platform,
      uid: 1000,
      userName: 'anna',
      clock: systemClock(),
      paths: { preload: '', icon: '', renderer: directory, node: DESKTOP_ENTRY },
      say: () => {},
    },
  )
  onTestFinished(() => {
    for (const { child } of processes) child.kill('SIGKILL')
    rmSync(directory, { recursive: true })
  })
  fake.app.ready.resolve()
  const [window] = await eventually(DEADLINE_MS, 'the window', () => fake.windows.length > 0 && fake.windows)
  const { webContents } = window ?? expect.unreachable()
  const frame = { sender: webContents, senderFrame: webContents.mainFrame }
  const ask = (channel: string, ...args: unknown[]) => fake.ipcMain.invoke(frame, channel, ...args)
  const states = (): string[] =>
    webContents.sent
      .filter(({ channel }) => channel === CHANNELS.node)
      .map(({ message }) => (message as NodeReport).state)
  const node = (): ChildProcess => processes.at(-1)?.child ?? expect.unreachable()
  /** As the page does: a channel, one end of it to main. */
  const connect = (): ContractRouterClient<Contract> => {
    const { port1, port2 } = new MessageChannel()
    onTestFinished(() => port1.close())
    fake.ipcMain.emit(CHANNELS.connect, { ...frame, ports: [new ChannelPort(port2)] })
    return createORPCClient(new RPCLink({ port: port1 }))
  }
  return { ...fake, processes, node, ask, states, connect, directory }
}

function newPlace(): { home: string; folder: string } {
  const place = mkdtempSync(join(tmpdir(), 'peerfold-home-'))
  onTestFinished(() => rmSync(place, { recursive: true }))
  mkdirSync(join(place, 'Photos'))
  writeFileSync(join(place, 'Photos', 'a.jpg'), 'x')
  return { home: join(place, 'home'), folder: join(place, 'Photos') }
}

test('a first start makes a home; a killed node comes back, and the window’s next port finds what it knew', async () => {
  const { home, folder } = newPlace()
  const app = await openApp(home)
  // The port is older than the node: it waits in main.
  const calls = app.connect()
  const added = await within(DEADLINE_MS, 'the folder', calls.folders.add({ id: 'photos', path: folder }))
  expect(added).toMatchObject({ id: 'photos', path: folder })

  expect(await app.ask(CHANNELS.showFile, 'photos', 'a.jpg')).toEqual({ ok: true, value: undefined })
  expect(app.shown).toEqual([join(folder, 'a.jpg')])
  expect(await app.ask(CHANNELS.showFile, 'photos', '../home/identity.key')).toEqual({
    ok: false,
    code: 'BAD_PATH',
  })
  expect(await app.ask(CHANNELS.showFile, 'other', 'a.jpg')).toEqual({ ok: false, code: 'FOLDER_NOT_FOUND' })

  app.node().kill('SIGKILL')
  await eventually(
    DEADLINE_MS,
    'the node running again',
    () => app.states().at(-1) === 'running' && app.states().length > 1,
  )
  expect(app.states()).toEqual(['running', 'gone', 'starting', 'running'])
  expect(app.processes).toHaveLength(2)
  const again = app.connect()
  const { folders } = await within(DEADLINE_MS, 'the status', again.status.get())
  expect(folders.map(({ id }) => id)).toEqual(['photos'])

  app.app.quit()
  await eventually(DEADLINE_MS, 'the end', () => app.app.calls.includes('ended'))
  expect(app.node().exitCode).toBe(0)
  expect(readFileSync(join(app.directory, 'logs/peerfold.log'), 'utf8')).toContain('"the node process ended"')
})

test('a home in use is told as such and not tried again', async () => {
  const { home } = newPlace()
  const first = await openApp(home)
  await eventually(DEADLINE_MS, 'the first node', () => first.states().at(-1) === 'running')
  const second = await openApp(home)
  await eventually(DEADLINE_MS, 'the second to give up', () => second.states().length > 0)
  expect(second.processes).toHaveLength(1)
  expect(await second.ask(CHANNELS.nodeState)).toEqual({
    ok: true,
    value: {
      state: 'failed',
      code: 'ALREADY_RUNNING',
      logPath: join(second.directory, 'logs/peerfold.log'),
    },
  })
  for (const app of [first, second]) app.app.quit()
  await eventually(DEADLINE_MS, 'both ends', () =>
    [first, second].every(({ app }) => app.calls.includes('ended')),
  )
})
