/** Menu, log file, key store, reload budget. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { MenuItem } from '../../../src/main/electron-port.ts'
import { findKeyStore } from '../../../src/main/key-storage.ts'
import { createLogFile } from '../../../src/main/log-file.ts'
import { menuTemplate } from '../../../src/main/menu.ts'
import { ReloadBudget } from '../../../src/main/renderer-care.ts'

describe('the menu', () => {
  const menu = (platform: string, isPackaged: boolean) =>
    menuTemplate({ platform, isPackaged }, (key) => key, { restartNode: () => {}, tellAboutKeys: () => {} })
  const roles = (items: readonly MenuItem[]): string[] =>
    items.flatMap(({ role, submenu = [] }) => [...(role ? [role] : []), ...roles(submenu)])

  test('has the roles for editing on every system, without which macOS cannot copy', () => {
    for (const platform of ['darwin', 'linux', 'win32'])
      expect(roles(menu(platform, true))).toContain('editMenu')
    expect(roles(menu('darwin', true))[0]).toBe('appMenu')
    expect(roles(menu('linux', true))).not.toContain('appMenu')
  })

  test('has developer tools only in development', () => {
    expect(roles(menu('linux', false))).toEqual(expect.arrayContaining(['reload', 'toggleDevTools']))
    for (const role of ['reload', 'toggleDevTools']) expect(roles(menu('linux', true))).not.toContain(role)
  })

  test('quits where closing a window is not the way to end a program', () => {
    expect(roles(menu('linux', true))).toContain('quit')
    expect(roles(menu('win32', true))).toContain('quit')
    expect(roles(menu('darwin', true))).toContain('close')
  })
})

describe('the log file', () => {
  function logFile(limitBytes: number) {
    const directory = mkdtempSync(join(tmpdir(), 'peerfold-log-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const path = join(directory, 'logs', 'peerfold.log')
    return { path, write: createLogFile(path, limitBytes) }
  }

  test('takes lines in order, and only its owner can read it', () => {
    const { path, write } = logFile(1_000)
    write('one\n')
    write('two\n')
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
    expect(statSync(path).mode & 0o077).toBe(0)
  })

  test('goes on where a former run ended, and keeps one file before it', () => {
    const { path, write } = logFile(10)
    write('123456\n')
    const next = createLogFile(path, 10)
    next('abc\n')
    expect(readFileSync(path, 'utf8')).toBe('abc\n')
    expect(readFileSync(`${path}.previous`, 'utf8')).toBe('123456\n')
    next('defghijk\n')
    expect(readFileSync(`${path}.previous`, 'utf8')).toBe('abc\n')
  })

  test('never throws, also where nothing can be written', () => {
    const { path, write } = logFile(1_000)
    write('one\n')
    const impossible = createLogFile(join(path, 'below', 'a.log'))
    expect(() => impossible('two\n')).not.toThrow()
  })
})

test.each([
  { platform: 'linux', available: true, backend: 'gnome_libsecret', store: 'system' },
  { platform: 'linux', available: true, backend: 'kwallet6', store: 'system' },
  { platform: 'linux', available: true, backend: 'basic_text', store: 'plain' },
  { platform: 'linux', available: false, backend: 'basic_text', store: 'none' },
  { platform: 'darwin', available: true, backend: '', store: 'system' },
  { platform: 'win32', available: false, backend: '', store: 'none' },
])('$platform with "$backend", available: $available, has the key store "$store"', async (given) => {
  const safeStorage = {
    isAsyncEncryptionAvailable: async () => given.available,
    getSelectedStorageBackend: () =>
      given.platform === 'linux' ? given.backend : expect.unreachable('Linux only'),
  }
  expect(await findKeyStore(safeStorage, given.platform)).toBe(given.store)
})

test('a key store that fails to answer is none', async () => {
  const safeStorage = {
    isAsyncEncryptionAvailable: () => Promise.reject(new Error('no bus')),
    getSelectedStorageBackend: () => 'gnome_libsecret',
  }
  expect(await findKeyStore(safeStorage, 'linux')).toBe('none')
})

test('a page is loaded again three times in ten minutes, and again later', () => {
  const budget = new ReloadBudget()
  expect([0, 1, 2, 3].map((atMs) => budget.spend(atMs))).toEqual([true, true, true, false])
  expect(budget.spend(600_000)).toBe(true)
  expect(budget.spend(600_000)).toBe(false)
})
