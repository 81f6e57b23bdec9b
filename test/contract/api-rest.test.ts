/** The API over plain HTTP: routes, problems, contents. */
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { FilePage } from '../../src/node/api/node-port.ts'
import { PeerfoldError } from '../../src/node/base/errors.ts'
import { LAPTOP_ID, OWN_ID } from '../support/fake-node.ts'
import { send, sendJson, serveFake, type Served, TOKEN } from '../support/api-server.ts'

async function serveFolder(): Promise<Served> {
  const served = await serveFake()
  await served.node.addFolder({ id: 'docs', path: '/docs', devices: [] })
  return served
}

const content = '/api/v1/folders/docs/content'

describe('calls', () => {
  test('the status has the promised fields', async () => {
    const served = await serveFake()
    await served.node.addDevice({ id: LAPTOP_ID, name: 'Laptop' })
    await served.node.addFolder({ id: 'docs', path: '/docs', devices: [LAPTOP_ID] })
    expect((await send(served, 'GET', '/api/v1/status')).json()).toMatchObject({
      device: { id: OWN_ID, name: 'here' },
      devices: [{ id: LAPTOP_ID, name: 'Laptop', connected: false, addresses: [] }],
      folders: [
        {
          id: 'docs',
          path: '/docs',
          state: 'idle',
          status: { word: 'waiting', reason: 'no-devices', params: { files: 1 } },
          need: { items: 0, bytes: 0 },
          devices: [{ id: LAPTOP_ID, need: { items: 0, bytes: 0 } }],
          errors: [],
        },
      ],
    })
  })

  test('devices are added, listed and removed', async () => {
    const served = await serveFake()
    const added = await sendJson(served, 'POST', '/api/v1/devices', {
      id: LAPTOP_ID,
      addresses: ['/ip4/1.2.3.4/tcp/5'],
    })
    expect(added.json()).toMatchObject({ id: LAPTOP_ID, addresses: ['/ip4/1.2.3.4/tcp/5'] })
    expect((await send(served, 'GET', '/api/v1/devices')).json()).toHaveLength(1)
    expect((await send(served, 'DELETE', `/api/v1/devices/${LAPTOP_ID}`)).status).toBe(204)
    expect((await send(served, 'GET', '/api/v1/devices')).json()).toEqual([])
    expect((await send(served, 'GET', '/api/v1/nearby')).json()).toMatchObject([{ id: LAPTOP_ID }])
  })

  test('folders are added, changed, paused, resumed, scanned and removed', async () => {
    const served = await serveFake()
    await sendJson(served, 'POST', '/api/v1/folders', { id: 'docs', path: '/docs' })
    const changed = await sendJson(served, 'PATCH', '/api/v1/folders/docs', { name: 'Papers' })
    expect(changed.json()).toMatchObject({ name: 'Papers' })
    expect((await send(served, 'POST', '/api/v1/folders/docs/pause')).json()).toMatchObject({
      state: 'paused',
    })
    expect((await send(served, 'POST', '/api/v1/folders/docs/resume')).json()).toMatchObject({
      state: 'idle',
    })
    const scanned = await sendJson(served, 'POST', '/api/v1/folders/docs/rescan', { wait: true })
    expect(scanned.json()).toEqual({ finished: true })
    expect(served.node.calls).toContain('rescan docs true')
    expect((await send(served, 'DELETE', '/api/v1/folders/docs')).status).toBe(204)
    expect((await send(served, 'GET', '/api/v1/folders')).json()).toEqual([])
  })

  test('numbers in a query arrive as numbers, and pages follow each other', async () => {
    const served = await serveFolder()
    for (const name of ['a', 'b', 'c']) served.node.files.set(`docs/${name}`, new Uint8Array(1))
    const first = (await send(served, 'GET', '/api/v1/folders/docs/files?limit=2')).json<FilePage>()
    expect(first.files.map((file) => file.path)).toEqual(['a', 'b'])
    const second = (
      await send(served, 'GET', `/api/v1/folders/docs/files?limit=2&cursor=${first.next}`)
    ).json<FilePage>()
    expect(second.files.map((file) => file.path)).toEqual(['c'])
    expect(second.next).toBeUndefined()
  })

  test('ignore rules are replaced as a whole', async () => {
    const served = await serveFolder()
    const set = await sendJson(served, 'PUT', '/api/v1/folders/docs/ignore', { rules: ['*.tmp', ''] })
    expect(set.json()).toEqual({ rules: ['*.tmp', ''], shared: ['*.o'] })
    expect((await send(served, 'GET', '/api/v1/folders/docs/ignore')).json()).toEqual(set.json())
  })

  test('notices are listed, in the status too, and dismissed by their id', async () => {
    const served = await serveFolder()
    const lost = {
      id: 'index-lost.docs',
      code: 'index-lost',
      folder: 'docs',
      sinceMs: 1,
      params: { kept: 'x' },
    }
    served.node.notices = [lost]
    expect((await send(served, 'GET', '/api/v1/notices')).json()).toEqual([lost])
    expect((await send(served, 'GET', '/api/v1/status')).json()).toMatchObject({ notices: [lost] })
    expect((await send(served, 'DELETE', `/api/v1/notices/${lost.id}`)).status).toBe(204)
    const gone = await send(served, 'DELETE', `/api/v1/notices/${lost.id}`)
    expect([gone.status, gone.json()]).toMatchObject([404, { code: 'NOTICE_NOT_FOUND' }])
    expect((await send(served, 'GET', '/api/v1/notices')).json()).toEqual([])
  })

  test('versions are listed by path and put back', async () => {
    const served = await serveFolder()
    const version = { size: 3, hash: 'sha256:1', parkedMs: 7, cause: 'replaced' as const, device: LAPTOP_ID }
    served.node.versions.push({ id: 'v1', path: 'a b', ...version }, { id: 'v2', path: 'c', ...version })
    const listed = await send(served, 'GET', '/api/v1/folders/docs/versions?path=a%20b')
    expect(listed.json()).toMatchObject({ versions: [{ id: 'v1' }] })
    const restored = await sendJson(served, 'POST', '/api/v1/folders/docs/versions/v1/restore', { to: 'old' })
    expect(restored.json()).toMatchObject({ path: 'old' })
  })

  test('the room that versions take is told, and they are pruned only by a POST', async () => {
    const served = await serveFolder()
    const at = '/api/v1/folders/docs/versions'
    const space = await send(served, 'GET', `${at}/space`)
    expect([space.status, space.json()]).toMatchObject([200, { versions: 5, goes: { versions: 2 } }])
    const pruned = await sendJson(served, 'POST', `${at}/prune`, { olderThanDays: 0.5, dryRun: true })
    expect([pruned.status, pruned.json()]).toMatchObject([200, { versions: 2, bytes: 3_000 }])
    expect((await sendJson(served, 'POST', `${at}/prune`, {})).status).toBe(200)
    expect((await send(served, 'GET', `${at}/prune`)).status).not.toBe(200)
    for (const olderThanDays of [-1, 4_000, 'all'])
      expect((await sendJson(served, 'POST', `${at}/prune`, { olderThanDays })).status).toBe(400)
    expect(served.node.calls.filter((call) => call.startsWith('prune'))).toEqual([
      'prune docs 0.5 true',
      'prune docs undefined false',
    ])
    const missing = await send(served, 'GET', '/api/v1/folders/nowhere/versions/space')
    expect([missing.status, missing.json()]).toMatchObject([404, { code: 'FOLDER_NOT_FOUND' }])
  })

  test('the history of a path and the plan of going back are answered', async () => {
    const served = await serveFolder()
    served.node.histories.set('a b', { entries: [], told: [LAPTOP_ID], missing: [LAPTOP_ID] })
    const history = await send(served, 'GET', '/api/v1/folders/docs/history?path=a%20b')
    expect(history.json()).toEqual({ entries: [], told: [LAPTOP_ID], missing: [LAPTOP_ID] })
    expect((await send(served, 'GET', '/api/v1/folders/docs/history')).status).toBe(400)
    const plan = await send(served, 'GET', '/api/v1/folders/docs/moment?path=d&atMs=1700000000000')
    expect(plan.json()).toMatchObject({ atMs: 1_700_000_000_000, steps: [], lost: [] })
    expect(served.node.calls).toContain('plan docs d 1700000000000')
    const short = await send(served, 'GET', '/api/v1/folders/docs/moment?atMs=-5')
    expect([short.status, short.json()]).toMatchObject([404, { code: 'HISTORY_TOO_SHORT' }])
    expect((await send(served, 'GET', '/api/v1/folders/docs/moment?atMs=soon')).status).toBe(400)
  })

  test('going back tells its progress as events, to the end', async () => {
    const served = await serveFolder()
    const answer = await sendJson(served, 'POST', '/api/v1/folders/docs/moment', { atMs: 5 })
    expect(answer.status).toBe(200)
    const told = [...answer.text.matchAll(/^data: (\{.*\})$/gm)].map(
      ([, data]) => JSON.parse(data ?? '') as { done: number; finished: boolean },
    )
    expect(told.map(({ done, finished }) => [done, finished])).toEqual([
      [0, false],
      [1, false],
      [2, true],
    ])
    expect(served.node.calls).toContain('restore docs  5')
  })

  test('stop is answered although the API closes at once', async () => {
    const served = await serveFake()
    let closed: Promise<void> | undefined
    served.node.stop = async () => {
      closed = served.close()
    }
    expect((await send(served, 'POST', '/api/v1/stop')).json()).toEqual({ stopping: true })
    await closed
    await expect(send(served, 'GET', '/api/v1/status')).rejects.toThrow(/ECONNREFUSED/)
  })

  test('the OpenAPI document is served', async () => {
    const document = (await send(await serveFake(), 'GET', '/api/v1/openapi.json')).json<{
      openapi: string
      paths: Record<string, object>
    }>()
    expect(document.openapi).toMatch(/^3\.1/)
    expect(Object.keys(document.paths['/folders/{folder}/content/{path}'] ?? {}).toSorted()).toEqual([
      'delete',
      'get',
      'put',
    ])
  })

  test('snapshots come as server-sent events', async () => {
    const served = await serveFake()
    const controller = new AbortController()
    const response = await fetch(`${served.url}/api/v1/status/stream`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: controller.signal,
    })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = response.body!.getReader()
    let text = ''
    while (!text.includes(OWN_ID)) text += new TextDecoder().decode((await reader.read()).value)
    controller.abort()
    await expect.poll(() => served.node.listeners.size).toBe(0)
  })
})

