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

const unusable = [
  { what: 'too long', spoil: (ada: Machine) => ada.write('.peerfoldignore', '#'.repeat((1 << 20) + 1)) },
  {
    what: 'a link',
    spoil: (ada: Machine) => {
      ada.rename('.peerfoldignore', 'rules')
      ada.disk.user.symlink('rules', '/sync/.peerfoldignore')
    },
  },
]

async function restart(house: Household, ada: Machine, meanwhile: () => void): Promise<void> {
  await house.during(ada.stop())
  meanwhile()
  await house.during(ada.start())
}

function untilSaid(house: Household, ada: Machine): Promise<void> {
  return house.until('it is said', async () => {
    const { folders } = await house.during(ada.node.status())
    return folders[0]?.errors[0]?.code === 'IGNORE_FILE_UNUSABLE'
  })
}

async function mend(house: Household, ada: Machine, bob: Machine): Promise<void> {
  ada.remove('.peerfoldignore')
  ada.write('.peerfoldignore', '*.secret\n# mended\n')
  await house.until('both heal', async () => {
    const all = await Promise.all([ada, bob].map(({ node }) => house.during(node.status())))
    return all.every(({ folders }) => folders[0]?.errors.length === 0)
  })
  await house.rest(ada, bob)
  expect(bob.read('.peerfoldignore')).toBe('*.secret\n# mended\n')
}

const secretsOf = (machine: Machine): string[] =>
  Object.keys(machine.tree()).filter((path) => path.endsWith('.secret'))

test.each(unusable)(
  'rules that are $what: the folder says so and goes on by those of before, also after a start',
  async ({ spoil }) => {
    const { house, ada, bob } = await two()
    spoil(ada)
    ada.write('b.secret', 'secret')
    await untilSaid(house, ada)
    await restart(house, ada, () => {
      ada.write('c.secret', 'secret')
      ada.write('letter', 'a second letter')
    })
    await untilSaid(house, ada)
    await house.until('what is not ignored goes on', () => bob.read('letter') === 'a second letter')
    await house.time.advance(60_000)
    expect(secretsOf(bob)).toEqual([])
    await mend(house, ada, bob)
    expect(secretsOf(bob)).toEqual([])
  },
)

test.each([
  {
    what: 'the index was lost',
    lose: async (_: Household, ada: Machine) => () => void (ada.state = { ...ada.state, index: undefined }),
  },
  {
    what: 'an older index is back',
    lose: async (house: Household, ada: Machine) => {
      await house.during(ada.stop())
      const { index } = ada.state
      await house.during(ada.start())
      ada.write('letter', 'between')
      await house.rest(ada)
      return () => void (ada.state = { ...ada.state, index })
    },
  },
  {
    what: 'there were none before',
    lose: async (house: Household, ada: Machine) => {
      ada.remove('a.secret')
      ada.remove('.peerfoldignore')
      await house.during(ada.node.rescanFolder('shared', true))
      return () => {}
    },
  },
])('where $what, a folder whose rules cannot be used stands still at a start', async ({ lose }) => {
  const { house, ada, bob } = await two()
  const lost = await lose(house, ada)
  await restart(house, ada, () => {
    lost()
    ada.remove('.peerfoldignore')
    ada.disk.user.symlink('rules', '/sync/.peerfoldignore')
    ada.write('b.secret', 'secret')
    ada.write('second', 'a second letter')
  })
  await house.time.advance(60_000)
  const { folders } = await house.during(ada.node.status())
  expect(folders[0]?.state).toBe('error')
  expect([bob.read('second'), secretsOf(bob)]).toEqual([undefined, []])
  await mend(house, ada, bob)
  expect([bob.read('second'), secretsOf(bob)]).toEqual(['a second letter', []])
})

test('rules that are being saved, piece by piece, while the folder is opened stay in force', async () => {
  const { house, ada, bob } = await two()
  await house.during(ada.node.pauseFolder('shared'))
  ada.write('.peerfoldignore', '')
  for (const piece of [1, 2, 3, 4])
    house.time.at(900 * piece, () => ada.write('.peerfoldignore', '#'.repeat(piece)))
  house.time.at(4_500, () => ada.write('.peerfoldignore', '*.secret\n# saved\n'))
  await house.during(ada.node.resumeFolder('shared'))
  await house.rest(ada, bob)
  expect([bob.read('.peerfoldignore'), secretsOf(bob)]).toEqual(['*.secret\n# saved\n', []])
})

test("this device's own rules apply as they are now where those of the folder cannot be used", async () => {
  const { house, ada, bob } = await two()
  ada.write('.peerfoldignore', '#'.repeat((1 << 20) + 1))
  await untilSaid(house, ada)
  await house.during(ada.node.setIgnore('shared', ['*.own']))
  ada.write('a.own', 'own')
  ada.write('letter', 'a second letter')
  await house.until('what is not ignored goes on', () => bob.read('letter') === 'a second letter')
  await house.time.advance(60_000)
  expect(bob.read('a.own')).toBeUndefined()
})
