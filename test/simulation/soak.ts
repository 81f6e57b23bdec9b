/**
 * Many worlds on all cores: npm run sim:soak -- --seeds N [--steps 300] [--from X] [--minutes M] [--out DIR].
 * Promises that a process that dies or hangs costs one world, which counts as failed, and that every
 * failure is on disk with its command as soon as it is known. Exit code 1 when any world failed.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { within } from '../support/deadline.ts'
import { commandFor, worldOf } from './rotation.ts'
import type { SoakResult } from './soak-worker.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '300' },
    from: { type: 'string' },
    minutes: { type: 'string', default: '600' },
    processes: { type: 'string', default: String(availableParallelism()) },
    out: { type: 'string', default: '.tmp/soak' },
  },
})

/** A world takes seconds: what takes this long does not end. */
const HANG_MS = 300_000
const PROGRESS_MS = 30_000
/** Worlds make much that is soon forgotten: a larger nursery saves a tenth of the time. */
const MEMORY = ['--max-semi-space-size=32']

const steps = Number(values.steps)
const from = values.from === undefined ? randomInt(2 ** 31) : Number(values.from)
const upTo = from + Number(values.seeds)
const startMs = performance.now()
const endMs = startMs + Number(values.minutes) * 60_000
const counts = new Map<string, number>()
const failures: { seed: number; command: string; problems: readonly string[] }[] = []
let next = from
let done = 0
let cpuMs = 0
let toldMs = startMs

mkdirSync(values.out, { recursive: true })
const failuresFile = join(values.out, `failures-${from}.jsonl`)
const summaryFile = join(values.out, `summary-${from}.json`)
console.log(`worlds ${from} to ${upTo - 1}, ${steps} steps each, ${values.processes} processes`)
await Promise.all(Array.from({ length: Number(values.processes) }, work))
tell()
for (const [event, times] of [...counts].toSorted()) console.log(`${String(times).padStart(10)}  ${event}`)
for (const { command } of failures) console.log(`FAILED  ${command}`)
console.log(`${done} worlds, ${failures.length} failed; ${summaryFile}`)
process.exitCode = failures.length > 0 || done === 0 ? 1 : 0

/** One process after the other, each for as many worlds as it survives. */
async function work(): Promise<void> {
  let child: ChildProcess | undefined
  while (next < upTo && performance.now() < endMs) {
    const seed = next++
    child =
      child?.connected && !child.killed
        ? child
        : fork(join(import.meta.dirname, 'soak-worker.ts'), { execArgv: MEMORY })
    const result = await resultOf(child, seed)
    done++
    cpuMs += result.cpuMs
    for (const [event, times] of result.counts) counts.set(event, (counts.get(event) ?? 0) + times)
    if (result.problems.length > 0) keepFailure(seed, result.problems)
    if (performance.now() - toldMs >= PROGRESS_MS) tell()
  }
  child?.disconnect()
}

async function resultOf(child: ChildProcess, seed: number): Promise<SoakResult> {
  const answer = Promise.withResolvers<SoakResult>()
  const failed = (why: string): SoakResult => ({ problems: [why], counts: [], cpuMs: 0 })
  const onExit = (code: number | null, signal: string | null): void =>
    answer.resolve(failed(`the process died: ${signal ?? code}`))
  child.on('exit', onExit)
  child.on('message', answer.resolve)
  try {
    if (child.connected) child.send({ seed, steps })
    return await within(HANG_MS, 'the world ends', answer.promise)
  } catch (error) {
    child.kill('SIGKILL')
    return failed(String(error))
  } finally {
    child.off('exit', onExit)
    child.off('message', answer.resolve)
  }
}

function keepFailure(seed: number, problems: readonly string[]): void {
  const world = worldOf(seed, steps)
  const failure = { seed, command: commandFor(world), world, problems: problems.slice(0, 20) }
  failures.push(failure)
  appendFileSync(failuresFile, `${JSON.stringify(failure)}\n`)
  console.log(`FAILED  ${failure.command}\n        ${problems[0]?.slice(0, 200)}`)
}

function tell(): void {
  toldMs = performance.now()
  const minutes = (performance.now() - startMs) / 60_000
  const perMinute = done / minutes
  const cpuSecondsPerWorld = done > 0 ? cpuMs / 1_000 / done : 0
  console.log(
    `${done} worlds in ${minutes.toFixed(1)} min, ${perMinute.toFixed(1)} a minute, ` +
      `${cpuSecondsPerWorld.toFixed(2)} s of processor each, ${failures.length} failed`,
  )
  const sorted = Object.fromEntries([...counts].toSorted())
  const summary = {
    from,
    upTo,
    steps,
    done,
    minutes,
    perMinute,
    cpuSecondsPerWorld,
    failures,
    counts: sorted,
  }
  writeFileSync(summaryFile, `${JSON.stringify(summary, null, 2)}\n`)
}
