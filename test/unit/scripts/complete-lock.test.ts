/** The lock file names the native parts of every platform, so that npm ci accepts it everywhere. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { missingFrom, type Lock } from '../../../scripts/complete-lock.ts'

const LOCK = JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')) as Lock

test('nothing is missing from package-lock.json; "npm run lock:complete" adds what is', () => {
  expect([...missingFrom(LOCK).keys()]).toEqual([])
  expect(Object.keys(LOCK.packages).length).toBeGreaterThan(100)
})

test('finds a removed entry and writes it as npm would', () => {
  const { 'node_modules/@oxlint/binding-linux-x64-gnu': removed, ...packages } = LOCK.packages
  const found = missingFrom({ packages })
  expect([...found.keys()]).toEqual(['node_modules/@oxlint/binding-linux-x64-gnu'])
  const { integrity: _unknown, license: _too, ...known } = removed ?? {}
  expect([...found.values()]).toEqual([known])
})

test.each([
  { name: '@bufbuild/buf-linux-armv7', os: 'linux', cpu: 'arm', libc: undefined },
  { name: '@oxlint/binding-linux-arm-musleabihf', os: 'linux', cpu: 'arm', libc: ['musl'] },
  { name: '@oxlint/binding-win32-ia32-msvc', os: 'win32', cpu: 'ia32', libc: undefined },
  { name: '@oxlint/binding-android-arm-eabi', os: 'android', cpu: 'arm', libc: undefined },
])('reads the platform of $name', ({ name, os, cpu, libc }) => {
  const lock = { packages: { 'node_modules/tool': { dev: true, optionalDependencies: { [name]: '1.2.3' } } } }
  const entry = missingFrom(lock).get(`node_modules/${name}`)
  expect(entry).toMatchObject({ version: '1.2.3', optional: true, dev: true, os: [os], cpu: [cpu] })
  expect(entry?.libc).toEqual(libc)
})
