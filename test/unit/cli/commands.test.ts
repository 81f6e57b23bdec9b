/** Every command against a served fake node: streams, JSON, exit codes. */
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CODES } from '../../../src/node/base/errors.ts'
import type { NodeStatus } from '../../../src/node/api/node-port.ts'
import { momentText, parseMoment } from '../../../src/node/cli/moment.ts'
import { openShell } from '../../support/command-line.ts'
import { LAPTOP_ID, OWN_ID } from '../../support/fake-node.ts'

async function openWithFolder(settings: Parameters<typeof openShell>[0] = {}) {
  const shell = await openShell(settings)
  await shell.node.addFolder({ id: 'docs', path: '/docs', devices: [] })
  return shell
}

describe('the node', () => {
  test('init makes a home, named after the host unless told otherwise', async () => {
    const shell = await openShell({ initialised: false })
    const made = await shell.run('init', '--name', 'Desk', '--home', '/h', '--json')
    expect([made.exit, made.json()]).toEqual([0, { id: OWN_ID, name: 'Desk', home: '/h' }])
    const again = await shell.run('init')
    expect([again.exit, again.out]).toEqual([4, ''])
    expect(again.err).toContain('ALREADY_INITIALISED')
  })

  test('id prints the id alone', async () => {
    const shell = await openShell()
    expect((await shell.run('id')).out).toBe(`${OWN_ID}\n`)
    expect((await shell.run('id', '--json')).out).toBe(`{"id":"${OWN_ID}"}\n`)
  })

  test('serve says where it is and runs until it is interrupted', async () => {
    const shell = await openShell()
    const running = shell.run('serve', '--api', '127.0.0.1:0', '--no-discovery', '--json')
    await expect.poll(() => shell.served).toHaveLength(1)
    shell.interrupt()
    const ran = await running
    expect(ran.json()).toMatchObject({
      id: OWN_ID,
      url: 'http://127.0.0.1:8005',
      pid: process.pid,
      signIn: 'http://127.0.0.1:8005/#code=c0de',
    })
    expect(shell.served[0]?.options).toMatchObject({ api: { host: '127.0.0.1', port: 0 }, discovery: false })
    expect(ran.exit).toBe(0)
  })

  test('serve prints for a person where a browser signs in, once', async () => {
    const shell = await openShell()
    shell.interrupt()
    const { out } = await shell.run('serve')
    expect(out.match(/http:\/\/127\.0\.0\.1:8005\/#code=c0de/g)).toHaveLength(1)
  })

  test('ui prints an address that signs one browser in, and nothing else', async () => {
    const shell = await openShell()
    expect((await shell.run('ui')).out).toMatch(/^http:\S+#code=\S*\n$/)
    const made = (await shell.run('ui', '--json')).json<{ code: string; url: string; expiresMs: number }>()
    expect(Object.keys(made).toSorted()).toEqual(['code', 'expiresMs', 'url'])
    expect(shell.signIn.open(made.code, '127.0.0.1').value).not.toBe('')
  })

  test('serve that cannot listen ends with the code', async () => {
    const ran = await (await openShell()).run('serve', '--api', '127.0.0.1:1')
    expect([ran.exit, ran.out]).toEqual([6, ''])
    expect(ran.err).toContain(CODES.PORT_IN_USE.hint)
  })

  test.each([true, false])(
    'start serves, and makes the home first when needed (initialised: %s)',
    async (initialised) => {
      const shell = await openShell({ initialised })
      shell.interrupt()
      const ran = await shell.run('start')
      expect(ran.exit).toBe(0)
      expect(ran.out.includes('Made ')).toBe(!initialised)
      expect(ran.out).toContain('Peerfold runs.')
    },
  )

  test('stop returns when the process is gone', async () => {
    const shell = await openShell()
    expect((await shell.run('stop', '--json')).json()).toEqual({ stopped: true, pid: 4711 })
    expect(shell.node.calls).toContain('stop')
  })

  test('stop is content with a line that goes down before the answer', async () => {
    const shell = await openShell()
    shell.node.stop = async () => {
      shell.node.calls.push('stop')
      await shell.close()
    }
    expect((await shell.run('stop')).out).toBe('Stopped.\n')
  })

  test('status --json is what the API says, on one line', async () => {
    const shell = await openWithFolder()
    const ran = await shell.run('status', '--json')
    expect(ran.out.split('\n')).toHaveLength(2)
    expect(ran.json<NodeStatus>()).toEqual(await shell.node.status())
  })

  test('status for people names devices, folders, errors and conflicts', async () => {
    const shell = await openWithFolder()
    await shell.node.addDevice({ id: LAPTOP_ID, name: 'Laptop\u001b[31m' })
    const status = await shell.node.status()
    const folder = {
      ...status.folders[0]!,
      errors: [{ path: 'a/b', code: 'FILE_UNREADABLE', message: 'x' }],
      errorCount: 1,
    }
    shell.node.status = async () => ({ ...status, folders: [folder] })
    const { out } = await shell.run('status')
    expect(out).toContain('  Laptop\\u{1b}[31m  never seen')
    expect(out).toContain('Waiting: 1 item only on this device')
    expect(out).toMatch(/^ {2}a\/b: .* \(FILE_UNREADABLE\)$/m)
  })

  test.each([
    { word: 'needs-you', reason: 'held', next: 'peerfold held list docs' },
    { word: 'waiting', reason: 'local-changes', next: 'peerfold folder revert docs' },
    { word: 'waiting', reason: 'remote-changes', next: 'peerfold folder override docs' },
  ] as const)('status names the command that decides: $reason', async ({ word, reason, next }) => {
    const shell = await openWithFolder()
    const status = await shell.node.status()
    const held = { word, reason, params: { count: 3 } }
    const safe = status.folders[0]!.status
    for (const said of [held, { ...safe, also: held }]) {
      shell.node.status = async () => ({ ...status, folders: [{ ...status.folders[0]!, status: said }] })
      expect((await shell.run('status')).out).toContain(`"${next}"`)
    }
  })

  test('nearby lists who was heard', async () => {
    expect((await (await openShell()).run('nearby', '--json')).json()).toMatchObject({
      devices: [{ id: LAPTOP_ID }],
    })
  })
})

describe('devices and folders', () => {
  test('devices are added, listed and removed', async () => {
    const shell = await openShell()
    const added = await shell.run(
      'device',
      'add',
      LAPTOP_ID,
      '--name',
      'Laptop',
      '--address',
      '/ip4/10.0.0.1/tcp/1',
      '--json',
    )
    expect(added.json()).toMatchObject({ id: LAPTOP_ID, name: 'Laptop', addresses: ['/ip4/10.0.0.1/tcp/1'] })
    expect((await shell.run('device', 'list', '--json')).json()).toMatchObject({
      devices: [{ id: LAPTOP_ID }],
    })
    expect((await shell.run('device', 'list')).out).toContain('Laptop')
    expect((await shell.run('device', 'remove', LAPTOP_ID, '--json')).json()).toEqual({ removed: LAPTOP_ID })
    expect((await shell.run('device', 'list')).out).toBe('No devices yet.\n')
  })

  test('folders are added by a path relative to where one is', async () => {
    const shell = await openShell()
    const ran = await shell.run('folder', 'add', 'here', '--id', 'docs', '--device', LAPTOP_ID, '--json')
    expect(ran.json()).toMatchObject({
      id: 'docs',
      path: join(shell.cwd, 'here'),
      devices: [{ id: LAPTOP_ID }],
    })
    expect((await shell.run('folder', 'list', '--json')).json()).toMatchObject({ folders: [{ id: 'docs' }] })
  })

  test('folders are shared anew, with nobody, paused, resumed and removed', async () => {
    const shell = await openWithFolder()
    const set = await shell.run('folder', 'set', 'docs', '--device', LAPTOP_ID, '--json')
    expect(set.json()).toMatchObject({ devices: [{ id: LAPTOP_ID }] })
    expect((await shell.run('folder', 'set', 'docs', '--name', 'Papers', '--json')).json()).toMatchObject({
      name: 'Papers',
      devices: [{ id: LAPTOP_ID }],
    })
    expect((await shell.run('folder', 'set', 'docs', '--no-devices', '--json')).json()).toMatchObject({
      devices: [],
    })
    expect((await shell.run('folder', 'pause', 'docs', '--json')).json()).toMatchObject({ state: 'paused' })
    expect((await shell.run('folder', 'resume', 'docs', '--json')).json()).toMatchObject({ state: 'idle' })
    expect((await shell.run('folder', 'remove', 'docs', '--json')).json()).toEqual({ removed: 'docs' })
    expect((await shell.run('folder', 'list')).out).toBe('No folders yet.\n')
  })

  test.each([
    { flags: [], json: { folder: 'docs', finished: false } },
    { flags: ['--wait'], json: { folder: 'docs', finished: true } },
  ])('rescan $flags', async ({ flags, json }) => {
    const shell = await openWithFolder()
    expect((await shell.run('folder', 'rescan', 'docs', ...flags, '--json')).json()).toEqual(json)
    expect(shell.node.calls).toContain(`rescan docs ${json.finished}`)
  })

  test('rescan --wait shows the status while a person watches, on the error stream', async () => {
    const shell = await openWithFolder({ draws: true })
    shell.node.onRescan = async () => {
      await expect.poll(() => shell.node.listeners.size).toBe(1)
      shell.node.change()
      await expect.poll(() => shell.node.calls.filter((call) => call === 'status').length).toBeGreaterThan(1)
    }
    const ran = await shell.run('folder', 'rescan', 'docs', '--wait')
    expect(ran.out).toBe('Scanned.\n')
    expect(ran.err).toMatch(/1 item, Waiting/)
    expect(ran.err.endsWith('\r\u001b[K')).toBe(true)
  })
})

describe('files', () => {
  test('a file goes up with its time and mode, is listed, comes down and is deleted', async () => {
    const shell = await openWithFolder()
    const attributes: unknown[] = []
    const { uploadFile } = shell.node
    shell.node.uploadFile = (folder, path, content, given, signal) => {
      attributes.push(given)
      return uploadFile(folder, path, content, given, signal)
    }
    writeFileSync(join(shell.cwd, 'a.txt'), 'hello', { mode: 0o640 })
    utimesSync(join(shell.cwd, 'a.txt'), 1000, 2000)
    expect((await shell.run('files', 'upload', 'docs', 'a.txt', '--json')).json()).toMatchObject({
      path: 'a.txt',
      size: 5,
    })
    expect(attributes).toEqual([{ mtimeNs: 2_000_000_000_000n, mode: 0o640, sizeBytes: 5, mustBeNew: false }])
    await shell.run('files', 'upload', 'docs', 'a.txt', '--as', 'deep/b.txt')
    expect((await shell.run('files', 'list', 'docs', '--json')).json()).toMatchObject({
      files: [{ path: 'a.txt' }, { path: 'deep/b.txt' }],
    })
    expect((await shell.run('files', 'list', 'docs', 'deep')).out).toMatch(/^5 B {2}.* {2}deep\/b.txt\n$/)
    const down = await shell.run('files', 'download', 'docs', 'deep/b.txt', '--json')
    expect(down.json()).toEqual({ path: 'deep/b.txt', to: join(shell.cwd, 'b.txt'), size: 5 })
    expect(readFileSync(join(shell.cwd, 'b.txt'), 'utf8')).toBe('hello')
    expect(statSync(join(shell.cwd, 'b.txt')).mtimeMs).toBeCloseTo(1_700_000_000_123, -1)
    expect((await shell.run('files', 'delete', 'docs', 'a.txt', '--json')).json()).toEqual({
      deleted: 'a.txt',
    })
  })

  test('a download never overwrites, and leaves nothing behind when it fails', async () => {
    const shell = await openWithFolder()
    shell.node.files.set('docs/a', Buffer.from('theirs'))
    writeFileSync(join(shell.cwd, 'a'), 'mine')
    const ran = await shell.run('files', 'download', 'docs', 'a')
    expect([ran.exit, ran.err]).toEqual([4, expect.stringContaining('FILE_EXISTS')])
    expect(readFileSync(join(shell.cwd, 'a'), 'utf8')).toBe('mine')
    expect(existsSync(join(shell.cwd, 'a.partial'))).toBe(false)
  })

  test('listings follow every page', async () => {
    const shell = await openWithFolder()
    for (let at = 0; at < 2_001; at++)
      shell.node.files.set(`docs/${String(at).padStart(5, '0')}`, new Uint8Array())
    const { files } = (await shell.run('files', 'list', 'docs', '--json')).json<{ files: unknown[] }>()
    expect(files).toHaveLength(2_001)
  })

  test('an upload shows how far it is while a person watches', async () => {
    const shell = await openWithFolder({ draws: true })
    writeFileSync(join(shell.cwd, 'big'), Buffer.alloc(1_000_000))
    const { err, out } = await shell.run('files', 'upload', 'docs', 'big')
    expect(err).toMatch(/big: .* of 1.0 MB, \d+ %/)
    expect(out).toBe('big: 1.0 MB\n')
  })
})

describe('ignore rules and versions', () => {
  test('rules are set from a file and printed so that they can be set again', async () => {
    const shell = await openWithFolder()
    writeFileSync(join(shell.cwd, 'rules'), '*.tmp\r\n\n!keep.tmp\n')
    const set = await shell.run('ignore', 'set', 'docs', '--file', 'rules', '--json')
    expect(set.json()).toEqual({ rules: ['*.tmp', '', '!keep.tmp'], shared: ['*.o'] })
    expect((await shell.run('ignore', 'get', 'docs')).out).toBe('*.tmp\n\n!keep.tmp\n')
    writeFileSync(join(shell.cwd, 'rules'), '')
    await shell.run('ignore', 'set', 'docs', '--file', 'rules')
    expect((await shell.run('ignore', 'get', 'docs')).out).toBe('')
  })

  test('versions are listed, put back and exported', async () => {
    const shell = await openWithFolder()
    const version = { size: 3, hash: 'sha256:1', parkedMs: 7, cause: 'deleted' as const, device: LAPTOP_ID }
    shell.node.versions.push({ id: 'v1', path: 'a', ...version }, { id: 'v2', path: 'b', ...version })
    expect((await shell.run('versions', 'list', 'docs', '--json')).json()).toMatchObject({
      versions: [{ id: 'v1' }, { id: 'v2' }],
    })
    expect((await shell.run('versions', 'list', 'docs')).out).toMatch(/v1 .* deleted {2}3 B {2}a\n/)
    expect(
      (await shell.run('versions', 'restore', 'docs', 'v2', '--to', 'c', '--json')).json(),
    ).toMatchObject({ path: 'c' })
    const exported = await shell.run('versions', 'export', 'docs', '--to', 'out', '--json')
    expect(exported.json()).toEqual({ files: 2, bytes: 2_500_000, problems: [], to: join(shell.cwd, 'out') })
    const odd = await shell.run('versions', 'export', 'odd', '--to', 'out')
    expect(odd.exit).toBe(6)
    expect(odd.err).toContain('a/b (NAME_UNUSABLE)')
  })

  test('the room that versions take is shown, with what would go and what is being done', async () => {
    const shell = await openWithFolder()
    const { out, exit } = await shell.run('versions', 'space', 'docs')
    expect(exit).toBe(0)
    const rows = out.trimEnd().split('\n')
    expect(rows[0]).toMatch(/^kept +5 versions$/)
    expect(rows.find((row) => row.startsWith('in packs'))).toMatch(/3 versions, .* in /)
    expect(rows.find((row) => row.startsWith('of unknown origin'))).toMatch(/1 version,/)
    expect(rows.find((row) => row.startsWith('would go'))).toMatch(
      /2 versions \(1 by age, 1 by the schedule\), about /,
    )
    expect(rows.at(-1)).toMatch(/^now +packing 1 of 2$/)
    expect((await shell.run('versions', 'space', 'docs', '--json')).json()).toMatchObject({
      packFileBytes: 4_000,
    })
    expect((await shell.run('versions', 'space', 'nowhere')).err).toContain('FOLDER_NOT_FOUND')
  })

  test('versions are pruned as asked, and only said with --dry-run', async () => {
    const shell = await openWithFolder()
    expect((await shell.run('versions', 'prune', 'docs')).out).toMatch(
      /^Removed 2 versions \(.*\), about .*\.\n$/,
    )
    const dry = await shell.run('versions', 'prune', 'docs', '--older-than', '0.5', '--dry-run')
    expect(dry.out).toMatch(/^Would remove 2 versions/)
    const all = await shell.run('versions', 'prune', 'docs', '--older-than', '0', '--json')
    expect(all.json()).toEqual({ versions: 2, bytes: 3_000, because: { age: 1, thinned: 1, room: 0 } })
    const asked = ['prune docs undefined false', 'prune docs 0.5 true', 'prune docs 0 false']
    expect(shell.node.calls.filter((call) => call.startsWith('prune'))).toEqual(asked)
  })

  test.each(['soon', '-1', '1e3', '99999', ''])('no number of days, nothing pruned: %j', async (days) => {
    const shell = await openWithFolder()
    const { err, exit } = await shell.run('versions', 'prune', 'docs', `--older-than=${days}`)
    expect(exit).not.toBe(0)
    expect(err).toContain('BAD_INPUT')
    expect(shell.node.calls.filter((call) => call.startsWith('prune'))).toEqual([])
  })
})

describe('history', () => {
  const content = {
    kind: 'file' as const,
    hash: 'sha256:1',
    size: 3,
    author: { id: 'x', name: 'Ada' },
    copies: [],
  }

  async function openWithHistory() {
    const shell = await openWithFolder()
    await shell.node.addDevice({ id: LAPTOP_ID, name: 'Laptop' })
    shell.node.histories.set('a', {
      entries: [
        { ...content, state: 'current', sinceMs: Date.UTC(2026, 0, 3) },
        {
          ...content,
          state: 'kept',
          untilMs: Date.UTC(2026, 0, 3),
          copies: [
            { device: LAPTOP_ID, version: 'theirs' },
            { device: OWN_ID, version: 'ours' },
          ],
        },
        { ...content, state: 'kept', copies: [{ device: LAPTOP_ID, version: 'far' }] },
        { ...content, state: 'not-kept', size: undefined },
        { ...content, state: 'deleted', author: { id: 'y', name: 'Bob\u001b[31m' } },
      ],
      told: [OWN_ID],
      missing: [LAPTOP_ID],
    })
    return shell
  }

  test('of a path is one line for each content, with what restoring it needs', async () => {
    const shell = await openWithHistory()
    const { out } = await shell.run('versions', 'list', 'docs', 'a')
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^now +2026-01-0\d \d\d:\d\d .* 3 B {2}Ada$/)
    expect(lines[1]).toMatch(/^kept .* ours$/)
    expect(lines[2]).toMatch(new RegExp(`^kept .* far --from ${LAPTOP_ID}$`))
    expect(lines[3]).toMatch(/^not kept {2}\? /)
    expect(lines[4]).toMatch(/^deleted /)
    expect(out).not.toContain('\u001b')
    expect(lines[5]).toBe('Not connected, and not asked: Laptop.')
    expect((await shell.run('versions', 'list', 'docs', 'a', '--json')).json()).toMatchObject({
      entries: [{ state: 'current' }, {}, {}, {}, {}],
      missing: [LAPTOP_ID],
    })
    expect((await shell.run('versions', 'list', 'docs', 'b')).out).toBe(
      'Nothing is remembered of this path.\n',
    )
  })

  test('a version of another device is asked of that device', async () => {
    const shell = await openWithHistory()
    shell.node.versions.push({
      id: 'far',
      path: 'a',
      size: 3,
      hash: '',
      parkedMs: 7,
      cause: 'deleted',
      device: '',
    })
    await shell.run('versions', 'restore', 'docs', 'far', '--from', LAPTOP_ID)
    expect(shell.node.calls).toContain(`from ${LAPTOP_ID}`)
  })

  test('a dry run shows what would be done, and whose history says so', async () => {
    const shell = await openWithHistory()
    shell.node.plan = {
      ...shell.node.plan,
      asOfMs: Date.UTC(2026, 0, 2),
      device: LAPTOP_ID,
      restored: 2,
      removed: 2_000,
      lostCount: 1,
      steps: [
        { path: 'a', does: 'restore', from: 'here' },
        { path: 'b', does: 'restore', from: 'elsewhere' },
        { path: 'c', does: 'remove' },
      ],
      lost: [{ path: 'd', why: 'away' }],
      missing: [LAPTOP_ID],
    }
    const { out } = await shell.run('restore', 'docs', '--at', '2026-01-02T00:00Z', '--dry-run')
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^As Laptop had it 2026-01-0\d \d\d:\d\d:$/),
      'restore  a',
      'restore  b (from another device)',
      'remove   c',
      'keep     d (not kept by any device that is connected)',
      '… and 1999 more',
      '2 contents to restore, 0 directories to make, 2000 to remove, 1 cannot be had.',
      'Not connected: Laptop.',
      '',
    ])
    expect(shell.node.calls).toContain(`plan docs  ${Date.UTC(2026, 0, 2)}`)
  })

  test('going back says how to undo it', async () => {
    const shell = await openWithHistory()
    const ran = await shell.run('restore', 'docs', 'a', '--at', '1700000000000')
    expect([ran.exit, ran.out]).toEqual([
      0,
      'Done: 2 changes, 5 B. To undo it, restore the moment before: --at 1970-01-01T00:00:00.077Z\n',
    ])
    expect(shell.node.calls).toContain('restore docs a 1700000000000')
    shell.node.restored = { removed: 1 }
    expect((await shell.run('restore', 'docs', '--at', '5')).out).toMatch(
      /^Done: 1 change, 5 B, 1 removed\. /,
    )
    shell.node.restored = { removed: 2 }
    expect((await shell.run('restore', 'docs', '--at', '5')).out).toMatch(/^Done: 2 removed\. /)
    shell.node.restored = { total: 0, done: 0 }
    expect((await shell.run('restore', 'docs', '--at', '5')).out).toBe('Nothing has changed since.\n')
  })

  test('what could not be restored is named, with an exit code', async () => {
    const shell = await openWithHistory()
    shell.node.restored = {
      problems: [{ path: 'a', code: 'PEER_GONE', message: 'away' }],
      problemCount: 12,
    }
    const ran = await shell.run('restore', 'docs', '--at', '5')
    expect([ran.exit, ran.out]).toEqual([6, ''])
    expect(ran.err).toContain('12 paths could not be restored: a (PEER_GONE) and 11 more')
  })

  test('an interrupted restore stops and says so', async () => {
    const shell = await openWithHistory()
    const running = shell.run('restore', 'docs', 'endless', '--at', '5')
    await expect.poll(() => shell.node.calls).toContain('restore docs endless 5')
    shell.interrupt()
    const ran = await running
    expect([ran.exit, ran.out]).toEqual([1, ''])
    expect(ran.err).toMatch(/stopped (after \d+ of 2|before anything was changed)/)
    await expect.poll(() => shell.node.calls).toContain('restore ended')
  })

  test.each([
    { text: '2026-11-20 14:05', ms: new Date(2026, 10, 20, 14, 5).getTime() },
    { text: '2026-11-20T14:05:06.7+02:00', ms: Date.UTC(2026, 10, 20, 12, 5, 6, 700) },
    { text: '2026-11-20', ms: new Date(2026, 10, 20).getTime() },
    { text: '1700000000123', ms: 1_700_000_000_123 },
  ])('$text is a moment', ({ text, ms }) => {
    expect(parseMoment(text)).toBe(ms)
    expect(parseMoment(momentText(ms))).toBe(ms)
  })

  test.each(['yesterday', '', '14:05', '2026-13-40', '2026-11-20 25:00', '20.11.2026', '-5'])(
    '"%s" is no moment',
    async (text) => {
      const shell = await openWithHistory()
      const ran = await shell.run('restore', 'docs', `--at=${text}`)
      expect([ran.exit, ran.out]).toEqual([2, ''])
    },
  )
})

