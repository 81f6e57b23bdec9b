/** How the node is forked. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { forkNode } from '../../../src/main/node-process.ts'
import { silentLog } from '../../../src/node/base/log.ts'
import { createFakeElectron, FakePort } from '../../support/fake-electron.ts'
import { eventually } from '../../support/deadline.ts'

function forked(env: Record<string, string | undefined> = {}) {
  const { electron, forks } = createFakeElectron('/nowhere')
  const log: string[] = []
  const heard: unknown[] = []
  const exits: number[] = []
  const child = forkNode(
    { utilityProcess: electron.utilityProcess, log: silentLog(), writeLog: (text) => log.push(text) },
    { entry: '/app/dist/node/desktop.js', env },
    { onMessage: (message) => heard.push(message), onExit: (code) => exits.push(code) },
  )
  const process = forks[0] ?? expect.unreachable()
  return { child, process, log, heard, exits }
}

test('from its entry, without arguments: nothing secret can stand in them', () => {
  const { process } = forked()
  expect(process.path).toBe('/app/dist/node/desktop.js')
  expect(process.args).toEqual([])
  expect(process.options).toMatchObject({ stdio: 'pipe' })
})

test('with our environment, but nothing in it that would change what runs', () => {
  const { process } = forked({
    PATH: '/bin',
    PEERFOLD_HOME: '/home/anna/p',
    GONE: undefined,
    NODE_OPTIONS: '--require /tmp/evil.js',
    NODE_PATH: '/tmp',
    node_options: '--inspect',
    ELECTRON_RUN_AS_NODE: '1',
    ELECTRON_ENABLE_LOGGING: '1',
  })
  expect(process.options.env).toEqual({ PATH: '/bin', PEERFOLD_HOME: '/home/anna/p' })
})

test('its words, messages and end are passed on, and so is what it is sent', async () => {
  const { child, process, log, heard, exits } = forked()
  process.stdout.write('one\n')
  process.stderr.write('two\n')
  await eventually(1_000, 'both lines', () => log.length === 2)
  expect(log.sort()).toEqual(['one\n', 'two\n'])
  process.say({ kind: 'ready' })
  process.exit(3)
  expect({ heard, exits }).toEqual({ heard: [{ kind: 'ready' }], exits: [3] })
  const port = new FakePort()
  child.send({ kind: 'stop' }, [port])
  child.kill()
  expect(process.received).toEqual([{ message: { kind: 'stop' }, ports: [port] }])
  expect(process.kills).toBe(1)
})

test('a kill is one that no process can take for a wish', async () => {
  const deaf = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); process.stdout.write('up')`
  const real = spawn(globalThis.process.execPath, ['--eval', deaf], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void real.kill('SIGKILL'))
  await once(real.stdout, 'data')
  const { child, process } = forked()
  Object.assign(process, { pid: real.pid })
  child.kill()
  expect(await once(real, 'exit')).toEqual([null, 'SIGKILL'])
  expect(process.kills).toBe(0)
  child.kill()
})

test('a process that breaks is noted, and its end awaited', () => {
  const { process, exits } = forked()
  expect(() => process.emit('error', 'FatalError', 'v8::internal')).not.toThrow()
  process.exit(134)
  expect(exits).toEqual([134])
})
