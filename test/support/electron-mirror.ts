/**
 * A place that Electron would be downloaded from, for the whole run: on this machine, empty, and
 * counting. Promises that whatever loads Electron's package in any test or in any process of one
 * makes the run fail, instead of fetching 100 MB behind everybody's back. Never lets it through.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Mirror {
  /** Paths that were asked for. */
  readonly asked: readonly string[]
  /** What a process needs so that its download comes here, and finds no earlier one. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

export async function openMirror(): Promise<Mirror> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cache = mkdtempSync(join(tmpdir(), 'peerfold-electron-cache-'))
  return {
    asked,
    environment: {
      ELECTRON_MIRROR: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      electron_config_cache: cache,
    },
    close: async () => {
      rmSync(cache, { recursive: true, force: true })
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Called by Vitest once for each project; the first call serves them all. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['PEERFOLD_TEST_MIRROR'] !== undefined) return undefined
  const mirror = await openMirror()
  Object.assign(process.env, mirror.environment, { PEERFOLD_TEST_MIRROR: '1' })
  return async () => {
    await mirror.close()
    if (mirror.asked.length > 0)
      throw new Error(`something in this run wanted to download Electron: ${mirror.asked.join(', ')}`)
  }
}