describe('errors', () => {
  test.each([
    { line: ['nonsense'], exit: 2, code: 'BAD_INPUT' },
    { line: ['status', '--nonsense'], exit: 2, code: 'BAD_INPUT' },
    { line: ['device', 'add', 'x'], exit: 2, code: 'BAD_DEVICE_ID' },
    { line: ['device', 'remove', 'x'], exit: 3, code: 'DEVICE_NOT_FOUND' },
    { line: ['folder', 'add', 'p'], exit: 2, code: 'BAD_INPUT' },
    { line: ['folder', 'add', 'p', '--id', 'docs'], exit: 4, code: 'FOLDER_EXISTS' },
    { line: ['folder', 'pause', 'x'], exit: 3, code: 'FOLDER_NOT_FOUND' },
    { line: ['folder', 'set', 'docs', '--device', 'A', '--no-devices'], exit: 2, code: 'BAD_INPUT' },
    { line: ['files', 'upload', 'docs', 'missing'], exit: 3, code: 'FILE_NOT_FOUND' },
    { line: ['files', 'upload', 'docs', '.'], exit: 6, code: 'KIND_UNSUPPORTED' },
    { line: ['files', 'download', 'docs', 'missing'], exit: 3, code: 'FILE_NOT_FOUND' },
    { line: ['files', 'download', 'docs', '../x'], exit: 2, code: 'BAD_PATH' },
    { line: ['ignore', 'set', 'docs'], exit: 2, code: 'BAD_INPUT' },
    { line: ['ignore', 'set', 'docs', '--file', 'missing'], exit: 3, code: 'FILE_NOT_FOUND' },
    { line: ['versions', 'restore', 'docs', 'x'], exit: 3, code: 'VERSION_NOT_FOUND' },
    { line: ['versions', 'export', 'docs'], exit: 2, code: 'BAD_INPUT' },
    { line: ['restore', 'docs'], exit: 2, code: 'BAD_INPUT' },
    { line: ['restore', 'none', '--at', '5'], exit: 3, code: 'FOLDER_NOT_FOUND' },
    { line: ['restore', 'none', '--at', '5', '--dry-run'], exit: 3, code: 'FOLDER_NOT_FOUND' },
    { line: ['versions', 'export', 'none', '--to', 'x'], exit: 3, code: 'FOLDER_NOT_FOUND' },
  ])('$line ends with $exit and $code', async ({ line, exit, code }) => {
    const shell = await openWithFolder()
    const text = await shell.run(...line)
    expect([text.exit, text.out]).toEqual([exit, ''])
    expect(text.err).toContain(`(${code})\n${CODES[code as keyof typeof CODES].hint}\n`)
    const json = await shell.run(...line, '--json')
    expect([json.exit, json.out]).toEqual([exit, ''])
    expect(JSON.parse(json.err)).toMatchObject({
      error: { code, message: expect.any(String), hint: expect.any(String) },
    })
  })

  test.each(['status', 'stop', 'nearby', 'ui'])('%s without a node is DAEMON_UNREACHABLE', async (word) => {
    const ran = await (await openShell({ unreachable: true })).run(word)
    expect([ran.exit, ran.err]).toEqual([5, expect.stringContaining('peerfold serve')])
  })

  test('a message from elsewhere cannot steer the terminal', async () => {
    const shell = await openWithFolder()
    const { err } = await shell.run('files', 'upload', 'docs', 'x\u001b[2J')
    expect(err).not.toContain('\u001b')
  })
})

