/**
 * Prints every skipped test with its reason at the end of a run, so that "green" never hides what
 * did not run. Never changes the verdict.
 */
import type { Reporter, TestModule } from 'vitest/node'

export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = new Map<string, number>()
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result()
        const reason =
          (result.state === 'skipped' && result.note) || 'no reason given (or left out by a filter)'
        const line = `${module.relativeModuleId}: ${reason}`
        skipped.set(line, (skipped.get(line) ?? 0) + 1)
      }
    }
    for (const [line, count] of [...skipped].sort()) process.stdout.write(`skipped ${count} in ${line}\n`)
  }
}
