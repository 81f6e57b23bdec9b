/** The configuration file, its edits and its store. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ErrorCode, PeerfoldError } from '../../../src/node/base/errors.ts'
import { checkDialAddress, checkListenAddress } from '../../../src/node/config/address.ts'
import { encodeConfig, initialConfig, parseConfig } from '../../../src/node/config/config-file.ts'
import { type ConfigFiles, createConfigStore } from '../../../src/node/config/config-store.ts'
import { checkDeviceId } from '../../../src/node/config/device-id.ts'
import * as edit from '../../../src/node/config/edit.ts'
import { DEFAULT_GUARD } from '../../../src/node/core/folder-policy.ts'
import { DEFAULT_SETTINGS, Settings, SETTINGS } from '../../../src/node/config/settings.ts'
import { CONFIG_VERSION } from '../../../src/node/config/schema.ts'
import { upgradeConfig } from '../../../src/node/config/upgrades.ts'

/** Ids of keys made for this test; nobody uses them. */
const OWN = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
const LAPTOP = '12D3KooWQYzLqMUsmVgjfXFyQ1qBzGHkPQLwFpJTGpWzFcGfCHgQ'
const DESK = '12D3KooWHFrmLWTTDD4NodngtRMEVYgxrsDMp4F9iSwYntZ9WjHa'

const empty = initialConfig('here')
const one = edit.addDevice(empty, OWN, { id: LAPTOP, name: 'Laptop' }, 5)
const photos = { id: 'photos', path: '/home/me/photos', devices: [LAPTOP], markerId: 'm1' }
const shared = edit.addFolder(one, OWN, photos)

function codeOfThrown(run: () => unknown): ErrorCode | 'nothing' {
  try {
    run()
    return 'nothing'
  } catch (error) {
    if (error instanceof PeerfoldError) return error.code
    throw error
  }
}