describe('help and version', () => {
  test.each([
    { line: [], exit: 0, says: 'Usage: peerfold COMMAND' },
    { line: ['--help'], exit: 0, says: 'Usage: peerfold COMMAND' },
    { line: ['folder', '--help'], exit: 0, says: 'Usage: peerfold folder COMMAND' },
    { line: ['folder'], exit: 2, says: 'Usage: peerfold folder COMMAND' },
    { line: ['folder', 'add', '--help'], exit: 0, says: 'Usage: peerfold folder add PATH' },
    { line: ['folder', 'add', '-h'], exit: 0, says: 'Usage: peerfold folder add PATH' },
    { line: ['--version'], exit: 0, says: '1.2.3' },
    { line: ['--version', '--json'], exit: 0, says: '{"version":"1.2.3"}' },
  ])('$line', async ({ line, exit, says }) => {
    const ran = await (await openShell({ unreachable: true })).run(...line)
    expect(ran.exit).toBe(exit)
    expect(ran.out).toContain(says)
  })
})

describe('modes and what is held back', () => {
  const group = {
    id: 'in.mass-change.L', cause: 'mass-change', direction: 'in', device: { id: LAPTOP_ID, name: 'Laptop' },
    sinceMs: 1, deleted: 3_000, replaced: 2, added: 0, metadata: 0, bytes: 5_000_000,
  } as const // prettier-ignore

  test('a folder gets a mode and a guard, and loses the guard again', async () => {
    const shell = await openShell()
    const added = await shell.run(
      'folder',
      'add',
      '/d',
      '--id',
      'd',
      '--mode',
      'send-only',
      '--guard',
      '30%,5,100',
      '--json',
    )
    expect(added.json()).toMatchObject({ mode: 'send-only', guard: { percent: 30, least: 5, most: 100 } })
    const set = await shell.run('folder', 'set', 'd', '--mode', 'receive-only', '--guard', 'off', '--json')
    expect(set.json()).toMatchObject({ mode: 'receive-only', guard: null })
    const kept = await shell.run('folder', 'set', 'd', '--name', 'D', '--json')
    expect(kept.json()).toMatchObject({ mode: 'receive-only', guard: null })
  })

  test.each([
    ['--mode', 'both'],
    ['--guard', 'some'],
    ['--guard', '0,1,2'],
  ])('%s %s is refused', async (option, value) => {
    const shell = await openWithFolder()
    expect((await shell.run('folder', 'set', 'docs', option, value)).exit).toBe(2)
  })

  test('held changes are listed in words, one by one, and decided', async () => {
    const shell = await openWithFolder()
    expect((await shell.run('held', 'list')).out).toBe('Nothing is held back.\n')
    shell.node.hold('docs', group)
    shell.node.heldChanges = [{ path: 'a\u001b', kind: 'file', change: 'deleted', size: 10 }]
    const listed = await shell.run('held', 'list')
    expect(listed.out).toMatch(
      /^docs +in\.mass-change\.L +unusually much at once by Laptop: 3,000 deleted, 2 rewritten; 5.0 MB/,
    )
    expect(listed.out).toContain('The paths of one: peerfold held list FOLDER GROUP\n')
    expect((await shell.run('held', 'list', 'docs', group.id)).out).toBe('deleted  10 B  a\\u{1b}\n')
    const some = await shell.run('held', 'approve', 'docs', group.id, '--path', 'a', '--path', 'b', '--json')
    expect(some.json()).toEqual({ decided: 2, left: 3_000 })
    const rest = await shell.run('held', 'reject', 'docs', group.id)
    expect(rest.out).toBe('Decided: 3002 changes.\n')
    expect(shell.node.calls).toEqual(
      expect.arrayContaining([`approve ${group.id} a b`, `reject ${group.id} all`]),
    )
    expect((await shell.run('held', 'reject', 'docs', group.id)).exit).toBe(3)
  })

  test('revert and override find the groups of the mode, and say when there are none', async () => {
    const shell = await openWithFolder()
    const none = await shell.run('folder', 'revert', 'docs')
    expect([none.exit, none.err]).toEqual([3, expect.stringContaining('HELD_GROUP_NOT_FOUND')])
    shell.node.hold('docs', { ...group, id: 'out.receive-only.me', cause: 'receive-only', direction: 'out' })
    shell.node.hold('docs', { ...group, id: 'in.send-only.L', cause: 'send-only' })
    expect((await shell.run('held', 'approve', 'docs', 'in.send-only.L')).err).toContain('HELD_BY_MODE')
    const typo = await shell.run('folder', 'revert', 'docs', '--path', 'typo')
    expect([typo.exit, typo.err]).toEqual([3, expect.stringContaining('nothing of typo is held back')])
    expect((await shell.run('folder', 'revert', 'docs')).exit).toBe(0)
    expect((await shell.run('folder', 'override', 'docs', '--json')).json()).toEqual({
      decided: 3_002,
      left: 0,
    })
    expect(shell.node.calls).toEqual(
      expect.arrayContaining(['reject out.receive-only.me all', 'reject in.send-only.L all']),
    )
  })
})

