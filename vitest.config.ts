/**
 * How the tests run. Promises that every folder under test/ belongs to exactly one project, that
 * fast pure tests share both cores, and that whatever measures time, memory or real processes has
 * the machine for itself. Never provides globals: a test imports what it uses.
 */
import { defineConfig } from 'vitest/config'

interface ProjectPlan {
  readonly name: string
  /** Projects of one number run together; smaller numbers first. */
  readonly order: number
  /** Test files at the same time: two cores carry two, and more where they wait for real time. */
  readonly workers: number
  /** Milliseconds after which one test is a failure; generous, they only end what hangs. */
  readonly deadlineMs: number
  /** Files one after the other in the same process, which saves half of what small ones cost. */
  readonly shared?: true
  /** Runs once before the first test of the project. */
  readonly setup?: string
}

export const PLAN: readonly ProjectPlan[] = [
  { name: 'architecture', order: 0, workers: 2, deadlineMs: 20_000, shared: true },
  { name: 'unit', order: 0, workers: 2, deadlineMs: 20_000, shared: true },
  { name: 'contract', order: 0, workers: 2, deadlineMs: 20_000, shared: true },
  { name: 'property', order: 1, workers: 2, deadlineMs: 60_000, shared: true },
  { name: 'anomaly', order: 1, workers: 2, deadlineMs: 60_000, shared: true },
  { name: 'simulation', order: 2, workers: 2, deadlineMs: 240_000, shared: true },
  { name: 'integration', order: 3, workers: 4, deadlineMs: 180_000 },
  { name: 'budget', order: 4, workers: 1, deadlineMs: 180_000 },
  { name: 'ui', order: 5, workers: 3, deadlineMs: 120_000, setup: 'test/ui/support/global-setup.ts' },
]

export default defineConfig({
  test: {
    allowOnly: false,
    // Child processes, not threads: a crash or a leaked handle names its file, and better-sqlite3
    // and the workers under test meet the same process shape as in production.
    reporters: ['default', './test/support/skip-reporter.ts'],
    slowTestThreshold: 2_000,
    // Tests of one file at once, where they say so: each is a process of its own.
    maxConcurrency: 2,
    teardownTimeout: 10_000,
    projects: PLAN.map(({ name, order, workers, deadlineMs, shared = false, setup }) => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        environment: 'node',
        globals: false,
        pool: 'forks' as const,
        maxWorkers: workers,
        isolate: !shared,
        testTimeout: deadlineMs,
        hookTimeout: deadlineMs,
        sequence: { groupOrder: order },
        globalSetup: ['test/support/electron-mirror.ts', ...(setup === undefined ? [] : [setup])],
      },
    })),
  },
})
