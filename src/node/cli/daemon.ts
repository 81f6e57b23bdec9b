/**
 * The way to the running node of a home: HOME/api.json and the client. Promises
 * DAEMON_UNREACHABLE when the file is missing, damaged, or left behind by a node that is gone.
 * Never starts a node.
 */
import { join } from 'node:path'
import { type ApiClient, connectClient } from '../api/client.ts'
import { isPeerfoldError, PeerfoldError } from '../base/errors.ts'
import { readPlainFile } from '../fs/plain-file.ts'
import type { ApiFile } from './offline.ts'

/** api.json is three short fields. */
const LIMIT_BYTES = 64 << 10

export async function readApiFile(home: string): Promise<ApiFile> {
  const path = join(home, 'api.json')
  const bytes = await readPlainFile(path, LIMIT_BYTES)
  if (!bytes) throw unreachable('no node runs on this home', home)
  const file = parse(bytes)
  if (!file) throw unreachable('api.json is damaged; the node writes it anew when it starts', home)
  return file
}

export async function connectDaemon(home: string, isAlive: (pid: number) => boolean): Promise<ApiClient> {
  const file = await readApiFile(home)
  try {
    return await connectClient(file)
  } catch (error) {
    if (!isPeerfoldError(error) || error.code !== 'DAEMON_UNREACHABLE' || isAlive(file.pid)) throw error
    throw unreachable('the node of this home is gone; it left its api.json behind', home, error)
  }
}

function parse(bytes: Uint8Array): ApiFile | undefined {
  try {
    const { url, token, pid } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
    if (typeof url === 'string' && typeof token === 'string' && Number.isInteger(pid))
      return { url, token, pid: pid as number }
  } catch {
    // Not JSON: the caller says that it is damaged.
  }
  return undefined
}

function unreachable(message: string, home: string, cause?: unknown): PeerfoldError {
  return new PeerfoldError('DAEMON_UNREACHABLE', message, { home }, cause)
}
