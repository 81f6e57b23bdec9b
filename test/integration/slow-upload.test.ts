/** An upload that takes longer than the node's own looks at the folder. */
import { request } from 'node:http'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually, within } from '../support/deadline.ts'
import { isAtRest, openStage, type RealNode, share } from '../support/real-nodes.ts'

const PATIENCE_MS = 60_000

test('a scan in the middle of an upload leaves what has arrived of it', async () => {
  const stage = openStage()
  const path = stage.make('films')
  const node = await stage.node('laptop')
  await share(node, 'films', path, [])
  // Until it is open, nothing can be added to it.
  await eventually(PATIENCE_MS, 'the folder is open', () => isAtRest(node, 'films'))
  const upload = beginUpload(node, '/folders/films/content/summer.mp4')
  await upload.send(Buffer.alloc(100_000, 1))
  for (let look = 0; look < 2; look++)
    expect((await node.request('POST', '/folders/films/rescan', { wait: true })).status).toBe(200)
  await upload.send(Buffer.alloc(100_000, 2))
  expect(await upload.end()).toBe(200)
  expect(readFileSync(join(path, 'summer.mp4'))).toEqual(
    Buffer.concat([Buffer.alloc(100_000, 1), Buffer.alloc(100_000, 2)]),
  )
})

test('an upload whose line breaks goes on where it was cut', async () => {
  const stage = openStage()
  const path = stage.make('films')
  const node = await stage.node('laptop')
  await share(node, 'films', path, [])
  // Until it is open, nothing can be added to it.
  await eventually(PATIENCE_MS, 'the folder is open', () => isAtRest(node, 'films'))
  const id = 'c0ffee'.padEnd(32, '0')
  const upload = beginUpload(node, `/folders/films/content/summer.mp4?upload=${id}`)
  await upload.send(Buffer.alloc(100_000, 1))
  const uploaded = `/folders/films/uploads/${id}?path=summer.mp4`
  const known = async () => (await node.request('GET', uploaded)).body
  await expect.poll(known, { timeout: PATIENCE_MS }).toEqual({ bytes: 100_000 })
  upload.cut()
  expect((await node.request('POST', '/folders/films/rescan', { wait: true })).status).toBe(200)
  expect([await known(), readdirSync(path).includes('summer.mp4')]).toEqual([{ bytes: 100_000 }, false])
  const rest = beginUpload(node, `/folders/films/content/summer.mp4?upload=${id}&offset=100000`, 100_000)
  await rest.send(Buffer.alloc(100_000, 2))
  expect(await rest.end()).toBe(200)
  expect(readFileSync(join(path, 'summer.mp4'))).toEqual(
    Buffer.concat([Buffer.alloc(100_000, 1), Buffer.alloc(100_000, 2)]),
  )
  expect(readdirSync(path).toSorted()).toEqual(['.peerfold', 'summer.mp4'])
})

interface Upload {
  /** Resolves when the system has taken it. */
  send(bytes: Buffer): Promise<void>
  /** The line breaks. */
  cut(): void
  /** The status of the answer. */
  end(): Promise<number | undefined>
}

function beginUpload(node: RealNode, route: string, length = 200_000): Upload {
  const { url, token } = JSON.parse(readFileSync(join(node.home, 'api.json'), 'utf8')) as {
    url: string
    token: string
  }
  const sent = request(`${url}/api/v1${route}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-length': length },
  })
  const answered = new Promise<number | undefined>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => resolve(response.resume().statusCode))
  })
  return {
    send: (bytes) =>
      within(PATIENCE_MS, 'bytes leave', new Promise((resolve) => sent.write(bytes, () => resolve()))),
    cut: () => {
      answered.catch(() => {})
      sent.destroy()
    },
    end: () => {
      sent.end()
      return within(PATIENCE_MS, 'the upload is answered', answered)
    },
  }
}
