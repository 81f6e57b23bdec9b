/**
 * Fetches Electron's executable by the package's own script, as a process with a limit. Promises
 * an answer within the limit, whatever the mirror does, and that nothing of it runs on afterwards.
 * Never called without a wish: see launch.ts.
 */
import { spawn } from 'node:child_process'
import { textOf } from '../../base/errors.ts'
import type { Clock } from '../../base/clock.ts'

export interface Download {
  /** Path of a Node that runs the script. */
  readonly node: string
  readonly installer: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly limitMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A reason is short, or nobody reads it. */
const REASON_LIMIT = 200

/** Undefined when it worked, otherwise why not. */
export async function downloadElectron(download: Download): Promise<string | undefined> {
  const { node, installer, env, limitMs, clock, signal } = download
  // The script may follow redirects for ever and has no limit of its own for a silent mirror.
  const child = spawn(node, [installer], { stdio: ['ignore', 'ignore', 'pipe'], env, windowsHide: true })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-8_192)))
  let stopped: string | undefined
  const stop = (why: string): void => {
    stopped ??= why
    child.kill('SIGKILL')
  }
  const interrupt = (): void => stop('interrupted')
  const limit = clock.after(limitMs, () => stop(`download failed: no end after ${limitMs / 1000} s`))
  signal.addEventListener('abort', interrupt, { once: true })
  if (signal.aborted) interrupt()
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    if (stopped !== undefined) return stopped
    return code === 0 ? undefined : `download failed: ${reasonIn(said) ?? `exit code ${code}`}`
  } catch (error) {
    return `download failed: ${textOf(error)}`
  } finally {
    limit.cancel()
    signal.removeEventListener('abort', interrupt)
  }
}

/** The message of an uncaught error, else the first line that was said. */
export function reasonIn(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  const thrown = lines.map((line) => /^(?:Uncaught )?\w*Error(?: \[\w+\])?: (.+)$/.exec(line)?.[1])
  const reason = thrown.find((message) => message !== undefined) ?? lines.find((line) => line !== '')
  return reason?.slice(0, REASON_LIMIT)
}
