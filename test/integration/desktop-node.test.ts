/**
 * The node as a process of the desktop app, on a real home: what its parent hears of it, and that
 * it never stays behind. Promises that every process is ended when its test is over.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ApiCalls } from '../../src/node/api/client.ts'
import type { HostMessage, NodeMessage } from '../../src/node/api/host-messages.ts'
import { VirtualPorts } from '../../src/node/api/virtual-ports.ts'
import { eventually, within } from '../support/deadline.ts'
import { DESKTOP_ENTRY } from '../support/real-nodes.ts'

/** A start takes a second; on two busy cores several. */
const DEADLINE_MS = 60_000
/** Nobody else is met, and no port is fixed. */
const ALONE = ['--listen', '/ip4/127.0.0.1/tcp/0', '--no-discovery', '--log-level', 'error']

interface Started {
  readonly child: ChildProcess
  readonly said: NodeMessage[]
  readonly exited: Promise<number | null>
  tell(message: HostMessage): void
  /** The calls of a window whose port was handed over. */
  connect(): ApiCalls
  /** The next message of this kind. */
  hear<Kind extends NodeMessage['kind']>(kind: Kind): Promise<NodeMessage & { kind: Kind }>
}

function newHome(): string {
  const directory = mkdtempSync(join(tmpdir(), 'peerfold-desktop-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }))
  return join(directory, 'home')
}

function start(home: string, args: readonly string[] = [], node: readonly string[] = []): Started {
  const child = spawn(process.execPath, [...node, DESKTOP_ENTRY, '--home', home, ...ALONE, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const said: NodeMessage[] = []
  const ports = new VirtualPorts({ send: (message) => void child.send(message) })
  child.once('exit', () => ports.end())
  child.on('message', (message) => ports.take(message) || said.push(message as NodeMessage))
  return {
    child,
    said,
    exited: within(DEADLINE_MS, 'the node ends', exited),
    tell: (message) => void child.send(message),
    connect: () => {
      const port = ports.open({ kind: 'connect', user: { name: 'anna', role: 'owner' } })
      const calls: ApiCalls = createORPCClient(new RPCLink({ port }))
      port.start?.()
      return calls
    },
    hear: (kind) =>
      eventually(DEADLINE_MS, `the node says ${kind}`, () =>
        said.find((message) => message.kind === kind),
      ) as never,
  }
}

describe('the node of the desktop', () => {
  test('makes its home, says ready, serves its windows and nobody else, and stops when told to', async () => {
    const home = newHome()
    const node = start(home)
    // Handed over before there is anybody to take it.
    const early = node.connect()
    const status = await early.status.get()
    const ready = await node.hear('ready')
    expect(ready).toEqual({ kind: 'ready', id: status.device.id, home })
    expect(status.device.name).toBe(hostname())

    const directory = mkdtempSync(join(tmpdir(), 'peerfold-docs-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }))
    await node.connect().folders.add({ id: 'docs', path: directory })
    expect(await early.folders.list()).toMatchObject([{ id: 'docs' }])
    node.tell({ kind: 'find-folder', request: 7, folder: 'docs' })
    expect(await node.hear('folder')).toMatchObject({
      request: 7,
      path: expect.stringContaining('peerfold-docs-'),
    })

    expect(readdirSync(home).filter((name) => ['api.json', 'web-key'].includes(name))).toEqual([])
    await expect(early.session.invite()).rejects.toMatchObject({ code: 'NO_BROWSER_DOOR' })
    node.tell({ kind: 'stop' })
    expect(await node.exited).toBe(0)
  })

  test('opens a door when it is told to, and closes it behind itself', async () => {
    const home = newHome()
    const node = start(home, ['--api', '127.0.0.1:0'])
    const calls = node.connect()
    const { url, code } = await calls.session.invite()
    const { origin } = new URL(url)
    const answer = await fetch(`${origin}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
    expect(await answer.json()).toMatchObject({ signedIn: true })
    expect([statSync(join(home, 'web-key')).mode & 0o777, statSync(join(home, 'web-key')).size]).toEqual([
      0o600, 32,
    ])
    const cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!
    expect((await calls.node.stop()).stopping).toBe(true)
    expect(await node.exited).toBe(0)
    expect(existsSync(join(home, 'api.json'))).toBe(false)

    const again = start(home, ['--api', '127.0.0.1:0'])
    const { origin: next } = new URL((await again.connect().session.invite()).url)
    const known = await fetch(`${next}/api/v1/session`, { headers: { cookie } })
    expect(await known.json()).toMatchObject({ signedIn: true })
  })

  test('says why it cannot start, and ends', async () => {
    const home = newHome()
    await start(home).hear('ready')
    const second = start(home)
    expect(await second.hear('failed')).toEqual({
      kind: 'failed',
      code: 'ALREADY_RUNNING',
      message: expect.any(String),
      hint: expect.stringContaining('already runs'),
    })
    expect(await second.exited).toBe(4)
    const odd = start(newHome(), ['--api', 'nonsense'])
    expect(await odd.hear('failed')).toMatchObject({ code: 'BAD_INPUT' })
    expect(await odd.exited).toBe(2)
  })

  test('ends in good order when its parent is gone, whether it was ready or not', async () => {
    const home = newHome()
    const node = start(home, ['--api', '127.0.0.1:0'])
    await node.hear('ready')
    node.child.disconnect()
    expect(await node.exited).toBe(0)
    // A clean stop takes this file away; a killed node leaves it behind.
    expect(existsSync(join(home, 'api.json'))).toBe(false)
    const early = start(home)
    early.child.disconnect()
    expect(await early.exited).toBe(0)
  })

  test('ends at once on a rejection that nobody handles', async () => {
    const planted = `process.on('message', (m) => m.kind === 'stop' && Promise.reject(new Error('planted')))`
    const node = start(newHome(), [], ['--import', `data:text/javascript,${encodeURIComponent(planted)}`])
    await node.hear('ready')
    node.tell({ kind: 'stop' })
    expect(await node.exited).toBe(1)
  })

  test('runs for a parent only', async () => {
    const child = spawn(process.execPath, [DESKTOP_ENTRY], { stdio: ['ignore', 'ignore', 'pipe'] })
    let words = ''
    child.stderr.on('data', (bytes: Buffer) => (words += bytes.toString()))
    const exit = await within(DEADLINE_MS, 'it ends', new Promise((resolve) => child.once('close', resolve)))
    expect([exit, words]).toEqual([2, expect.stringContaining('peerfold serve')])
  })
})
