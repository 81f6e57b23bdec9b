/** What needs a person, from the screen that lists it: found, decided by keys alone, and gone when it is over. */
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { VersionPage } from '../../src/node/api/node-port.ts'
import { eventually } from '../support/deadline.ts'
import { openStage, share, unprivilegedObstacle } from '../support/real-nodes.ts'
import type { Place } from '../support/synced.ts'
import { FOLDER } from '../support/two-places.ts'
import { openApp, transportsFrom } from './support/app.ts'
import { useBrowser } from './support/browser.ts'
import { pressOn, tabTo, untilFocused } from './support/keys.ts'
import { placesFor } from './support/places.ts'

useBrowser()

const PATIENCE_MS = 60_000

describe.each(transportsFrom('desktop window, MessagePort'))('%s', (transport) => {
  test('conflicts are decided by keys alone, the other versions are kept, and the focus goes on', async () => {
    const stage = openStage()
    const [ada, bob] = await placesFor(stage, transport)
    await collide(ada, bob, ['notes.txt', 'plan.txt'])
    const { page } = await openApp(ada.node, transport)
    await page.getByRole('link', { name: /^Needs attention\W+2/ }).waitFor()
    await page.keyboard.press('Control+4')

    await tabTo(page.getByRole('button', { name: 'Keep this, notes.txt of bob' }))
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: /^Needs attention\W+1/ }).waitFor()
    await untilFocused(page.getByRole('listitem').filter({ hasText: 'plan.txt' }).first())
    await tabTo(page.getByRole('button', { name: 'Keep both versions of plan.txt' }))
    await page.keyboard.press('Enter')
    await page.getByText('Nothing needs you').waitFor()
    await untilFocused(page.getByRole('heading', { level: 1 }))

    await eventually(PATIENCE_MS, 'both have what was decided', () =>
      [ada, bob].every(({ path }) => {
        const names = readdirSync(path).filter((name) => name.startsWith('plan'))
        return readFileSync(join(path, 'notes.txt'), 'utf8') === 'notes.txt of bob\n' && names.length === 2
      }),
    )
    expect(readdirSync(ada.path).filter((name) => name.includes('conflict'))).toEqual([])
    const { body } = await ada.node.request<VersionPage>('GET', `/folders/${FOLDER}/versions?path=notes.txt`)
    expect(body.versions.map(({ size }) => size)).toContain('notes.txt of ada\n'.length)
  })

  test('a decision about what changed meanwhile is refused in words, and can be made again', async () => {
    const stage = openStage()
    const [ada, bob] = await placesFor(stage, transport)
    await collide(ada, bob, ['notes.txt'])
    const { page, goTo } = await openApp(ada.node, transport)
    await goTo('/attention')
    await page.getByText('Beside it as').waitFor()
    const press = page.getByRole('button', { name: 'Keep this, notes.txt of bob' })
    await press.waitFor()
    // Behind the node's back: it stands still, and finds the request before it looks at the disk again.
    ada.node.process.kill('SIGSTOP')
    writeFileSync(join(ada.path, 'notes.txt'), 'Ada goes on writing\n')
    await pressOn(press)
    ada.node.process.kill('SIGCONT')
    await page.getByRole('alert').getByText('FILE_CHANGED').waitFor()
    expect(readFileSync(join(ada.path, 'notes.txt'), 'utf8')).toBe('Ada goes on writing\n')
    await eventually(PATIENCE_MS, 'the node has seen it', async () => {
      const [conflict] = (await ada.node.folder(FOLDER)).conflicts
      return conflict?.original?.size === 'Ada goes on writing\n'.length
    })
    // A person decides on what the window shows, and so does this.
    await page.getByText(`${'Ada goes on writing\n'.length} B`, { exact: true }).waitFor()
    await pressOn(press)
    await page.getByText('Nothing needs you').waitFor()
    expect(readFileSync(join(ada.path, 'notes.txt'), 'utf8')).toBe('notes.txt of bob\n')
  })
})

