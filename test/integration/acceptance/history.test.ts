/**
 * A folder goes back to a moment on real nodes, real disks and a real line: what only the other device
 * keeps comes from there, a device that is away costs its part until it is back, and a kill costs
 * nothing.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RestorePlan, RestoreProgress } from '../../../src/node/api/node-port.ts'
import { systemClock } from '../../../src/node/base/clock.ts'
import { seededBytes } from '../../support/awkward-tree.ts'
import { eventually } from '../../support/deadline.ts'
import { openStage } from '../../support/real-nodes.ts'
import { untilSame } from '../../support/synced.ts'
import { FOLDER, twoPlaces } from '../../support/two-places.ts'
import { differences, readTree } from '../../support/trees.ts'

const DEADLINE_MS = 60_000
const PHOTOS = 40
const photo = (i: number): string => join('photos', `${i}.jpg`)

test('a folder goes back to a moment with devices coming and going, and forth again', async () => {
  const stage = openStage()
  const places = await twoPlaces(stage, {
    fill: (a) => {
      mkdirSync(join(a, 'photos'))
      for (let i = 0; i < PHOTOS; i++) writeFileSync(join(a, photo(i)), seededBytes(i, 30_000))
      writeFileSync(join(a, 'film'), seededBytes(1_000, 5_000_000), { mode: 0o600 })
      writeFileSync(join(a, 'letter'), 'dear')
    },
  })
  const [{ node: ada, path: a }, { node: bob, path: b }] = places
  const past = await untilSame(DEADLINE_MS, FOLDER, places)
  const atMs = String(Math.ceil(systemClock().nowMs()))

  // A ransom note's work, by the person's own device: nothing of it is parked there.
  for (let i = 0; i < PHOTOS; i += 2) writeFileSync(join(a, photo(i)), seededBytes(i + 500, 30_000))
  for (let i = 1; i < PHOTOS; i += 2) rmSync(join(a, photo(i)))
  writeFileSync(join(a, 'film'), 'gone')
  await untilSame(DEADLINE_MS, FOLDER, places)
  renameSync(join(b, 'letter'), join(b, 'photos', 'letter'))
  writeFileSync(join(b, 'README'), 'pay')
  const present = await untilSame(DEADLINE_MS, FOLDER, places)

  const plan = await ada.ask<RestorePlan>('restore', FOLDER, '--at', atMs, '--dry-run')
  expect(plan).toMatchObject({ restored: PHOTOS + 2, removed: 2, lostCount: 0, device: ada.id })
  expect(differences(present, readTree(a))).toEqual([])

  await bob.stop()
  await eventually(DEADLINE_MS, 'ada sees bob go', async () => !(await ada.status()).devices[0]?.connected)
  const alone = await ada.run('restore', FOLDER, '--at', atMs)
  expect([alone.exit, JSON.parse(alone.out || alone.err)]).toMatchObject([
    6,
    { error: { code: 'RESTORE_INCOMPLETE', facts: { failed: PHOTOS + 1 } } },
  ])
  await bob.start()
  await eventually(
    DEADLINE_MS,
    'ada sees bob',
    async () => (await ada.status()).devices[0]?.connected === true,
  )

  // Killed once something of the rest is there.
  const cut = ada.run('restore', FOLDER, '--at', atMs).catch(() => undefined)
  await eventually(DEADLINE_MS, 'a photo is back', () => readTree(a).get(photo(0)) === past.get(photo(0)))
  await ada.kill()
  await cut
  await ada.start()
  await eventually(
    DEADLINE_MS,
    'ada sees bob',
    async () => (await ada.status()).devices[0]?.connected === true,
  )
  await ada.ask<RestoreProgress>('restore', FOLDER, '--at', atMs)
  const back = await untilSame(DEADLINE_MS, FOLDER, places)
  expect(differences(past, back)).toEqual([])

  // And the way back again, of one directory.
  writeFileSync(join(a, photo(3)), 'mine')
  await untilSame(DEADLINE_MS, FOLDER, places)
  const { startedMs } = await bob.ask<RestoreProgress>('restore', FOLDER, 'photos', '--at', atMs)
  expect(differences(past, await untilSame(DEADLINE_MS, FOLDER, places))).toEqual([])
  await bob.ask('restore', FOLDER, 'photos', '--at', String(startedMs))
  const again = await untilSame(DEADLINE_MS, FOLDER, places)
  expect(differences(past, again).length).toBeGreaterThan(0)
  expect(again.get(photo(3))).toContain(' 4 ')
})