describe('problems', () => {
  test('an error of the node carries code, hint and facts', async () => {
    const answer = await send(await serveFake(), 'POST', '/api/v1/folders/none/pause')
    expect(answer.status).toBe(404)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json()).toEqual({
      type: 'urn:peerfold:error:FOLDER_NOT_FOUND',
      title: 'there is no folder with this id',
      status: 404,
      code: 'FOLDER_NOT_FOUND',
      detail: 'there is no folder with this id',
      hint: expect.stringContaining('peerfold folder list'),
      facts: { folder: 'none' },
    })
  })

  test('input that breaks the schema says where', async () => {
    const answer = await sendJson(await serveFake(), 'POST', '/api/v1/folders', { id: 7 })
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'BAD_INPUT', facts: { at: 'id' } })
  })

  test.each([
    { rule: 'broken JSON', body: '{"id":', type: 'application/json', status: 400, code: 'BAD_INPUT' },
    {
      rule: 'a list in place of an object',
      body: '[]',
      type: 'application/json',
      status: 400,
      code: 'BAD_INPUT',
    },
    { rule: 'another kind of body', body: 'x', type: 'image/png', status: 400, code: 'BAD_INPUT' },
    {
      rule: 'a body over the limit',
      body: `"${'x'.repeat(2 << 20)}"`,
      type: 'application/json',
      status: 413,
      code: 'LIMIT_EXCEEDED',
    },
  ])('$rule is refused with $code', async ({ body, type, status, code }) => {
    const served = await serveFake()
    const answer = await send(served, 'POST', '/api/v1/devices', { body, headers: { 'content-type': type } })
    expect(answer.json()).toMatchObject({ status, code })
    expect((await send(served, 'GET', '/api/v1/status')).status).toBe(200)
  })

  test.each([
    '/nothing',
    '/api',
    '/api/v1',
    '/api/v1/nothing',
    '/api/v2/status',
    '//',
    '/api/v1/%zz',
    '/rpc',
  ])('nothing is at %s', async (path) => {
    expect((await send(await serveFake(), 'GET', path)).json()).toMatchObject({ code: 'NO_SUCH_ROUTE' })
  })

  test('an unexpected error tells nothing of itself', async () => {
    const served = await serveFake()
    served.node.listDevices = async () => {
      throw new Error('a secret path')
    }
    const answer = await send(served, 'GET', '/api/v1/devices')
    expect(answer.json()).toMatchObject({ status: 500, code: 'INTERNAL' })
    expect(answer.text).not.toContain('secret')
  })
})