describe('ids and addresses', () => {
  test.each([
    { id: OWN, ok: true },
    { id: '', ok: false },
    { id: `${OWN}x`, ok: false },
    { id: OWN.replace('E', '0'), ok: false },
    { id: 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N', ok: false },
    { id: `12D3Koo${'z'.repeat(45)}`, ok: false },
  ])('device id $id is accepted: $ok', ({ id, ok }) => {
    expect(codeOfThrown(() => checkDeviceId(id))).toBe(ok ? 'nothing' : 'BAD_DEVICE_ID')
  })

  test.each([
    { address: '/ip4/192.168.1.5/tcp/22000', ok: true },
    { address: '/ip6/fe80::1/tcp/1/tls', ok: true },
    { address: '/ip6zone/eth0/ip6/fe80::1/tcp/1', ok: true },
    { address: `/dns4/nas.example/tcp/22000/tls/p2p/${LAPTOP}`, ok: true },
    { address: `/dns4/nas.example/tcp/22000/p2p/${DESK}`, ok: false },
    { address: '/ip4/192.168.1.5/tcp/0', ok: false },
    { address: '/ip4/192.168.1.5/udp/22000', ok: false },
    { address: '/ip4/192.168.1/tcp/22000', ok: false },
    { address: '/ip4/192.168.1.5/tcp/65536', ok: false },
    { address: '/ip4/192.168.1.5/tcp/022', ok: false },
    { address: '/ip4/192.168.1.5/tcp/22000/ws', ok: false },
    { address: '/__proto__/x/tcp/1', ok: false },
    { address: '192.168.1.5:22000', ok: false },
    { address: '', ok: false },
  ])('dial address $address is accepted: $ok', ({ address, ok }) => {
    expect(codeOfThrown(() => checkDialAddress(address, LAPTOP))).toBe(ok ? 'nothing' : 'BAD_ADDRESS')
  })

  test.each([
    { address: '/ip4/0.0.0.0/tcp/0', ok: true },
    { address: '/dns4/host/tcp/1', ok: false },
    { address: `/ip4/0.0.0.0/tcp/1/p2p/${LAPTOP}`, ok: false },
  ])('listen address $address is accepted: $ok', ({ address, ok }) => {
    expect(codeOfThrown(() => checkListenAddress(address))).toBe(ok ? 'nothing' : 'BAD_ADDRESS')
  })
})

test.each(['', '  ', 'x'.repeat(101), '\ud800'])('a node cannot be named %j', (name) => {
  expect(codeOfThrown(() => initialConfig(name))).toBe('BAD_INPUT')
})

describe('edits', () => {
  test('adding a known device again changes what is given and keeps the rest', () => {
    const again = edit.addDevice(one, OWN, { id: LAPTOP, addresses: ['/ip4/10.0.0.1/tcp/1'] }, 9)
    expect(again.devices).toEqual([
      { id: LAPTOP, name: 'Laptop', addresses: ['/ip4/10.0.0.1/tcp/1'], addedAtMs: 5 },
    ])
  })

  test('removing a device takes it out of its folders', () => {
    expect(edit.removeDevice(shared, LAPTOP)).toMatchObject({ devices: [], folders: [{ devices: [] }] })
  })

  test('a folder goes both ways and is guarded unless it is said otherwise', () => {
    expect(shared.folders[0]).toMatchObject({ mode: 'send-receive', guard: DEFAULT_GUARD })
    const free = edit.setFolder(shared, OWN, 'photos', { guard: null, mode: 'receive-only' })
    expect(free.folders[0]).toMatchObject({ mode: 'receive-only', guard: null })
    expect(edit.setFolder(free, OWN, 'photos', { name: 'p' }).folders[0]).toMatchObject({ guard: null })
  })

  test('a folder is named after its id when it has no name', () => {
    expect(shared.folders[0]).toMatchObject({ name: 'photos', paused: false, ignoreRules: [] })
  })

  test.each<{ rule: string; run: () => unknown; code: ErrorCode }>([
    { rule: 'own id as a device', run: () => edit.addDevice(one, OWN, { id: OWN }, 1), code: 'OWN_DEVICE' },
    { rule: 'a bad id', run: () => edit.addDevice(one, OWN, { id: 'x' }, 1), code: 'BAD_DEVICE_ID' },
    {
      rule: 'a bad address',
      run: () => edit.addDevice(one, OWN, { id: DESK, addresses: ['/ip4/x'] }, 1),
      code: 'BAD_ADDRESS',
    },
    {
      rule: 'an empty name',
      run: () => edit.addDevice(one, OWN, { id: DESK, name: ' ' }, 1),
      code: 'BAD_INPUT',
    },
    {
      rule: 'a guard whose least is more than its most',
      run: () => edit.setFolder(shared, OWN, 'photos', { guard: { percent: 50, least: 9, most: 8 } }),
      code: 'BAD_INPUT',
    },
    { rule: 'an unknown device', run: () => edit.removeDevice(one, DESK), code: 'DEVICE_NOT_FOUND' },
    {
      rule: 'an id in use',
      run: () => edit.addFolder(shared, OWN, { ...photos, path: '/x' }),
      code: 'FOLDER_EXISTS',
    },
    {
      rule: 'a bad folder id',
      run: () => edit.addFolder(one, OWN, { ...photos, id: 'a/b' }),
      code: 'BAD_FOLDER_ID',
    },
    {
      rule: 'dots as a folder id',
      run: () => edit.addFolder(one, OWN, { ...photos, id: '..' }),
      code: 'BAD_FOLDER_ID',
    },
    {
      rule: 'a path inside a folder',
      run: () => edit.addFolder(shared, OWN, { ...photos, id: 'b', path: '/home/me/photos/2026' }),
      code: 'FOLDER_PATH_OVERLAPS',
    },
    {
      rule: 'a path around a folder',
      run: () => edit.addFolder(shared, OWN, { ...photos, id: 'b', path: '/' }),
      code: 'FOLDER_PATH_OVERLAPS',
    },
    {
      rule: 'the same path',
      run: () => edit.addFolder(shared, OWN, { ...photos, id: 'b' }),
      code: 'FOLDER_PATH_OVERLAPS',
    },
    {
      rule: 'a path around the home of the node',
      run: () => edit.checkHoldsNoHome('/home/me', '/home/me/.local/share/peerfold'),
      code: 'FOLDER_PATH_OVERLAPS',
    },
    {
      rule: 'the home of the node itself',
      run: () => edit.checkHoldsNoHome('/srv/peerfold', '/srv/peerfold'),
      code: 'FOLDER_PATH_OVERLAPS',
    },
    {
      rule: 'a folder for an unknown device',
      run: () => edit.setFolder(shared, OWN, 'photos', { devices: [DESK] }),
      code: 'DEVICE_NOT_FOUND',
    },
    {
      rule: 'a folder for the own device',
      run: () => edit.setFolder(shared, OWN, 'photos', { devices: [OWN] }),
      code: 'OWN_DEVICE',
    },
    { rule: 'an unknown folder', run: () => edit.removeFolder(shared, 'music'), code: 'FOLDER_NOT_FOUND' },
  ])('$rule is refused with $code', ({ run, code }) => {
    expect(codeOfThrown(run)).toBe(code)
  })

  test('a path that only begins alike is apart', () => {
    const more = edit.addFolder(shared, OWN, { ...photos, id: 'b', path: '/home/me/photos-old' })
    expect(more.folders).toHaveLength(2)
  })
})

describe('the file', () => {
  test('is readable JSON that says its version', () => {
    const file = JSON.parse(new TextDecoder().decode(encodeConfig(shared)))
    expect(file).toMatchObject({
      checksum: expect.stringMatching(/^sha256:/),
      config: { version: 2, device: { name: 'here' } },
    })
  })

  const text = new TextDecoder().decode(encodeConfig(shared))
  test.each<{ rule: string; text: string }>([
    { rule: 'empty', text: '' },
    { rule: 'zeros', text: '\0\0\0\0' },
    { rule: 'cut short', text: text.slice(0, -20) },
    { rule: 'an empty object', text: '{}' },
    { rule: 'a list', text: '[]' },
    { rule: 'changed by hand', text: text.replace('"here"', '"there"') },
    { rule: 'without checksum', text: text.replace(/"checksum": "[^"]+",/, '') },
  ])('$rule is damaged, never an empty configuration', ({ text: bad }) => {
    expect(codeOfThrown(() => parseConfig(new TextEncoder().encode(bad)))).toBe('CONFIG_DAMAGED')
  })

  test('a newer file is refused as such', () => {
    expect(codeOfThrown(() => upgradeConfig({ version: 99 }))).toBe('CONFIG_TOO_NEW')
  })

  test('a file of the first version gets the mode and the guard that new folders have', () => {
    const bytes = readFileSync(new URL('../../fixtures/config/version-1.json', import.meta.url))
    const folder = { ...photos, name: 'photos', paused: true, ignoreRules: ['*.tmp'] }
    expect(parseConfig(bytes)).toMatchObject({
      version: CONFIG_VERSION,
      folders: [{ ...folder, mode: 'send-receive', guard: DEFAULT_GUARD }],
    })
  })

  test('an older file goes through every upgrade in order', () => {
    const upgrades = { 1: (body: object) => ({ ...body, a: 1 }), 2: (body: object) => ({ ...body, b: 2 }) }
    expect(upgradeConfig({ version: 1 }, upgrades, 3)).toEqual({ version: 3, a: 1, b: 2 })
  })

  test('old contents are kept for 30 days unless it is said otherwise, and nothing turns that off', () => {
    expect(initialConfig('laptop').settings.versions.keepDays).toBe(30)
    const { versions: _, ...before } = DEFAULT_SETTINGS
    expect(Settings.parse(before).versions.keepDays, 'written before there was the setting').toBe(30)
    const with0Days = { ...DEFAULT_SETTINGS, versions: { ...DEFAULT_SETTINGS.versions, keepDays: 0 } }
    expect(Settings.safeParse(with0Days).success).toBe(false)
  })

  test('every setting is explained, and every explanation has its setting', () => {
    const leaves = Object.entries(DEFAULT_SETTINGS).flatMap(([key, value]) =>
      Array.isArray(value) || typeof value !== 'object'
        ? [key]
        : Object.keys(value).map((leaf) => `${key}.${leaf}`),
    )
    expect(SETTINGS.map((row) => row.key)).toEqual(leaves)
    expect(Settings.parse(DEFAULT_SETTINGS)).toEqual(DEFAULT_SETTINGS)
  })
})

describe('the store', () => {
  /** A file in memory whose writes wait until they are let go. */
  function fakeFiles(bytes: Uint8Array | undefined) {
    const waiting: (() => void)[] = []
    const files = {
      bytes,
      held: false,
      failing: false,
      writes: 0,
      release: () => waiting.shift()?.(),
      read: async () => files.bytes,
      replace: async (next: Uint8Array) => {
        if (files.held) await new Promise<void>((resolve) => waiting.push(resolve))
        if (files.failing) throw new PeerfoldError('DISK_FULL', 'no space')
        files.writes++
        files.bytes = next
      },
    }
    return files satisfies ConfigFiles
  }

  test('a home without a file is not initialised', async () => {
    await expect(createConfigStore(fakeFiles(undefined))).rejects.toMatchObject({ code: 'NOT_INITIALISED' })
  })

  test('a damaged file stops the start', async () => {
    await expect(createConfigStore(fakeFiles(new Uint8Array(9)))).rejects.toMatchObject({
      code: 'CONFIG_DAMAGED',
    })
  })

  test('a change takes effect only when it is written', async () => {
    const files = fakeFiles(encodeConfig(empty))
    const store = await createConfigStore(files)
    files.held = true
    const done = store.update((config) => edit.addDevice(config, OWN, { id: LAPTOP }, 1))
    await Promise.resolve()
    expect(store.get().devices).toHaveLength(0)
    files.release()
    expect((await done).devices).toHaveLength(1)
    expect(store.get().devices).toHaveLength(1)
    expect(parseConfig(files.bytes!)).toEqual(store.get())
  })

  test('changes asked for at once are made one after the other', async () => {
    const store = await createConfigStore(fakeFiles(encodeConfig(empty)))
    const add = (id: string) => store.update((config) => edit.addDevice(config, OWN, { id }, 1))
    await Promise.all([add(LAPTOP), add(DESK)])
    expect(store.get().devices.map((device) => device.id)).toEqual([LAPTOP, DESK])
  })

  test('a failed write changes nothing and does not stop the next one', async () => {
    const files = fakeFiles(encodeConfig(empty))
    const store = await createConfigStore(files)
    files.failing = true
    const add = () => store.update((config) => edit.addDevice(config, OWN, { id: LAPTOP }, 1))
    await expect(add()).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(store.get()).toEqual(empty)
    files.failing = false
    expect((await add()).devices).toHaveLength(1)
  })

  test('a change that breaks the schema is refused and not written', async () => {
    const files = fakeFiles(encodeConfig(empty))
    const store = await createConfigStore(files)
    const broken = store.update((config) => ({ ...config, device: { name: '' } }))
    await expect(broken).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(files.writes).toBe(0)
  })

  test('what is handed out cannot be changed', async () => {
    const store = await createConfigStore(fakeFiles(encodeConfig(shared)))
    expect(() => (store.get().folders as unknown[]).push({})).toThrow(TypeError)
  })
})
