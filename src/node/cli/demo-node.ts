/**
 * One node of the demonstration: a process of its own, like any other. Promises that it ends with
 * this process however that dies, and that a node that dies is told with the end of its log.
 * Never finds or is found by anybody: loopback, fixed addresses, no discovery.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { ApiClient } from '../api/client.ts'
import { codeOf, PeerfoldError } from '../base/errors.ts'
import type { Context } from './command.ts'
import { connectDaemon } from './daemon.ts'

export interface DemoNode {
  readonly name: string
  readonly id: string
  readonly home: string
  readonly listening: readonly string[]
  readonly client: ApiClient
  /** Rejects when the node ends without being asked. */
  readonly died: Promise<never>
  /** Orderly; idempotent. */
  stop(): Promise<void>
}

/** A failure prints a line or two; these are for what came before. */
const LOG_LINES = 12

export async function startDemoNode(
  name: string,
  home: string,
  { program, isAlive }: Pick<Context, 'program' | 'isAlive'>,
): Promise<DemoNode> {
  const child = spawnNode(program, name, home)
  let asked = false
  const log = lastLines(child)
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    // "close" comes when the log has been read to its end, too.
    child.once('close', () => resolve())
  })
  const died = ended.then((): never | Promise<never> => {
    if (asked) return new Promise<never>(() => {})
    const how = child.signalCode ?? `exit code ${child.exitCode}`
    throw new PeerfoldError('INTERNAL', `the node "${name}" ended (${how}); its last words:\n${log()}`, {
      home,
    })
  })
  died.catch(() => {}) // Whoever races it hears of it.
  try {
    const { id, listening } = await Promise.race([readyLine(child), died])
    const client = await connectDaemon(home, isAlive)
    const stop = async (): Promise<void> => {
      if (!asked && child.exitCode === null && child.signalCode === null) {
        asked = true
        await client.calls.node.stop().catch((error: unknown) => {
          // The line may go down before the answer comes.
          if (codeOf(error) !== 'DAEMON_UNREACHABLE') throw error
        })
      }
      await ended
      client.close()
    }
    return { name, id, home, listening, client, died, stop }
  } catch (error) {
    asked = true
    child.kill()
    throw error
  }
}

function spawnNode(program: string, name: string, home: string): ChildProcess {
  const where = ['--api', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-discovery']
  return spawn(
    process.execPath,
    [program, 'start', '--home', home, '--name', name, ...where, '--json', '--log-level', 'warn'],
    {
      // The fourth stream closes when this process dies; the entry (peerfold.js) then ends, too.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, PEERFOLD_RUN_AGAIN: '1' },
      // A terminal sends Ctrl-C to its whole group. The nodes are stopped in order instead.
      detached: true,
      windowsHide: true,
    },
  )
}

function lastLines(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (data: Buffer) => {
    text = (text + data.toString())
      .split('\n')
      .slice(-LOG_LINES - 1)
      .join('\n')
  })
  return () => text.trimEnd() || '(none)'
}

/** "serve --json" prints one line when it is ready. */
function readyLine(child: ChildProcess): Promise<{ id: string; listening: string[] }> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString()
      if (!text.includes('\n')) return
      try {
        resolve(JSON.parse(text.slice(0, text.indexOf('\n'))) as { id: string; listening: string[] })
      } catch (error) {
        reject(error)
      }
    })
  })
}
