/** Parsing, help and words of the command line. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CODES } from '../../../src/node/base/errors.ts'
import { COMMANDS } from '../../../src/node/cli/commands/all.ts'
import { commandHelp, EXIT_CODES, overview } from '../../../src/node/cli/help.ts'
import { homeOf } from '../../../src/node/cli/home.ts'
import { bytesText, columns, shown, timeText } from '../../../src/node/cli/output.ts'
import { parseCommandLine, wantsJson } from '../../../src/node/cli/parse.ts'
import { serveOptionsOf } from '../../../src/node/cli/serve.ts'
import { statusText } from '../../../src/node/cli/words.ts'
import { type FolderFacts, folderStatus } from '../../../src/node/core/status.ts'

const parse = (line: string) =>
  parseCommandLine(
    COMMANDS,
    line.split(' ').filter((word) => word !== ''),
  )

describe('parsing', () => {
  test.each([
    { line: 'folder add /a --id x --device A --device B --home /h --json', words: 'folder add', home: '/h' },
    { line: '--home /h --json folder add /a --id x --device A --device B', words: 'folder add', home: '/h' },
    { line: '--home=/h --json folder add --id x --device A /a --device=B', words: 'folder add', home: '/h' },
  ])('"$line" is understood', ({ line, words, home }) => {
    const parsed = parse(line)
    expect(parsed).toMatchObject({ words, home, json: true, help: false })
    expect(parsed.input.operand('PATH')).toBe('/a')
    expect(parsed.input.value('id')).toBe('x')
    expect(parsed.input.values('device')).toEqual(['A', 'B'])
    expect(parsed.input.value('name')).toBeUndefined()
  })

  test('what follows -- is an operand', () => {
    expect(parse('files delete docs -- --odd').input.operand('PATH')).toBe('--odd')
  })

  test.each([
    { line: 'nonsense', says: /no command; there are: init/ },
    { line: 'folder nonsense', says: /there are: folder list, folder add/ },
    { line: 'status --nonsense', says: /nonsense/ },
    { line: 'device add X --id', says: /id/ },
    { line: 'folder add', says: /PATH is missing: peerfold folder add PATH/ },
    { line: 'status now', says: /"now" is one too many/ },
    { line: 'folder rescan x --wait=yes', says: /wait/ },
    { line: 'init --name', says: /name/ },
  ])('"$line" is refused', ({ line, says }) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringMatching(says) }),
    )
  })

  test('nothing that is typed does more than a command or a refusal', () => {
    const word = fc.constantFrom(
      'folder',
      'add',
      'status',
      '--home',
      '--json',
      '-h',
      '--',
      '-',
      '',
      'x',
      '--id',
      '--id=1',
    )
    let refused = 0
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 6 }), (args) => {
        try {
          parseCommandLine(COMMANDS, args)
        } catch (error) {
          refused++
          expect(error).toMatchObject({ code: 'BAD_INPUT' })
        }
        expect(typeof wantsJson(args)).toBe('boolean')
      }),
      { numRuns: 1000 },
    )
    expect(refused).toBeGreaterThan(100)
  })
})

describe('help', () => {
  test.each(COMMANDS.map((command) => ({ command, words: command.words })))(
    '"peerfold $words" explains itself, its operands, its options and the exit codes',
    ({ command }) => {
      const help = commandHelp(command)
      expect(help).toContain(`Usage: peerfold ${command.words}`)
      expect(help).toContain(command.summary)
      for (const { name, text } of command.operands ?? [])
        expect(help.replaceAll(/ +/g, ' ')).toContain(`${name} ${text}`)
      for (const name of Object.keys(command.options ?? {})) expect(help).toContain(`--${name}`)
      for (const name of ['--home DIR', '--json', '--help', 'Exit codes']) expect(help).toContain(name)
      expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThan(130)
    },
  )

  test('the overview names every command, and a group its own', () => {
    for (const { words } of COMMANDS) expect(overview(COMMANDS)).toContain(`  ${words}`)
    expect(overview(COMMANDS, 'folder')).toContain('folder rescan ID')
    expect(overview(COMMANDS, 'folder')).not.toContain('device add')
  })

  test('no two commands share their words, and all words are lower case', () => {
    const words = COMMANDS.map((command) => command.words)
    expect(new Set(words).size).toBe(words.length)
    expect(words.filter((each) => !/^[a-z]+( [a-z]+)?$/.test(each))).toEqual([])
  })

  test('every exit code of the error table is explained', () => {
    const explained = EXIT_CODES.map(([code]) => code)
    expect(Object.values(CODES).filter(({ exit }) => !explained.includes(exit))).toEqual([])
  })
})

describe('serve options', () => {
  const options = (line: string) => serveOptionsOf(parse(`serve ${line}`).input)

  test.each([
    { line: '', api: undefined },
    { line: '--api 127.0.0.1:0', api: { host: '127.0.0.1', port: 0 } },
    { line: '--api [::1]:8005', api: { host: '::1', port: 8005 } },
    { line: '--api localhost:65535', api: { host: 'localhost', port: 65_535 } },
  ])('"$line" is understood', ({ line, api }) => {
    expect(options(line).api).toEqual(api)
  })

  test.each([
    '--api 8005',
    '--api :8005',
    '--api 127.0.0.1',
    '--api ::1:8005',
    '--api h:65536',
    '--api http://h:1',
    '--log-level loud',
  ])('"%s" is refused', (line) => {
    expect(() => options(line)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
  })

  test('addresses are gathered, and discovery is only ever switched off', () => {
    const line = '--listen /ip4/0.0.0.0/tcp/1 --listen /ip6/::/tcp/1 --no-discovery --log-level debug'
    expect(options(line)).toMatchObject({
      listen: ['/ip4/0.0.0.0/tcp/1', '/ip6/::/tcp/1'],
      discovery: false,
      logLevel: 'debug',
    })
    expect(options('').discovery).toBeUndefined()
  })
})

describe('home', () => {
  const facts = { userHome: '/home/me', cwd: '/work' }
  test.each([
    { rule: '--home wins', given: 'h', env: { PEERFOLD_HOME: '/env' }, home: '/work/h' },
    { rule: 'PEERFOLD_HOME comes next', env: { PEERFOLD_HOME: '/env', XDG_DATA_HOME: '/xdg' }, home: '/env' },
    { rule: 'XDG_DATA_HOME on Linux', env: { XDG_DATA_HOME: '/xdg' }, home: '/xdg/peerfold' },
    { rule: 'the usual place on Linux', env: {}, home: '/home/me/.local/share/peerfold' },
    { rule: 'an empty variable is none', env: { PEERFOLD_HOME: '' }, home: '/home/me/.local/share/peerfold' },
    {
      rule: 'Application Support on macOS',
      env: {},
      platform: 'darwin',
      home: '/home/me/Library/Application Support/Peerfold',
    },
    { rule: 'APPDATA on Windows', env: { APPDATA: '/app' }, platform: 'win32', home: '/app/Peerfold' },
  ])('$rule', ({ given, home, env, platform = 'linux' }) => {
    expect(homeOf(given, { ...facts, env, platform })).toBe(home)
  })
})

describe('text', () => {
  test.each([
    { name: 'plain ünïcødé 🙂', text: 'plain ünïcødé 🙂' },
    { name: 'clear\u001b[2J', text: 'clear\\u{1b}[2J' },
    { name: 'two\nlines', text: 'two\\u{a}lines' },
    { name: 'exe\u202Efdp.exe', text: 'exe\\u{202e}fdp.exe' },
    { name: '\ud800', text: '\\u{d800}' },
    { name: '\u2066x\u2069', text: '\\u{2066}x\\u{2069}' },
  ])('$text is shown for a name', ({ name, text }) => {
    expect(shown(name)).toBe(text)
  })

  test.each([0xad, 0x115f, 0x180e, 0x200b, 0x2060, 0x3164, 0xffa0, 0xe0001])(
    'a character that nobody sees (%i) is seen, so that two names do not look alike',
    (codePoint) => {
      const name = `re${String.fromCodePoint(codePoint)}port`
      expect(shown(name)).toBe(`re\\u{${codePoint.toString(16)}}port`)
    },
  )

  test.each(['न्\u200dय', 'می\u200cخواهم', '👩\u200d🚀', '❤\ufe0f'])(
    'what joins the characters of "%s" stays: without it the name is another one',
    (name) => {
      expect(shown(name)).toBe(name)
    },
  )

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1234, '1.2 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [1_234_567_890, '1.2 GB'],
    [Number.MAX_SAFE_INTEGER, '9.0 PB'],
  ])('%d bytes are "%s"', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text)
  })

  test('columns are aligned, and never is now', () => {
    expect(
      columns([
        ['a', 'bb', 'c'],
        ['aaa', 'b', 'c'],
      ]),
    ).toBe('a    bb  c\naaa  b   c')
    expect([timeText(0), timeText(1_700_000_000_000)]).toEqual([
      'never',
      expect.stringMatching(/^2023-11-1[45] \d\d:\d\d$/),
    ])
  })
})

describe('words', () => {
  const none = { items: 0, bytes: 0 }
  const device = {
    id: 'L',
    name: 'Laptop',
    connected: true,
    need: none,
    unplaceable: 0,
    damaged: 0,
    holdsBack: 0,
    lastSeenMs: 1e12,
    sharing: true,
    confirmedOnce: true,
    doubled: false,
  }
  const calm: FolderFacts = {
    nodeLive: true, rootOk: true, paused: false, doubled: false, indexLost: false, held: 0, localChanges: 0, remoteChanges: 0, scanning: false,
    firstScanFinished: true, conflicts: 0, errors: 0, need: none, obtainable: 0, files: 402, onlyHere: 0, devices: [device],
  } // prettier-ignore
  const away = { ...device, connected: false, need: { items: 468, bytes: 5_000_000 } }
  test.each<{ change: Partial<FolderFacts>; says: RegExp }>([
    { change: {}, says: /^Safe: 402 items, 2 of 2 devices$/ },
    {
      change: { devices: [{ ...device, connected: false }] },
      says: /^Safe: .* 1 away \(last seen 2001-09-0\d/,
    },
    { change: { devices: [] }, says: /^Waiting: 402 items only on this device; add another device$/ },
    { change: { devices: [away] }, says: /^Waiting: 468 items, 5.0 MB for Laptop, last seen/ },
    {
      change: { scanning: true, devices: [away] },
      says: /^Syncing: looking for changes; waiting: 468 items/,
    },
    { change: { need: { items: 1, bytes: 2 }, obtainable: 1 }, says: /^Syncing: receiving 1 item, 2 B$/ },
    {
      change: { held: 3_000, localChanges: 2 },
      says: /^Needs you: 3,000 unusual changes are held back until you decide; waiting: 2 changes made here/,
    },
    {
      change: { devices: [{ ...device, holdsBack: 1 }] },
      says: /^Waiting: Laptop holds back 1 change until someone decides there$/,
    },
    { change: { conflicts: 2 }, says: /^Needs you: 2 conflict copies to look at$/ },
    {
      change: { devices: [{ ...device, name: 'L\u001b[1m', unplaceable: 1 }] },
      says: /L\\u\{1b\}\[1m cannot place 1 file$/,
    },
  ])('$says', ({ change, says }) => {
    expect(statusText(folderStatus({ ...calm, ...change }))).toMatch(says)
  })

  test('every reason of the verdict has its sentence', () => {
    const facts: Partial<FolderFacts>[] = [
      {}, { rootOk: false }, { indexLost: true }, { held: 1 }, { localChanges: 1 }, { remoteChanges: 1 }, { devices: [{ ...device, holdsBack: 1 }] }, { errors: 1 }, { conflicts: 1 }, { devices: [{ ...device, unplaceable: 1 }] }, { devices: [{ ...device, damaged: 1 }] },
      { scanning: true }, { firstScanFinished: false }, { need: { items: 1, bytes: 1 }, obtainable: 1 },
      { devices: [{ ...device, need: { items: 1, bytes: 1 } }] }, { nodeLive: false }, { paused: true }, { devices: [] },
      { need: { items: 1, bytes: 1 } }, { devices: [away] }, { devices: [{ ...device, confirmedOnce: false }] },
      { devices: [{ ...device, need: { items: 0, bytes: 1 } }] }, { onlyHere: 1 },
    ] // prettier-ignore
    const phrases = facts.map((change) => folderStatus({ ...calm, ...change }))
    expect(new Set(phrases.map(({ reason }) => reason)).size).toBe(23)
    // "Waiting: paused" is a sentence of its own.
    const bare = phrases.filter(({ word, reason }) =>
      statusText({ word, reason, params: {} }).endsWith(`: ${reason}`),
    )
    expect(bare.map(({ reason }) => reason)).toEqual(['paused'])
  })

  test('a reason from a newer node is shown as it is', () => {
    expect(statusText({ word: 'waiting', reason: 'brand-new', params: {} })).toBe('Waiting: brand-new')
    expect(statusText({ word: 'waiting', reason: 'constructor', params: {} })).toBe('Waiting: constructor')
  })
})
