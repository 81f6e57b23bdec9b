/**
 * All that can be said of the project without running it: format, types, lint, architecture, dead code;
 * on all cores, since each runs on one. Promises to print what each found and to fail when one does.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Scripts of package.json, the longest first. */
const CHECKS = ['check:format', 'types', 'check:unused', 'check:architecture', 'check:lint']

const waiting = [...CHECKS]
await Promise.all(Array.from({ length: availableParallelism() }, work))

async function work(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const { code, text } = await run(`node --run ${check}`)
    console.log(`\n${check}\n${text.trimEnd()}`)
    if (code === 0) continue
    console.error(`${check} failed`)
    process.exitCode = 1
  }
}

function run(command: string): Promise<{ code: number | null; text: string }> {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const texts: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => texts.push(bytes.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text: texts.join('') })))
}
