/** What an install says that cannot build. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../../architecture/read-sources.ts'

function install(): string {
  const root = mkdtempSync(join(tmpdir(), 'peerfold-prepare-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'scripts'))
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  copyFileSync(join(ROOT, 'scripts/prepare.js'), join(root, 'scripts/prepare.js'))
  return root
}

function prepare(root: string) {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/prepare.js')], {
    encoding: 'utf8',
  })
  return { status, stderr }
}

test('an install without the tools to build succeeds, and says what it lacks', () => {
  const { status, stderr } = prepare(install())
  expect(status).toBe(0)
  expect(stderr).toContain('the screens are not built')
  expect(stderr).toContain('--omit=dev')
})

test('a build that fails makes the install fail', () => {
  const root = install()
  mkdirSync(join(root, 'node_modules/electron-vite'), { recursive: true })
  writeFileSync(join(root, 'node_modules/electron-vite/package.json'), '{}')
  writeFileSync(join(root, 'scripts/build.ts'), `process.exitCode = 3`)
  expect(prepare(root).status).toBe(3)
})
