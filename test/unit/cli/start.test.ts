/** What "start" and "serve" show a person: a window, a browser, or an address to read. */
import { expect, test } from 'vitest'
import { openShell, type ShellSettings } from '../../support/command-line.ts'

const INVITATION = 'http://127.0.0.1:8005/#code=c0de'

/** Runs until the node serves, and then ends it. */
async function start(settings: ShellSettings, ...args: string[]) {
  const shell = await openShell(settings)
  const running = shell.run('start', '--home', '/h', ...args)
  await expect.poll(() => shell.served).toHaveLength(1)
  shell.interrupt()
  return { ...(await running), shell }
}

test('a window that was opened and closed is the whole of it', async () => {
  const shell = await openShell({ ui: 'auto', hasDisplay: true, launched: { kind: 'closed' } })
  const ran = await shell.run('start', '--home', '/h')
  expect([ran.exit, ran.out, shell.launches, shell.served, shell.opened]).toEqual([0, '', ['/h'], [], []])
})

test('without a window one line says why, and the browser opens with the one-time address', async () => {
  const launched = { kind: 'unavailable', why: 'no Electron 45.4.1 binary' } as const
  const { out, shell } = await start({ ui: 'auto', hasDisplay: true, launched })
  expect(out).toMatch(
    /^Desktop window unavailable \(no Electron 45\.4\.1 binary\)\. Opening the browser interface instead\.$/m,
  )
  expect(out).toContain(INVITATION)
  expect(shell.opened).toEqual([INVITATION])
})

test('without a display the address is printed, and no browser is tried', async () => {
  const { out, shell } = await start({ ui: 'auto', hasDisplay: false })
  expect(out).toContain('Serving the browser interface instead.')
  expect(out).toContain(INVITATION)
  expect(shell.opened).toEqual([])
})

test.each([
  { name: 'PEERFOLD_UI=browser', ui: 'browser', args: [], opened: [INVITATION] },
  { name: 'PEERFOLD_UI=none', ui: 'none', args: [], opened: [] },
  { name: '--json', ui: 'electron', args: ['--json'], opened: [] },
  { name: 'an address to listen at', ui: 'auto', args: ['--api', '127.0.0.1:0'], opened: [INVITATION] },
] as const)('$name looks for no window', async ({ ui, args, opened }) => {
  const { shell, exit } = await start({ ui, hasDisplay: true }, ...args)
  expect([exit, shell.launches, shell.opened]).toEqual([0, [], opened])
})

test('PEERFOLD_UI=electron without a window ends with 1 and serves nothing', async () => {
  const launched = { kind: 'unavailable', why: 'no display', lastWords: 'cannot open display\n' } as const
  const shell = await openShell({ ui: 'electron', launched })
  const ran = await shell.run('start')
  expect([ran.exit, ran.out, shell.served]).toEqual([1, '', []])
  expect(ran.err).toMatch(/^cannot open display\npeerfold: .*no display \(WINDOW_UNAVAILABLE\)$/m)
})

test('a second start shows the node that runs', async () => {
  const shell = await openShell({ ui: 'auto', hasDisplay: true, running: true })
  const ran = await shell.run('start')
  expect(ran.exit).toBe(0)
  expect(ran.out).toContain('Peerfold runs already.')
  const [opened = ''] = shell.opened
  expect(opened).toContain('#code=')
  expect(ran.out).toMatch(/^ {2}browser {2}http\S+#code=/m)
})

test.each([
  {
    when: 'it serves its window only',
    settings: { ui: 'auto', running: true, unreachable: true } as const,
    args: [],
  },
  { when: 'JSON is read', settings: { ui: 'auto', running: true } as const, args: ['--json'] },
])('a second start is refused when $when', async ({ settings, args }) => {
  const ran = await (await openShell(settings)).run('start', ...args)
  expect(ran.exit).toBe(4)
  expect(ran.err).toContain('ALREADY_RUNNING')
})

test('a home is made before its window only where it is to have a name', async () => {
  const closed = { ui: 'auto', initialised: false, launched: { kind: 'closed' } } as const
  expect((await (await openShell(closed)).run('start')).out).toBe('')
  expect((await (await openShell(closed)).run('start', '--name', 'Desk')).out).toContain('for "Desk"')
})
