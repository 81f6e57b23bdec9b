/**
 * The file of shared rules while it is being saved, and when it cannot be used. Promises that what it ignores
 * is never sent because the rules are not to be had for a while, and that the folder goes on by itself.
 */
import { expect, test } from 'vitest'
import { openHousehold } from '../support/household.ts'
import type { Household, Machine } from '../support/household.ts'

async function two(): Promise<{ house: Household; ada: Machine; bob: Machine }> {
  const house = openHousehold()
  const [ada, bob] = [house.machine('ada'), house.machine('bob')]
  ada.write('.peerfoldignore', '*.secret\n')
  ada.write('letter', 'letter')
  ada.write('a.secret', 'secret')
  await house.begin(ada, bob)
  expect(bob.read('a.secret')).toBeUndefined()
  return { house, ada, bob }
}

test.each(['emptied', 'taken away'])(
  'rules that are %s for a moment while they are saved stay in force',
  async (how) => {
    const { house, ada, bob } = await two()
    for (let round = 0; round < 5; round++) {
      const full = house.during(ada.node.rescanFolder('shared', true))
      if (how === 'emptied') ada.write('.peerfoldignore', '')
      else ada.rename('.peerfoldignore', '.peerfoldignore~')
      await house.time.advance(400)
      ada.write('.peerfoldignore', `*.secret\n# ${round}\n`)
      if (how === 'taken away') ada.remove('.peerfoldignore~')
      await full
      await house.rest(ada, bob)
    }
    expect([ada.read('a.secret'), bob.read('a.secret')]).toEqual(['secret', undefined])
    expect(bob.read('.peerfoldignore')).toBe('*.secret\n# 4\n')
  },
)

test.each([
  { what: 'too long', spoil: (ada: Machine) => ada.write('.peerfoldignore', '#'.repeat((1 << 20) + 1)) },
  {
    what: 'a link',
    spoil: (ada: Machine) => {
      ada.rename('.peerfoldignore', 'rules')
      ada.disk.user.symlink('rules', '/sync/.peerfoldignore')
    },
  },
])(
  'rules that are $what: the folder says so and sends nothing that they might ignore, until they are mended',
  async ({ spoil }) => {
    const { house, ada, bob } = await two()
    spoil(ada)
    ada.write('b.secret', 'secret')
    await house.until('it is said', async () => {
      const { folders } = await house.during(ada.node.status())
      return folders[0]?.errors[0]?.code === 'IGNORE_FILE_UNUSABLE'
    })
    await house.during(ada.stop())
    await house.during(ada.start())
    await house.time.advance(60_000)
    expect([bob.read('a.secret'), bob.read('b.secret')]).toEqual([undefined, undefined])
    ada.remove('.peerfoldignore')
    ada.write('.peerfoldignore', '*.secret\n# mended\n')
    await house.until('both heal', async () => {
      const all = await Promise.all([ada, bob].map(({ node }) => house.during(node.status())))
      return all.every(({ folders }) => folders[0]?.errors.length === 0)
    })
    await house.rest(ada, bob)
    expect(bob.read('.peerfoldignore')).toBe('*.secret\n# mended\n')
    expect([bob.read('a.secret'), bob.read('b.secret')]).toEqual([undefined, undefined])
  },
)
