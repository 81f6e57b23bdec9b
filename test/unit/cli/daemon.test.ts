/** The way from a home to its node. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connectDaemon, readApiFile } from '../../../src/node/cli/daemon.ts'
import { serveFake, TOKEN } from '../../support/api-server.ts'
import { OWN_ID } from '../../support/fake-node.ts'

function homeWith(apiFile: string | undefined): string {
  const home = mkdtempSync(join(tmpdir(), 'peerfold-home-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  if (apiFile !== undefined) writeFileSync(join(home, 'api.json'), apiFile)
  return home
}

test('api.json leads to the node', async () => {
  const { url } = await serveFake()
  const home = homeWith(JSON.stringify({ url, token: TOKEN, pid: process.pid, more: 1 }))
  expect(await readApiFile(home)).toEqual({ url, token: TOKEN, pid: process.pid })
  const client = await connectDaemon(home, () => true)
  onTestFinished(() => client.close())
  expect((await client.calls.status.get()).device.id).toBe(OWN_ID)
})

test.each([
  { rule: 'no api.json', file: undefined },
  { rule: 'an empty one', file: '' },
  { rule: 'no JSON', file: '{"url":' },
  { rule: 'null', file: 'null' },
  { rule: 'missing fields', file: '{"url":"http://127.0.0.1:1"}' },
  { rule: 'fields of another kind', file: '{"url":1,"token":2,"pid":"x"}' },
])('$rule is DAEMON_UNREACHABLE', async ({ file }) => {
  const home = homeWith(file)
  await expect(connectDaemon(home, () => true)).rejects.toMatchObject({
    code: 'DAEMON_UNREACHABLE',
    facts: { home },
  })
})

test('a home that is not there is DAEMON_UNREACHABLE', async () => {
  await expect(readApiFile('/nowhere/at/all')).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE' })
})

test.each([
  { alive: true, says: 'nobody answers at the address of the node' },
  { alive: false, says: 'the node of this home is gone; it left its api.json behind' },
])(
  'an api.json that was left behind is DAEMON_UNREACHABLE (process alive: $alive)',
  async ({ alive, says }) => {
    const served = await serveFake()
    await served.close()
    const home = homeWith(JSON.stringify({ url: served.url, token: TOKEN, pid: 1 }))
    await expect(connectDaemon(home, () => alive)).rejects.toMatchObject({
      code: 'DAEMON_UNREACHABLE',
      message: says,
    })
  },
)

test('another node on the port of a former one is UNAUTHORIZED, not obeyed', async () => {
  const { url } = await serveFake()
  const home = homeWith(JSON.stringify({ url, token: 'of-the-former', pid: 1 }))
  await expect(connectDaemon(home, () => false)).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
})
