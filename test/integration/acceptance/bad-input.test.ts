/**
 * Bad input at the command line. Promises for each case the exit code, the code, the next step, and
 * that nothing was changed by it.
 */
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CODES } from '../../../src/node/base/errors.ts'
import type { ErrorCode } from '../../../src/node/base/errors.ts'
import { openStage, share, unprivilegedObstacle } from '../../support/real-nodes.ts'
import type { Ended, RealNode } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import { FOLDER, twoPlaces } from '../../support/two-places.ts'

const STRANGER = '12D3KooWLxm9S1awerWe2bzQ4jV6JZKmRx5uAWHP3GksH7YS2HuE'

interface Problem {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

/** The command failed with this code and told what to do next, and printed no result. */
function expectRefusal(ended: Ended, code: ErrorCode): Problem {
  const last = ended.err.trimEnd().split('\n').at(-1) ?? ''
  expect(last, ended.err).toMatch(/^\{"error":/)
  const { error } = JSON.parse(last) as { error: Problem }
  expect({ ...error, exit: ended.exit, out: ended.out }).toMatchObject({
    code,
    hint: CODES[code].hint,
    exit: CODES[code].exit,
    out: '',
  })
  expect(error.message).not.toBe('')
  return error
}

/** What a refused command must leave alone. */
function configOf(home: string): string {
  return createHash('sha256')
    .update(readFileSync(join(home, 'config.json')))
    .digest('hex')
}

test('what cannot be shared, trusted or dialled is refused, with a next step, and changes nothing', async () => {
  const stage = openStage()
  const node = await stage.node('ada')
  const shared = stage.make('shared')
  mkdirSync(join(shared, 'inside'))
  const free = stage.make('free')
  const file = join(stage.directory, 'file')
  writeFileSync(file, 'a file')
  await share(node, FOLDER, shared, [])
  const before = configOf(node.home)

  const cases: { what: string[]; code: ErrorCode }[] = [
    { what: ['folder', 'add', join(free, 'missing'), '--id', 'new'], code: 'FOLDER_PATH_MISSING' },
    { what: ['folder', 'add', file, '--id', 'new'], code: 'FOLDER_PATH_NOT_DIRECTORY' },
    { what: ['folder', 'add', join(shared, 'inside'), '--id', 'new'], code: 'FOLDER_PATH_OVERLAPS' },
    { what: ['folder', 'add', stage.directory, '--id', 'new'], code: 'FOLDER_PATH_OVERLAPS' },
    { what: ['folder', 'add', shared, '--id', 'new'], code: 'FOLDER_PATH_OVERLAPS' },
    { what: ['folder', 'add', node.home, '--id', 'new'], code: 'FOLDER_PATH_OVERLAPS' },
    { what: ['folder', 'add', free, '--id', FOLDER], code: 'FOLDER_EXISTS' },
    { what: ['folder', 'add', free, '--id', 'a/b'], code: 'BAD_FOLDER_ID' },
    { what: ['folder', 'add', free, '--id', 'new', '--device', STRANGER], code: 'DEVICE_NOT_FOUND' },
    { what: ['folder', 'add', free], code: 'BAD_INPUT' },
    { what: ['folder', 'pause', 'nothing'], code: 'FOLDER_NOT_FOUND' },
    { what: ['device', 'add', 'not an id'], code: 'BAD_DEVICE_ID' },
    { what: ['device', 'add', node.id], code: 'OWN_DEVICE' },
    { what: ['device', 'add', STRANGER, '--address', 'host:22000'], code: 'BAD_ADDRESS' },
    { what: ['device', 'add', STRANGER, '--address', '/ip4/300.1.1.1/tcp/1'], code: 'BAD_ADDRESS' },
    { what: ['device', 'remove', STRANGER], code: 'DEVICE_NOT_FOUND' },
    { what: ['versions', 'restore', FOLDER, 'nothing'], code: 'VERSION_NOT_FOUND' },
    { what: ['files', 'upload', FOLDER, file, '--as', '../escaped'], code: 'BAD_PATH' },
    { what: ['files', 'upload', FOLDER, file, '--as', '.peerfold/marker'], code: 'BAD_PATH' },
    { what: ['files', 'download', FOLDER, 'nothing', '--to', join(free, 'x')], code: 'FILE_NOT_FOUND' },
    { what: ['frobnicate'], code: 'BAD_INPUT' },
  ]
  for (const { what, code } of cases) expectRefusal(await node.run(...what), code)
  expect(configOf(node.home)).toBe(before)
  expect(readdirSync(free)).toEqual([])
  expect(readdirSync(join(shared, 'inside'))).toEqual([])
})

test('a directory that cannot be written is refused', async ({ skip }) => {
  const obstacle = await unprivilegedObstacle()
  if (obstacle !== undefined) skip(obstacle)
  const stage = openStage()
  const node = await stage.node('ada', { unprivileged: true })
  const directory = stage.make('of root')
  chmodSync(directory, 0o755)
  const before = configOf(node.home)
  expectRefusal(await node.run('folder', 'add', directory, '--id', 'new'), 'FOLDER_PATH_NOT_WRITABLE')
  expect(configOf(node.home)).toBe(before)
  expect(readdirSync(directory)).toEqual([])
})

describe('a second start', () => {
  test('on the same home is refused and does not disturb the first', async () => {
    const node = await openStage().node('ada')
    const { pid } = node
    const ended = await node.run('serve', '--api', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0')
    expectRefusal(ended, 'ALREADY_RUNNING')
    expect([node.pid, (await node.status()).device.id]).toEqual([pid, node.id])
    expectRefusal(await node.run('init'), 'ALREADY_INITIALISED')
  })

  test('on a port in use is refused, for devices and for the API', async () => {
    const stage = openStage()
    const node = await stage.node('ada')
    expect(await node.stop()).toBe(0)
    const port = await portInUse()
    const free = ['--listen', '/ip4/127.0.0.1/tcp/0', '--no-discovery']
    expectRefusal(await node.run('serve', '--api', `127.0.0.1:${port}`, ...free), 'PORT_IN_USE')
    const taken = ['--listen', `/ip4/127.0.0.1/tcp/${port}`, '--no-discovery']
    expectRefusal(await node.run('serve', '--api', '127.0.0.1:0', ...taken), 'PORT_IN_USE')
    await node.start() // a failed start holds nothing
    expect((await node.status()).device.id).toBe(node.id)
  })

  test('on a missing home says how to make one', async () => {
    const stage = openStage()
    const node = await stage.node('ada')
    await node.kill()
    rmSync(node.home, { recursive: true })
    expectRefusal(await node.run('serve', '--api', '127.0.0.1:0'), 'NOT_INITIALISED')
    expectRefusal(await node.run('status'), 'DAEMON_UNREACHABLE')
  })
})

async function portInUse(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const DAMAGES = [
  { damage: 'cut short', spoil: (text: string) => text.slice(0, text.length / 2) },
  { damage: 'empty', spoil: () => '' },
  { damage: 'edited by hand', spoil: (text: string) => text.replace('"shared"', '"other"') },
  { damage: 'no JSON at all', spoil: () => 'nonsense' },
]

test('a damaged configuration stops the start, and the copy beside it recovers', async () => {
  const stage = openStage()
  const node = await stage.node('ada')
  const directory = stage.make('a')
  writeFileSync(join(directory, 'kept'), 'kept')
  await share(node, FOLDER, directory, [])
  await node.ask('folder', 'set', FOLDER, '--name', 'so that a copy exists')
  expect(await node.stop()).toBe(0)
  const config = join(node.home, 'config.json')
  const whole = readFileSync(config, 'utf8')
  for (const { damage, spoil } of DAMAGES) {
    const spoiled = spoil(whole)
    expect(spoiled).not.toBe(whole)
    writeFileSync(config, spoiled)
    const problem = expectRefusal(await serve(node), 'CONFIG_DAMAGED')
    expect(problem.hint).toContain('config.json.previous')
    expect(readFileSync(config, 'utf8'), damage).toBe(spoiled)
  }
  copyFileSync(join(node.home, 'config.json.previous'), config)
  await node.start()
  const { folders, notices } = await node.status()
  expect(folders.map(({ id }) => id)).toEqual([FOLDER])
  expect(notices.map(({ code }) => code)).toEqual(['config-put-back'])
  await node.ask('notices', 'dismiss', '--all')
  expect(await node.stop()).toBe(0)
  await node.start()
  expect((await node.status()).notices).toEqual([])
  expect(readFileSync(join(directory, 'kept'), 'utf8')).toBe('kept')
})

function serve(node: RealNode): Promise<Ended> {
  return node.run('serve', '--api', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-discovery')
}

test('a missing configuration is damage too, never an empty list of folders', async () => {
  const places = await twoPlaces(openStage(), { fill: (a) => writeFileSync(join(a, 'kept'), 'kept') })
  const [{ node: ada }] = places
  expect(await ada.stop()).toBe(0)
  const config = join(ada.home, 'config.json')
  copyFileSync(config, `${config}.saved`)
  rmSync(config)
  expectRefusal(await serve(ada), 'CONFIG_DAMAGED')
  expect(readdirSync(ada.home)).not.toContain('config.json')
  copyFileSync(`${config}.saved`, config)
  await ada.start()
  expect([...(await untilSame(60_000, FOLDER, places)).keys()]).toEqual(['kept'])
})
