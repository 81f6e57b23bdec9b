/** electron-builder.yml: what its schema checks, and what it does not. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../architecture/read-sources.ts'

interface Packaging {
  readonly appId: string
  readonly asar: boolean
  readonly npmRebuild: boolean
  readonly files: readonly string[]
  readonly electronFuses: Record<string, boolean>
  readonly nsis: Record<string, unknown>
  readonly linux: { readonly target: readonly string[]; readonly icon: string }
  readonly win: { readonly target: readonly { readonly target: string }[] }
  readonly mac: { readonly target: readonly string[] }
}

/** The library is electron-builder's own: found from it, whichever way npm laid it out. */
const builder = createRequire(createRequire(import.meta.url).resolve('electron-builder/package.json'))
const { getConfig, validateConfiguration } = builder('app-builder-lib/out/util/config/config.js') as {
  getConfig(directory: string, file: string | null, extra: object | null): Promise<Packaging>
  validateConfiguration(config: object, log: object): Promise<void>
}
const { DebugLogger } = builder('builder-util') as { DebugLogger: new (isEnabled: boolean) => object }

const CONFIG = await getConfig(ROOT, join(ROOT, 'electron-builder.yml'), null)

test('the schema knows every key and every type', async () => {
  await validateConfiguration(CONFIG, new DebugLogger(false))
  const wrong = { ...CONFIG, linux: { ...CONFIG.linux, icn: 'x' } }
  await expect(validateConfiguration(wrong, new DebugLogger(false))).rejects.toThrow(
    'configuration.linux should',
  )
})

test('every target is one that electron-builder knows: the schema takes any word', () => {
  expect(CONFIG.linux.target).toEqual(['AppImage', 'deb', 'rpm', 'tar.gz'])
  expect(CONFIG.win.target.map(({ target }) => target)).toEqual(['nsis'])
  expect(CONFIG.mac.target).toEqual(['dmg', 'zip'])
})

test('names that installed copies are found by never change', () => {
  expect(CONFIG.appId).toBe('app.peerfold.desktop')
  expect(CONFIG.nsis).not.toHaveProperty('guid')
  expect(CONFIG.nsis['deleteAppDataOnUninstall']).toBe(false)
})

test('the packed app cannot be turned into a Node, inspected, or fed other code', () => {
  expect(CONFIG.electronFuses).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  })
  expect([CONFIG.asar, CONFIG.npmRebuild]).toEqual([true, false])
})