describe('contents', () => {
  test.each(['plain.txt', 'a/b/c', 'odd name #1?%.txt', 'ünï/çøde 🙂', "quote's", 'a%2Fb'])(
    'a file named %s is written, read and deleted',
    async (name) => {
      const served = await serveFolder()
      const url = `${content}/${name.split('/').map(encodeURIComponent).join('/')}`
      const written = await send(served, 'PUT', url, { body: 'hello' })
      expect(written.json()).toMatchObject({ path: name, size: 5 })
      const read = await send(served, 'GET', url)
      expect(read.text).toBe('hello')
      expect(read.headers).toMatchObject({
        'content-length': '5',
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
        'x-content-type-options': 'nosniff',
        'x-peerfold-mtime-ns': '1700000000123456789',
      })
      expect((await send(served, 'DELETE', url)).status).toBe(204)
      expect((await send(served, 'GET', url)).json()).toMatchObject({ code: 'FILE_NOT_FOUND' })
    },
  )

  test('a file that must be new takes no name that is taken', async () => {
    const served = await serveFolder()
    const put = (headers: Record<string, string>) =>
      send(served, 'PUT', `${content}/new.txt`, { body: 'x', headers })
    expect((await put({ 'if-none-match': '*' })).status).toBe(200)
    expect((await put({ 'if-none-match': '*' })).json()).toMatchObject({ code: 'FILE_EXISTS', status: 409 })
    expect((await put({})).status).toBe(200)
    expect((await put({ 'if-none-match': '"etag"' })).json()).toMatchObject({ code: 'BAD_INPUT' })
  })

  test('HEAD answers with the headers alone', async () => {
    const served = await serveFolder()
    served.node.files.set('docs/a', new Uint8Array(9))
    const head = await send(served, 'HEAD', `${content}/a`)
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '9', ''])
  })

  test.each(['GET', 'DELETE'])('%s refuses dots in a path and does not tidy them away', async (method) => {
    const served = await serveFolder()
    served.node.files.set('docs/b', new Uint8Array(1))
    for (const path of ['a/../b', 'a/%2e%2e/b', '../b', './b'])
      expect((await send(served, method, `${content}/${path}`)).json()).toMatchObject({ code: 'BAD_PATH' })
    expect(served.node.files.size).toBe(1)
  })

  test('broken percent-encoding is a bad path', async () => {
    const served = await serveFolder()
    expect((await send(served, 'GET', `${content}/%ff`)).json()).toMatchObject({ code: 'BAD_PATH' })
  })

  test.each(['mtime_ns=yesterday', 'mtime_ns=99999999999999999999', 'mode=4095', 'mode=-1'])(
    'an upload with %s is refused',
    async (query) => {
      const served = await serveFolder()
      const answer = await send(served, 'PUT', `${content}/a?${query}`, { body: 'x' })
      expect(answer.json()).toMatchObject({ code: 'BAD_INPUT' })
      expect(served.node.files.size).toBe(0)
    },
  )

  test('a large upload passes through in pieces, unlimited by the JSON limit', async () => {
    const served = await serveFolder()
    const body = Buffer.alloc(5 << 20, 7)
    let pieces = 0
    const { uploadFile } = served.node
    served.node.uploadFile = (folder, path, bytes, attributes, signal) => {
      async function* counted() {
        for await (const piece of bytes) {
          pieces++
          yield piece
        }
      }
      return uploadFile(folder, path, counted(), attributes, signal)
    }
    expect((await send(served, 'PUT', `${content}/big`, { body })).json()).toMatchObject({
      size: body.length,
    })
    expect(pieces).toBeGreaterThan(10)
  })

  test('an upload cut short reaches the node as an error, and nothing is written', async () => {
    const served = await serveFolder()
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
    const head = `PUT ${content}/cut HTTP/1.1\r\nhost: ${served.host}\r\nauthorization: Bearer ${TOKEN}\r\n`
    socket.write(`${head}content-length: 1000\r\n\r\nonly this`)
    await expect.poll(() => served.node.calls).toContain('uploading cut')
    socket.destroy()
    await expect.poll(() => served.node.uploadError).toBeInstanceOf(Error)
    expect(served.node.files.size).toBe(0)
  })

  test('a download that fails midway is cut off, not finished', async () => {
    const served = await serveFolder()
    served.node.downloadFile = async () => ({
      sizeBytes: 1000,
      mtimeNs: 0n,
      hash: '',
      content: (async function* () {
        yield new Uint8Array(10)
        throw new PeerfoldError('FILE_CHANGED', 'the file changed')
      })(),
    })
    await expect(send(served, 'GET', `${content}/a`)).rejects.toThrow(/aborted|hang up|reset/i)
    expect((await send(served, 'GET', '/api/v1/status')).status).toBe(200)
  })

  test('a client that goes away frees the file it was reading', async () => {
    const served = await serveFolder()
    let freed = false
    served.node.downloadFile = async () => ({
      sizeBytes: 1e9,
      mtimeNs: 0n,
      hash: '',
      content: (async function* () {
        try {
          for (;;) yield new Uint8Array(65_536)
        } finally {
          freed = true
        }
      })(),
    })
    const controller = new AbortController()
    const response = await fetch(`${served.url}${content}/a`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: controller.signal,
    })
    await response.body!.getReader().read()
    controller.abort()
    await expect.poll(() => freed).toBe(true)
  })
})
