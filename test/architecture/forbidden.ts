/**
 * Words that may stand in some layers only: the machine's clock and dice, its environment, errors
 * without a code. Promises line and reason of each. Never looks into comments or strings.
 */
import { lineAt, mask } from './mask.ts'
import type { Violation } from './check-source.ts'

interface Ban {
  readonly pattern: RegExp
  /** Layers, or beginnings of file paths, where the word is at home. */
  readonly allowedIn: readonly string[]
  readonly why: string
}

const BANS: readonly Ban[] = [
  {
    pattern:
      /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.(?:now|timeOrigin)\b|\bprocess\.(?:hrtime|uptime)\b/g,
    allowedIn: ['node/base', 'main', 'renderer'],
    why: 'time is a parameter: take the Clock of base',
  },
  {
    pattern: /(?<![.\w])(?:setTimeout|setInterval|setImmediate)\b|\bAbortSignal\.timeout\b/g,
    allowedIn: ['node/base', 'main', 'renderer'],
    why: 'a timer is a clock: take the Clock of base',
  },
  {
    pattern: /\bMath\.random\b|\b(?:randomBytes|randomUUID|randomInt|randomFillSync|getRandomValues)\b/g,
    allowedIn: ['node/base', 'renderer'],
    why: 'chance is a parameter: take the Random of base',
  },
  {
    pattern: /\bprocess\.(?:env|argv)\b/g,
    allowedIn: ['node/cli', 'node/node.ts', 'node/desktop.ts', 'main'],
    why: 'environment and flags are read where the program starts, and handed on as settings',
  },
  {
    pattern: /\bprocess\.(?:exit|exitCode)\b/g,
    allowedIn: ['node/cli', 'node/node.ts', 'node/desktop.ts', 'main'],
    why: 'only the program ends the program',
  },
  {
    pattern: /\bconsole\./g,
    allowedIn: [],
    why: 'facts go to the Log of base, words for people to the stream the command was given',
  },
  {
    pattern: /\bthrow new (?:Error|TypeError|RangeError)\b/g,
    allowedIn: ['node/base', 'main', 'renderer'],
    why: 'an error needs a code that says what happens next: throw a PeerfoldError',
  },
]

/** core and codec get no log at all: what they find out is their result. */
const LOGLESS: Ban = {
  pattern: /\bbase\/log\.ts/g,
  allowedIn: [],
  why: 'core and codec never log: what they find out is their result',
}

export function findForbidden(file: string, layer: string, source: string): Violation[] {
  const { code } = mask(source)
  const found: Violation[] = []
  for (const { pattern, allowedIn, why } of BANS) {
    if (allowedIn.includes(layer)) continue
    for (const match of code.matchAll(pattern))
      found.push({ file, line: lineAt(source, match.index), reason: `${match[0]}: ${why}` })
  }
  if (layer === 'node/core' || layer === 'node/codec')
    for (const match of source.matchAll(LOGLESS.pattern))
      found.push({ file, line: lineAt(source, match.index), reason: LOGLESS.why })
  if (!/^(?:#![^\n]*\n)?\s*\/[*/]/.test(source))
    found.push({ file, line: 1, reason: 'begins without the comment that says what it promises' })
  return found
}

const TEST_BANS: readonly Ban[] = [
  {
    pattern: /\b(?:test|it|describe|suite|bench)(?:\.\w+)*\.(?:only|todo|fails)\b/g,
    allowedIn: [],
    why: 'a lone or unwritten test hides the others',
  },
  {
    pattern: /\b(?:test|it|describe|suite)(?:\.\w+)*\.(?:skip|skipIf|runIf)\b/g,
    allowedIn: [],
    why: 'gives no reason; call skip(condition, reason) of the test context, also in beforeEach',
  },
  {
    pattern: /\bskip\(\s*\)/g,
    allowedIn: [],
    why: 'give the reason, so that the run can print it',
  },
  {
    pattern: /\bMath\.random\b/g,
    allowedIn: [],
    why: 'a test that throws unseeded dice cannot be repeated',
  },
  {
    pattern: /(?<![.\w])(?:setTimeout|setInterval)\b|\bnode:timers/g,
    allowedIn: ['test/support/'],
    why: 'wait for the event, with a deadline, by the helpers in test/support',
  },
]

/** What no test may say. */
export function findForbiddenInTest(file: string, source: string): Violation[] {
  const { code } = mask(source)
  return TEST_BANS.filter(({ allowedIn }) => !allowedIn.some((place) => file.startsWith(place))).flatMap(
    ({ pattern, why }) =>
      [...code.matchAll(pattern)].map((match) => ({
        file,
        line: lineAt(source, match.index),
        reason: `${match[0]}: ${why}`,
      })),
  )
}
