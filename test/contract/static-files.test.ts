/** The built interface over HTTP: to everybody at our door, and nothing but its files. */
import { describe, expect, test } from 'vitest'
import { CONTENT_SECURITY_POLICY } from '../../src/node/api/content-security-policy.ts'
import type { StaticSource } from '../../src/node/api/static-files.ts'
import { send, serveFake, type Served } from '../support/api-server.ts'

const FILES: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><script type="module" src="/assets/index-C0ffee12.js"></script>',
  'assets/index-C0ffee12.js': 'start()',
  'icon.svg': '<svg/>',
}

/** Counts what it was asked for, so that a test sees what never reached it. */
function source(): StaticSource & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    read: async (path) => {
      asked.push(path)
      const text = FILES[path]
      return text === undefined ? undefined : Buffer.from(text)
    },
  }
}

function get(served: Served, path: string, headers: Record<string, string> = {}, method = 'GET') {
  return send(served, method, path, { token: false, headers })
}

describe('the interface', () => {
  test('is shown without a session, its page fresh and its assets kept', async () => {
    const served = await serveFake({ interface: source() })
    for (const path of ['/', '/index.html', '/?x=1']) {
      const page = await get(served, path)
      expect([page.status, page.text]).toEqual([200, FILES['index.html']])
      expect(page.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-length': String(page.text.length),
      })
    }
    const script = await get(served, '/assets/index-C0ffee12.js')
    expect(script.text).toBe('start()')
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })

  test('answers HEAD with the headers alone', async () => {
    const served = await serveFake({ interface: source() })
    const answer = await get(served, '/icon.svg', {}, 'HEAD')
    expect([answer.status, answer.text, answer.headers['content-length']]).toEqual([200, '', '6'])
  })

  test.each([
    '/nothing',
    '/assets',
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%5cpackage.json',
    '/index.html%00',
    '/.env',
    '//evil.example/',
    '/%zz',
  ])('has nothing at %s', async (path) => {
    const served = await serveFake({ interface: source() })
    expect((await get(served, path)).json()).toMatchObject({ status: 404, code: 'NO_SUCH_ROUTE' })
  })

  test('never asks its source for a name that could climb', async () => {
    const files = source()
    const served = await serveFake({ interface: files })
    for (const path of ['/../a', '/%2e%2e%2fa', '/a/../../b', '/..\\a', '/.git/config', '/a%00b'])
      await get(served, path)
    expect(files.asked).toEqual([])
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('is not there for %s', async (method) => {
    const served = await serveFake({ interface: source() })
    expect((await get(served, '/', {}, method)).status).toBe(404)
  })

  test('is not shown under a rebound name or to a foreign origin', async () => {
    const files = source()
    const served = await serveFake({ interface: files })
    expect((await get(served, '/', { host: 'evil.example' })).status).toBe(403)
    expect((await get(served, '/', { origin: 'http://evil.example' })).status).toBe(403)
    expect((await get(served, '/', { origin: 'null' })).status).toBe(403)
    expect(files.asked).toEqual([])
    expect((await get(served, '/')).status).toBe(200)
  })

  test('that was not built says how to build it', async () => {
    const empty: StaticSource = { read: async () => undefined }
    for (const settings of [{}, { interface: empty }]) {
      const served = await serveFake(settings)
      const page = await get(served, '/')
      expect(page.status).toBe(503)
      expect(page.text).toContain('npm run build')
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    }
  })

  test('that cannot be read is an error without a word of the disk', async () => {
    const broken: StaticSource = { read: () => Promise.reject(new Error('/home/anna/secret')) }
    const answer = await get(await serveFake({ interface: broken }), '/')
    expect(answer.json()).toMatchObject({ status: 500, code: 'INTERNAL' })
    expect(answer.text).not.toContain('anna')
  })
})

test.each(['/', '/icon.svg', '/nothing', '/api/v1/status', '/api/v1/session', '/api/v1/openapi.json'])(
  'the answer at %s carries the policy and no way around it',
  async (path) => {
    const served = await serveFake({ interface: source() })
    for (const answer of [await get(served, path), await send(served, 'GET', path)])
      expect(answer.headers).toMatchObject({
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
  },
)