test('a small text shows what differs, and neither a page nor a drawing runs', async () => {
  const stage = openStage()
  const [ada, bob] = await placesFor(stage, 'browser, WebSocket')
  const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "run"</script></svg>'
  await collide(ada, bob, ['notes.txt', 'evil.svg'], (name, who) =>
    name === 'evil.svg' ? `${drawing}<!-- ${who} -->` : `first line\nby ${who}\nlast line\n`,
  )
  const { page, goTo } = await openApp(ada.node, 'browser, WebSocket')
  await goTo('/attention')
  await page.locator('mark', { hasText: 'by bob' }).waitFor()
  await page.locator('mark', { hasText: 'by ada' }).waitFor()
  expect(await page.locator('mark', { hasText: 'first line' }).count()).toBe(0)
  await page.locator('mark', { hasText: '<script>' }).first().waitFor()
  expect(await page.locator('main img, main svg script').count()).toBe(0)
  expect(await page.title()).toBe('Needs attention – Peerfold')
})

test('a file that cannot be read is named with its whole path, and leaves when it can', async ({ skip }) => {
  const obstacle = await unprivilegedObstacle()
  skip(obstacle !== undefined, obstacle)
  const stage = openStage()
  const directory = stage.make('letters')
  chmodSync(directory, 0o777)
  const secret = join(directory, 'secret.txt')
  writeFileSync(secret, 'To Anna\n', { mode: 0o000 })
  const node = await stage.node('ada', { unprivileged: true })
  await share(node, 'letters', directory, [])
  const { page, goTo } = await openApp(node, 'browser, WebSocket')
  await goTo('/attention')
  await page.getByRole('heading', { name: 'The file cannot be read (1)' }).waitFor()
  await page.getByText(secret, { exact: true }).waitFor()
  await page.getByText('On ada, folder letters').waitFor()
  const lookAgain = page.getByRole('button', { name: 'Look again for secret.txt' })
  await pressOn(lookAgain)
  await page.getByText('it is still so').waitFor()
  chmodSync(secret, 0o644)
  await pressOn(lookAgain)
  await page.getByText('Nothing needs you').waitFor()
  expect((await node.folder('letters')).errorCount).toBe(0)
})

test('an index that was lost is said until a person has read it, by keys alone', async () => {
  const stage = openStage()
  const [ada] = await placesFor(stage, 'browser, WebSocket')
  expect(await ada.node.stop()).toBe(0)
  for (const name of readdirSync(ada.node.home))
    if (name.startsWith('index.db')) rmSync(join(ada.node.home, name))
  await ada.node.start()
  const { page, goTo } = await openApp(ada.node, 'browser, WebSocket')
  await page.getByRole('link', { name: /^Needs attention\W+1/ }).waitFor()
  await goTo('/attention')
  await page.getByRole('heading', { name: 'Good to know (1)' }).waitFor()
  await page.getByText('were deleted here may have come back', { exact: false }).waitFor()
  expect((await ada.node.folder(FOLDER)).status.reason).toBe('index-lost')
  await tabTo(page.getByRole('button', { name: /^Dismiss: The index of the folder/ }))
  await page.keyboard.press('Enter')
  await page.getByText('Nothing needs you').waitFor()
  expect((await ada.node.status()).notices).toEqual([])
  await eventually(PATIENCE_MS, 'it is safe', async () => {
    return (await ada.node.folder(FOLDER)).status.word === 'safe'
  })
})

test('a FIFO is named beside its folder, and needs nobody', async () => {
  const stage = openStage()
  const directory = stage.make('letters')
  execFileSync('mkfifo', [join(directory, 'queue')])
  const node = await stage.node('ada')
  await share(node, 'letters', directory, [])
  const { page, goTo } = await openApp(node, 'browser, WebSocket')
  await goTo('/folders')
  await page.getByText('Not synced: queue is a FIFO, socket or device').waitFor()
  await goTo('/attention')
  await page.getByText('Nothing needs you').waitFor()
  expect((await node.folder('letters')).errorCount).toBe(0)
})

/** Both write the same files while they do not see each other. */
async function collide(
  ada: Place,
  bob: Place,
  names: readonly string[],
  contentOf = (name: string, who: string) => `${name} of ${who}\n`,
): Promise<void> {
  await bob.node.kill()
  for (const name of names) {
    writeFileSync(join(bob.path, name), contentOf(name, 'bob'))
    writeFileSync(join(ada.path, name), contentOf(name, 'ada'))
  }
  await eventually(PATIENCE_MS, 'ada has recorded hers', async () => {
    const { devices } = await ada.node.folder(FOLDER)
    return devices[0]?.need.items === names.length
  })
  await bob.node.start()
  await eventually(PATIENCE_MS, 'the conflicts are known', async () => {
    const { conflictCount, state } = await ada.node.folder(FOLDER)
    return conflictCount === names.length && state === 'idle'
  })
}
