/**
 * What can happen to the directory of a folder. Promises that none of it is ever taken for a deletion,
 * that it is said by code, that nothing is placed there meanwhile, and that all goes on by itself once
 * the folder is back.
 */
import { expect, test } from 'vitest'
import type { MemoryUser } from '../../src/node/fs/memory-user.ts'
import { checkRelativePath } from '../../src/node/fs/relative-path.ts'
import { openHousehold } from '../support/household.ts'
import type { Household, Machine } from '../support/household.ts'

interface Mishap {
  readonly what: string
  readonly code: string
  readonly strike: (user: MemoryUser) => void
  readonly mend: (user: MemoryUser) => void
}

const away = (user: MemoryUser): void => user.rename('/sync', '/elsewhere')
const back = (user: MemoryUser): void => {
  user.remove('/sync')
  user.rename('/elsewhere', '/sync')
}

const MISHAPS: readonly Mishap[] = [
  {
    what: 'gone',
    code: 'FOLDER_PATH_MISSING',
    strike: away,
    mend: (user) => user.rename('/elsewhere', '/sync'),
  },
  {
    what: 'an empty mount point',
    code: 'FOLDER_MARKER_MISSING',
    strike: (user) => {
      away(user)
      user.mkdir('/sync')
    },
    mend: back,
  },
  {
    what: 'emptied to the last file, the marker included',
    code: 'FOLDER_MARKER_MISSING',
    strike: (user) => {
      user.mkdir('/elsewhere')
      for (const name of ['a', 'd', 'z', '.peerfold']) user.rename(`/sync/${name}`, `/elsewhere/${name}`)
    },
    mend: (user) => {
      for (const name of ['.peerfold', 'a', 'd', 'z']) user.rename(`/elsewhere/${name}`, `/sync/${name}`)
    },
  },
  {
    what: 'another directory with other files',
    code: 'FOLDER_MARKER_MISSING',
    strike: (user) => {
      away(user)
      user.mkdir('/sync')
      user.write('/sync/a', 'of somebody else')
    },
    mend: back,
  },
  {
    what: 'the directory of another folder',
    code: 'FOLDER_MARKER_FOREIGN',
    strike: (user) => {
      away(user)
      user.mkdir('/sync/.peerfold')
      user.write(
        '/sync/.peerfold/marker',
        JSON.stringify({ format: 1, folder: 'other', secret: 'ab'.repeat(16) }),
      )
    },
    mend: back,
  },
  {
    what: 'a file',
    code: 'FOLDER_PATH_NOT_DIRECTORY',
    strike: (user) => {
      away(user)
      user.write('/sync', 'a file')
    },
    mend: back,
  },
]

const TREE = { a: 'a', d: '/', 'd/b': 'b', 'd/e': '/', 'd/e/c': 'c', z: 'z' }

async function two(): Promise<{ house: Household; ada: Machine; bob: Machine }> {
  const house = openHousehold()
  const [ada, bob] = [house.machine('ada'), house.machine('bob')]
  for (const [path, content] of Object.entries(TREE)) if (content !== '/') ada.write(path, content)
  await house.begin(ada, bob)
  return { house, ada, bob }
}

test.each(MISHAPS.flatMap((mishap) => [true, false].map((running) => ({ ...mishap, running }))))(
  'a root that is $what deletes nothing and heals (node running: $running)',
  async ({ code, strike, mend, running }) => {
    const { house, ada, bob } = await two()
    if (!running) await house.during(ada.stop())
    strike(ada.disk.user)
    const left = ada.disk.tree('/').filter(({ path }) => path.startsWith('sync/'))
    if (!running) await house.during(ada.start())
    await house.until('it is said', async () => {
      const { folders } = await house.during(ada.node.status())
      return folders[0]?.errors[0]?.code === code && folders[0].status.reason === 'root-broken'
    })
    bob.write('a', 'edited meanwhile')
    bob.write('new', 'new')
    await house.time.advance(120_000)
    expect(bob.tree()).toEqual({ ...TREE, a: 'edited meanwhile', new: 'new' })
    // Nothing was put into what is there instead.
    expect(ada.disk.tree('/').filter(({ path }) => path.startsWith('sync/'))).toEqual(left)

    mend(ada.disk.user)
    await house.until('it heals', async () => {
      const { folders } = await house.during(ada.node.status())
      return folders[0]?.errors.length === 0 && ada.read('new') === 'new'
    })
    ada.write('z', 'edited after')
    await house.time.advance(2_000)
    await house.rest(ada, bob)
    expect(ada.tree()).toEqual({ ...TREE, a: 'edited meanwhile', new: 'new', z: 'edited after' })
    expect(bob.tree()).toEqual(ada.tree())
  },
)

