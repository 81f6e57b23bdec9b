/** The door between a page and main: who is heard, what is heard, and what goes back. */
import { describe, expect, test } from 'vitest'
import type { IpcEvent, IpcMainPort } from '../../../src/main/electron-port.ts'
import { createIpc, folderAndPath, noArguments } from '../../../src/main/ipc.ts'
import { START_PAGE } from '../../../src/main/own-page.ts'
import { PeerfoldError } from '../../../src/node/base/errors.ts'
import { type LogFields, silentLog } from '../../../src/node/base/log.ts'
import { createFakeElectron, FakeContents, FakePort } from '../../support/fake-electron.ts'

const CHANNEL = 'desktop:show-file'

function door() {
  const { ipcMain } = createFakeElectron('/nowhere')
  const ours = new FakeContents(1)
  const lines: { sentence: string; fields: LogFields | undefined }[] = []
  const log = {
    ...silentLog(),
    warn: (sentence: string, fields?: LogFields) => void lines.push({ sentence, fields }),
    error: (sentence: string, fields?: LogFields) => void lines.push({ sentence, fields }),
  }
  const ipc = createIpc({ ipcMain: ipcMain as IpcMainPort, log, isOurs: ({ id }) => id === ours.id })
  const event: IpcEvent = { sender: ours, senderFrame: ours.mainFrame }
  return { ipc, ipcMain, ours, event, lines }
}

/** Senders that are not the main frame of our page in our window. */
const STRANGERS: readonly { who: string; change: (event: IpcEvent) => IpcEvent }[] = [
  { who: 'a frame that is gone (null)', change: (event) => ({ ...event, senderFrame: null }) },
  {
    who: 'a frame inside our page',
    change: (event) => ({ ...event, senderFrame: { url: START_PAGE, parent: event.senderFrame } }),
  },
  {
    who: 'a page of the web',
    change: (event) => ({ ...event, senderFrame: { url: 'https://bundle/', parent: null } }),
  },
  { who: 'another window', change: (event) => ({ ...event, sender: new FakeContents(2) }) },
]

describe('a request', () => {
  test('of our page is answered', async () => {
    const { ipc, ipcMain, event } = door()
    ipc.handle(CHANNEL, folderAndPath, ({ folder, path }) => `${folder}:${path}`)
    expect(await ipcMain.invoke(event, CHANNEL, 'photos', 'a/b.jpg')).toEqual({
      ok: true,
      value: 'photos:a/b.jpg',
    })
  })

  test.each(STRANGERS)('of $who is refused before its arguments are looked at', async ({ change }) => {
    const { ipc, ipcMain, event, lines } = door()
    let worked = false
    let checked = false
    const check = (): true => (checked = true)
    ipc.handle(CHANNEL, check, () => (worked = true))
    expect(await ipcMain.invoke(change(event), CHANNEL, 'photos', 'a')).toEqual({
      ok: false,
      code: 'FORBIDDEN',
    })
    expect({ worked, checked, said: lines.length }).toEqual({ worked: false, checked: false, said: 1 })
  })

  test.each([
    { why: 'no arguments', args: [] },
    { why: 'one argument', args: ['photos'] },
    { why: 'three arguments', args: ['photos', 'a', 'b'] },
    { why: 'a number', args: ['photos', 1] },
    { why: 'null', args: [null, 'a'] },
    { why: 'an array', args: [['photos'], 'a'] },
    { why: 'an object that claims to be a text', args: [{ length: 3, toString: () => 'x' }, 'a'] },
    { why: 'no folder', args: ['', 'a'] },
    { why: 'a text without end', args: ['photos', 'a'.repeat(40_000)] },
  ])('with $why is BAD_INPUT', async ({ args }) => {
    const { ipc, ipcMain, event } = door()
    ipc.handle(CHANNEL, folderAndPath, () => expect.unreachable())
    expect(await ipcMain.invoke(event, CHANNEL, ...args)).toEqual({ ok: false, code: 'BAD_INPUT' })
  })

  test('that takes nothing is not given anything', async () => {
    const { ipc, ipcMain, event } = door()
    ipc.handle(CHANNEL, noArguments, () => 'fine')
    expect(await ipcMain.invoke(event, CHANNEL)).toEqual({ ok: true, value: 'fine' })
    expect(await ipcMain.invoke(event, CHANNEL, undefined)).toEqual({ ok: false, code: 'BAD_INPUT' })
  })

  test('that fails gets the code and nothing of the text', async () => {
    const { ipc, ipcMain, event, lines } = door()
    ipc.handle(CHANNEL, folderAndPath, ({ folder }) => {
      if (folder === 'gone') throw new PeerfoldError('FOLDER_NOT_FOUND', 'secret text', { secret: '/home' })
      throw new TypeError('secret text')
    })
    expect(await ipcMain.invoke(event, CHANNEL, 'gone', 'a')).toEqual({ ok: false, code: 'FOLDER_NOT_FOUND' })
    expect(lines).toEqual([])
    expect(await ipcMain.invoke(event, CHANNEL, 'other', 'a')).toEqual({ ok: false, code: 'INTERNAL' })
    expect(lines).toHaveLength(1)
  })
})

describe('a port', () => {
  test('of our page is taken', () => {
    const { ipc, ipcMain, event, ours } = door()
    const taken: unknown[] = []
    ipc.onPort('rpc:connect', (port, sender) => taken.push(port, sender))
    const port = new FakePort()
    ipcMain.emit('rpc:connect', { ...event, ports: [port] })
    expect(taken).toEqual([port, ours])
    expect(port.closed).toBe(false)
  })

  test.each(STRANGERS)('of $who is closed', ({ change }) => {
    const { ipc, ipcMain, event } = door()
    ipc.onPort('rpc:connect', () => expect.unreachable())
    const port = new FakePort()
    ipcMain.emit('rpc:connect', { ...change(event), ports: [port] })
    expect(port.closed).toBe(true)
  })

  test('that is missing, or not alone, is not taken', () => {
    const { ipc, ipcMain, event } = door()
    ipc.onPort('rpc:connect', () => expect.unreachable())
    const ports = [new FakePort(), new FakePort()]
    ipcMain.emit('rpc:connect', { ...event, ports: [] })
    ipcMain.emit('rpc:connect', { ...event, ports })
    expect(ports.map(({ closed }) => closed)).toEqual([true, true])
  })
})
