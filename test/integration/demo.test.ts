/** The demonstration as a newcomer runs it, in a real process that starts real nodes. */
import { appendFileSync, readFileSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runDemo } from '../support/demo-process.ts'

/** Two starts and 20 MB take 4 s on two cores; the rest is for a busy machine. */
const PATIENCE = { timeout: 90_000, interval: 50 }

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('the sample arrives, edits on either side are told, and an interrupt ends everything in order', async () => {
  const demo = runDemo()
  await expect.poll(demo.said, PATIENCE).toContain('Ctrl-C ends it.')
  expect(demo.said()).toMatch(/^ {2}laptop → desktop: film\.bin arrived after \d+\.\d\d s \(20\.0 MB\)$/m)
  expect(demo.said()).toMatch(/^20 files written and arrived in /m)
  for (const name of ['laptop', 'desktop'])
    expect(demo.said()).toMatch(new RegExp(`^ {2}${name} +http://127\\.0\\.0\\.1:\\d+/#code=\\S+$`, 'm'))
  const [laptop, desktop] = [join(demo.base(), 'laptop'), join(demo.base(), 'desktop')]
  expect(readFileSync(join(desktop, 'film.bin')).equals(readFileSync(join(laptop, 'film.bin')))).toBe(true)

  appendFileSync(join(desktop, 'notes.txt'), 'and honey\n')
  await expect.poll(demo.said, PATIENCE).toMatch(/^ {2}desktop → laptop: notes\.txt arrived after /m)
  expect(readFileSync(join(laptop, 'notes.txt'), 'utf8')).toMatch(/and honey\n$/)

  unlinkSync(join(laptop, 'recipes/bread.md'))
  // On a busy machine it may be gone from both sides before the next look, which then names no direction.
  await expect
    .poll(demo.said, PATIENCE)
    .toMatch(
      /^ {2}(laptop → desktop: recipes\/bread\.md deleted after |recipes\/bread\.md deleted on both sides)/m,
    )

  const nodes = demo.nodes()
  expect(nodes.map(isAlive)).toEqual([true, true])
  demo.child.kill('SIGINT')
  expect(await demo.ended).toMatchObject({ code: 0, err: '' })
  expect(nodes.map(isAlive)).toEqual([false, false])
  expect(demo.said()).toContain(`rm -r ${demo.base()}`)
  expect(readdirSync(join(demo.base(), 'home-laptop'))).not.toContain('api.json')
})

test('a node that dies is told by name, and the other one is stopped', async () => {
  const demo = runDemo()
  await expect.poll(demo.said, PATIENCE).toContain('Copying a sample')
  const [laptop = 0, desktop = 0] = demo.nodes()
  process.kill(desktop, 'SIGKILL')
  const { code, err } = await demo.ended
  expect(code).toBe(1)
  expect(err).toContain('the node "desktop" ended (SIGKILL)')
  expect(isAlive(laptop)).toBe(false)
})

test('killing the demonstration outright leaves no node behind', async () => {
  const demo = runDemo()
  await expect.poll(demo.said, PATIENCE).toContain('Copying a sample')
  const nodes = demo.nodes()
  demo.child.kill('SIGKILL')
  await expect.poll(() => nodes.map(isAlive), PATIENCE).toEqual([false, false])
})
