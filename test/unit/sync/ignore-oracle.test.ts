/**
 * Our ignore rules against git, which defined them: random rules over random trees, each path asked of
 * `git check-ignore`. Skipped where there is no git.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { createIgnoreRules } from '../../../src/node/sync/ignore-rules.ts'
import { amount } from '../../support/tier.ts'

const repository = mkdtempSync(join(tmpdir(), 'peerfold-ignore-'))
afterAll(() => rmSync(repository, { recursive: true, force: true }))

/** Nothing but the repository's own .gitignore speaks. */
const env = {
  PATH: process.env.PATH,
  HOME: repository,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
}

function git(args: readonly string[], input = ''): string {
  // Nothing ignored at all is exit 1.
  try {
    return execFileSync('git', args, { cwd: repository, env, input, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    const { status, stdout } = error as { status?: number; stdout?: string }
    if (status !== 1) throw error
    return stdout ?? ''
  }
}

function hasGit(): boolean {
  try {
    return git(['--version']) !== ''
  } catch {
    // Asked only to know whether it is there.
    return false
  }
}

interface Path {
  readonly path: string
  readonly isDirectory: boolean
}

/** One letter of two bytes would tell us apart: "?" is a character here and a byte there. */
const name = fc.constantFrom('a', 'b', 'ab', 'a.b', '.a', 'A', 'a b', 'éé', 'x1', '[a]', 'build', '#a', '!a')
const paths = fc
  .array(fc.array(name, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 12 })
  .map((lists) => treeOf(lists.map((names) => names.join('/'))))

/** Every path with the directories above it; what another path goes through is a directory. */
function treeOf(files: readonly string[]): Path[] {
  const all = new Map<string, boolean>()
  for (const file of files) {
    all.set(file, all.get(file) ?? false)
    for (let at = dirname(file); at !== '.'; at = dirname(at)) all.set(at, true)
  }
  return [...all].map(([path, isDirectory]) => ({ path, isDirectory }))
}

const part = fc.oneof(
  { weight: 3, arbitrary: name.filter((text) => !/^[#!]|\[/.test(text)) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '*',
      'a*',
      '*b',
      '?',
      '?b',
      '[ab]',
      '[!a]',
      '[a-c]*',
      '*.b',
      '.*',
      '**',
      '\\#a',
      '\\!a',
    ),
  },
)
const rule = fc
  .record({
    not: fc.constantFrom('', '', '', '!'),
    slash: fc.constantFrom('', '', '/'),
    parts: fc.array(part, { minLength: 1, maxLength: 3 }),
    end: fc.constantFrom('', '', '/'),
  })
  .map(({ not, slash, parts, end }) => not + slash + parts.join('/') + end)
const line = fc.oneof(
  { weight: 8, arbitrary: rule },
  { weight: 1, arbitrary: fc.constantFrom('', '# a', '#', 'a ', '   ', 'a\\ ', '!', '/') },
)
const rules = fc.array(line, { minLength: 1, maxLength: 6 })

/** Path by path, what git says; a directory's own rules decide for what is in it. */
function ignoredByGit(lines: readonly string[], tree: readonly Path[]): string[] {
  for (const { path } of tree)
    rmSync(join(repository, path.split('/')[0] ?? ''), { recursive: true, force: true })
  for (const { path, isDirectory } of tree) {
    if (isDirectory) mkdirSync(join(repository, path), { recursive: true })
    else {
      mkdirSync(join(repository, dirname(path)), { recursive: true })
      writeFileSync(join(repository, path), '')
    }
  }
  writeFileSync(join(repository, '.gitignore'), `${lines.join('\n')}\n`)
  const asked = tree.map(({ path }) => `./${path}\0`).join('')
  const told = git(['check-ignore', '--no-index', '--stdin', '-z', '-v', '-n'], asked).split('\0')
  const ignored: string[] = []
  for (let at = 0; at + 3 < told.length; at += 4) {
    const [, , pattern = '', path = ''] = told.slice(at, at + 4)
    if (pattern !== '' && !pattern.startsWith('!')) ignored.push(path.replace('./', ''))
  }
  return ignored.toSorted()
}

test('our rules ignore what git ignores', (context) => {
  if (!hasGit()) context.skip('there is no git to compare with')
  git(['init', '-q'])
  let reached = 0
  const law = fc.property(rules, paths, (lines, tree) => {
    const ours = createIgnoreRules(lines)
    const ignored = tree.filter(({ path, isDirectory }) => ours.ignores(path, isDirectory))
    const expected = ignoredByGit(lines, tree)
    expect(ignored.map(({ path }) => path).toSorted()).toEqual(expected)
    if (expected.length > 0 && expected.length < tree.length) reached++
  })
  fc.assert(law, { numRuns: amount({ short: 150, long: 3_000 }) })
  expect(reached, 'rules that take all or nothing prove little').toBeGreaterThan(
    amount({ short: 150, long: 3_000 }) / 5,
  )
})
