/**
 * What a running node shows of itself: the calls of the contract for our own window, and, when it
 * is wanted, a door for browsers and programs. Promises that HOME/api.json says where the door is
 * only while it is open. Never starts or stops the node behind it.
 */
import { SignIn } from './access/sign-in.ts'
import { newToken } from './access/token.ts'
import { SESSION_KEY_BYTES } from './access/web-session.ts'
import { type ApiHandle, serveApi } from './api/http-server.ts'
import { type RpcPort, servePorts } from './api/message-port.ts'
import type { NodePort, SignInCode } from './api/node-port.ts'
import { type Api, createApi } from './api/router.ts'
import { createLines } from './api/rpc-line.ts'
import type { StaticSource } from './api/static-files.ts'
import type { Clock } from './base/clock.ts'
import { PeerfoldError } from './base/errors.ts'
import { nextTurn } from './base/event-loop-turn.ts'
import type { Log } from './base/log.ts'
import type { Random } from './base/random.ts'
import type { FolderRoot } from './fs/file-system.ts'
import { homeFile } from './fs/home-files.ts'

/** Files of a home. */
const API = 'api.json'
const WEB_KEY = 'web-key'

export interface FaceParts {
  readonly home: FolderRoot
  readonly node: NodePort
  /** Id of this device. */
  readonly device: string
  readonly interface: StaticSource | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly version: string
}

export interface DoorSettings {
  readonly host: string
  readonly port: number
  readonly allowedHosts: readonly string[]
}

export interface Face {
  /** Serves the contract to our own window, whose port this is. */
  connect(port: RpcPort): void
  /** Where the door is; undefined without one. */
  readonly url: string | undefined
  /** A one-time code and the address to open with it. NO_BROWSER_DOOR. */
  invite(): SignInCode
  /** Idempotent. */
  close(): Promise<void>
}

/** Without `settings` there is no door, and nothing listens. PORT_IN_USE, PERMISSION_DENIED, BAD_INPUT. */
export async function openFace(parts: FaceParts, settings: DoorSettings | undefined): Promise<Face> {
  const { node, clock, log } = parts
  let door: Door | undefined
  const invite = (): SignInCode => {
    if (!door) throw new PeerfoldError('NO_BROWSER_DOOR', 'this node has no address for browsers')
    return invitationTo(door)
  }
  const api = createApi({ node, clock, log, invite })
  if (settings) door = await openDoor(api, parts, settings)
  const ports = servePorts(createLines(api.router, log))
  const close = async (): Promise<void> => {
    api.stop()
    await door?.close()
    // The answer to "stop" is on its way.
    await nextTurn()
    ports.close()
  }
  return { connect: ports.serve, url: door?.handle.url, invite, close }
}

interface Door {
  readonly handle: ApiHandle
  readonly signIn: SignIn
  close(): Promise<void>
}

async function openDoor(api: Api, parts: FaceParts, settings: DoorSettings): Promise<Door> {
  const { home, random, device } = parts
  const signIn = new SignIn(parts, { bytes: await webKey(parts), device })
  const token = newToken(random)
  const handle = await serveApi({ ...parts, api, signIn }, { ...settings, token, version: parts.version })
  const file = homeFile(home, API, { keepPrevious: false, mode: 0o600 })
  const close = async (): Promise<void> => {
    await file.remove()
    await handle.close()
  }
  try {
    const content = { url: handle.url, token, pid: process.pid }
    await file.replace(Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`))
  } catch (error) {
    await handle.close()
    throw error
  }
  return { handle, signIn, close }
}

/** The fragment stays in the browser: it is in no request and in no log. */
function invitationTo({ handle, signIn }: Door): SignInCode {
  const { code, expiresMs } = signIn.invite()
  return { code, expiresMs, url: `${handle.browserUrl}/#code=${code}` }
}

/** Kept, so that a restart signs nobody out; made anew when it is missing or damaged. */
async function webKey({ home, random, log }: FaceParts): Promise<Uint8Array> {
  const file = homeFile(home, WEB_KEY, { keepPrevious: false, mode: 0o600 })
  const kept = await file.read()
  if (kept?.length === SESSION_KEY_BYTES) return kept
  if (kept) log.warn('the key of browser sessions is damaged; everybody signs in again')
  const made = random.bytes(SESSION_KEY_BYTES)
  await file.replace(made)
  return made
}
