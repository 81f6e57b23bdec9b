/** How names stand on disks that take several spellings for one. */
import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { seededRandom } from '../../../src/node/base/random.ts'
import { createMemoryDisk } from '../../../src/node/fs/memory-file-system.ts'
import type { MemoryDiskSettings } from '../../../src/node/fs/memory-state.ts'
import {
  isSpelledOtherwise,
  isSpelledSo,
  mayBeAnother,
  otherSpelling,
} from '../../../src/node/fs/spelling.ts'

async function open(settings: Partial<MemoryDiskSettings>) {
  const disk = createMemoryDisk({ clock: createFakeClock(), random: seededRandom(1) }, settings)
  disk.user.mkdir('/sync/Photos')
  disk.user.write('/sync/Photos/Caf\u00e9', 'x')
  return { disk, root: await disk.fileSystem.openRoot('/sync') }
}

const COMPOSED = 'Photos/Caf\u00e9'

describe.each([
  { disk: 'folds case', settings: { caseInsensitive: true }, other: 'photos/caf\u00e9' },
  { disk: 'normalizes', settings: { normalizing: true }, other: 'Photos/Cafe\u0301' },
])('on a disk that $disk', ({ settings, other }) => {
  test('only what is listed is spelled so, the directories above included', async () => {
    const { root } = await open(settings)
    expect(await root.lstat(other)).toBeDefined()
    expect(await isSpelledSo(root, COMPOSED)).toBe(true)
    expect(await isSpelledSo(root, other)).toBe(false)
    expect(await isSpelledSo(root, 'Photos/nothing')).toBe(false)
    expect(await isSpelledSo(root, 'nothing/at all')).toBe(false)
  })

  test('what has the name is found under the one that it has', async () => {
    const { root } = await open(settings)
    const name = other.slice(other.indexOf('/') + 1)
    const stat = (await root.lstat(`Photos/${name}`))!
    expect(await otherSpelling(root, `Photos/${name}`, stat)).toBe(COMPOSED)
    expect(await otherSpelling(root, COMPOSED, stat)).toBeUndefined()
    expect(await mayBeAnother(root, COMPOSED, stat)).toBe(true)
  })
})

test('of hard links in one directory the one that looks alike is meant', async () => {
  const { disk, root } = await open({ caseInsensitive: true })
  disk.user.link(`/sync/${COMPOSED}`, '/sync/Photos/another')
  const stat = (await root.lstat('Photos/ANOTHER'))!
  expect(await otherSpelling(root, 'Photos/ANOTHER', stat)).toBe('Photos/another')
  expect(await otherSpelling(root, 'Photos/CAF\u00c9', stat)).toBe(COMPOSED)
})

test('a directory above that was given other letters is noticed below it', async () => {
  const { disk, root } = await open({ caseInsensitive: true })
  const stat = (await root.lstat(COMPOSED))!
  expect(await isSpelledOtherwise(root, COMPOSED, stat)).toBe(false)
  disk.user.rename('/sync/Photos', '/sync/photos')
  expect(await isSpelledOtherwise(root, COMPOSED, stat)).toBe(true)
})

test('a disk that takes names as they are is asked one question and lists nothing', async () => {
  const { root } = await open({})
  const stat = (await root.lstat(COMPOSED))!
  expect(await mayBeAnother(root, COMPOSED, stat)).toBe(false)
})
