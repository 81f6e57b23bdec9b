/**
 * Signing in and out in a browser. Promises that the page never holds a token: the node sets a
 * cookie that scripts cannot read. Asking whether there is a session is no error.
 */
import { CallError, type Facts } from './call-error.ts'

const SESSION = '/api/v1/session'

/** undefined when there is a session; else the code why not. */
export async function findObstacle(): Promise<string | undefined> {
  try {
    const { signedIn } = (await exchange('GET')) as { signedIn: boolean }
    return signedIn ? undefined : 'UNAUTHORIZED'
  } catch (error) {
    return error instanceof CallError ? error.code : 'INTERNAL'
  }
}

/** Throws CallError: SIGN_IN_CODE_INVALID, TOO_MANY_TRIES, DAEMON_UNREACHABLE. */
export async function signIn(code: string): Promise<void> {
  await exchange('POST', { code })
}

export async function signOut(): Promise<void> {
  await exchange('DELETE')
}

/** The code in what a person pastes: a link, its fragment, or the code alone. */
export function codeIn(text: string): string {
  return /(?:^|#|&)code=([^&\s]+)/.exec(text)?.[1] ?? text.trim()
}

async function exchange(method: string, body?: unknown): Promise<unknown> {
  const response = await fetch(SESSION, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  }).catch((error: unknown) => {
    throw new CallError('DAEMON_UNREACHABLE', {}, error)
  })
  const answer: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined)
  if (response.ok) return answer
  const { code = 'INTERNAL', facts = {} } = (answer ?? {}) as { code?: string; facts?: Facts }
  throw new CallError(code, facts)
}