test('a root that goes away again and again, also for moments, deletes nothing', async () => {
  const { house, ada, bob } = await two()
  for (let round = 1; round <= 20; round++) {
    away(ada.disk.user)
    if (round % 2 === 0) ada.disk.user.mkdir('/sync')
    await house.time.advance(round * 300)
    if (round % 2 === 0) back(ada.disk.user)
    else ada.disk.user.rename('/elsewhere', '/sync')
    await house.time.advance((21 - round) * 300)
    expect(bob.tree()).toEqual(TREE)
  }
  await house.time.advance(30_000)
  await house.rest(ada, bob)
  expect([ada.tree(), bob.tree()]).toEqual([TREE, TREE])
})

test("what came late and opened the empty mount point is in nobody's way once the disk is back", async () => {
  const { house, ada, bob } = await two()
  away(ada.disk.user)
  ada.disk.user.mkdir('/sync')
  await house.until('it is said', async () => {
    const { folders } = await house.during(ada.node.status())
    return folders[0]?.errors[0]?.code === 'FOLDER_MARKER_MISSING'
  })
  const late = ada.blocks.call('verifyFile', { root: '/sync', path: checkRelativePath('a') })
  await expect(house.during(late)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  bob.write('new', 'new')
  back(ada.disk.user)
  await house.until('it heals', async () => ada.read('new') === 'new')
  await house.rest(ada, bob)
  expect(ada.tree()).toEqual({ ...TREE, new: 'new' })
})

test('a folder that was moved for good is found where it is said to be, with the same files', async () => {
  const { house, ada, bob } = await two()
  ada.disk.user.rename('/sync', '/moved')
  await house.during(ada.node.removeFolder('shared'))
  await house.during(ada.node.addFolder({ id: 'shared', path: '/moved', devices: [bob.id] }))
  await house.rest(ada, bob)
  ada.disk.user.write('/moved/z', 'edited after')
  await house.time.advance(2_000)
  await house.rest(ada, bob)
  expect(bob.tree()).toEqual({ ...TREE, z: 'edited after' })
})

test.each([true, false])(
  'a subtree that cannot be read deletes nothing and heals (node running: %s)',
  async (running) => {
    const { house, ada, bob } = await two()
    if (!running) await house.during(ada.stop())
    ada.disk.user.chmod('/sync/d', 0)
    if (!running) await house.during(ada.start())
    ada.write('z', 'edited meanwhile')
    await house.until('it is said, and the rest goes on', async () => {
      const { folders } = await house.during(ada.node.status())
      const said = folders[0]?.errors.some(({ path, code }) => path === 'd' && code === 'FILE_UNREADABLE')
      return said === true && bob.read('z') === 'edited meanwhile'
    })
    await house.during(ada.node.rescanFolder('shared', true))
    expect(bob.tree()).toEqual({ ...TREE, z: 'edited meanwhile' })
    ada.disk.user.chmod('/sync/d', 0o755)
    await house.until('it heals', async () => {
      const { folders } = await house.during(ada.node.status())
      return folders[0]?.errors.length === 0
    })
    await house.rest(ada, bob)
    expect(ada.tree()).toEqual({ ...TREE, z: 'edited meanwhile' })
    expect(bob.tree()).toEqual(ada.tree())
  },
)