test.each([
  { mode: 'receive-only', command: 'override', fits: 'peerfold folder revert docs' },
  { mode: 'send-only', command: 'revert', fits: 'peerfold folder override docs' },
])('in a $mode folder "$command" says which command fits', async ({ mode, command, fits }) => {
  const shell = await openWithFolder()
  await shell.run('folder', 'set', 'docs', '--mode', mode)
  const ran = await shell.run('folder', command, 'docs')
  expect([ran.exit, ran.err]).toEqual([2, expect.stringContaining(fits)])
})

test('an error names the path even where its sentence does not', async () => {
  const ran = await (await openShell()).run('versions', 'export', 'gone', '--to', 'old')
  expect(ran.exit).toBe(2)
  expect(ran.err).toMatch(/^peerfold: \/gone: the disk refused it \(FOLDER_PATH_MISSING\)\n/)
})

describe('notices', () => {
  const lost = {
    id: 'index-lost.docs',
    code: 'index-lost',
    folder: 'docs',
    sinceMs: 1_700_000_000_000,
    params: {},
  }

  test('are said by the status and by their own list, and dismissed by name or all at once', async () => {
    const shell = await openWithFolder()
    expect((await shell.run('notices', 'list')).out).toBe('There is nothing.\n')
    expect((await shell.run('status')).out).not.toContain('otices')
    shell.node.notices = [lost, { id: 'x', code: 'moon\u001b', sinceMs: 1, params: {} }]
    const { out } = await shell.run('notices', 'list')
    expect(out).toMatch(
      /^index-lost\.docs {2}2023-11-14.*\n {2}The index of the folder docs was lost .* Delete them/,
    )
    expect(out).toContain('moon\\u{1b}')
    expect((await shell.run('status')).out).toContain('The index of the folder docs was lost')
    expect((await shell.run('status', '--json')).json()).toMatchObject({ notices: [lost, { id: 'x' }] })
    expect((await shell.run('notices', 'dismiss', lost.id)).out).toBe(`Dismissed ${lost.id}.\n`)
    const again = await shell.run('notices', 'dismiss', lost.id)
    expect([again.exit, again.err]).toEqual([3, expect.stringContaining('NOTICE_NOT_FOUND')])
    expect((await shell.run('notices', 'dismiss', '--all', '--json')).json()).toEqual({ dismissed: ['x'] })
    expect((await shell.run('notices', 'list', '--json')).json()).toEqual({ notices: [] })
  })

  test('nothing is dismissed by a command that names none, or one and all', async () => {
    const shell = await openWithFolder()
    shell.node.notices = [lost]
    for (const said of [[], [lost.id, '--all']])
      expect((await shell.run('notices', 'dismiss', ...said)).exit).toBe(2)
    expect(shell.node.notices).toHaveLength(1)
  })
})
