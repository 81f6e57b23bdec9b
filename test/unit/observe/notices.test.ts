/** What happened once is kept until a person says that it is known. */
import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/node/base/fake-clock.ts'
import { silentLog } from '../../../src/node/base/log.ts'
import { openNotices } from '../../../src/node/observe/notices.ts'
import type { NoticeCode } from '../../../src/node/observe/notices.ts'
import { noticeWords } from '../../../src/node/words/notice-words.ts'
import { makeWords } from '../../../src/node/words/words.ts'

const BOOM = new Error('the disk is full')

function setUp() {
  const clock = createFakeClock(1_000)
  const stored = { bytes: undefined as Uint8Array | undefined, writes: 0, fails: false }
  const file = {
    read: async () => stored.bytes,
    async replace(bytes: Uint8Array) {
      if (stored.fails) throw BOOM
      stored.bytes = bytes
      stored.writes++
    },
  }
  return { clock, stored, open: () => openNotices(file, clock, silentLog()) }
}

test('a notice outlives restarts, is said once, and is gone for good when dismissed', async () => {
  const { clock, stored, open } = setUp()
  const notices = await open()
  await notices.add('index-lost', { folder: 'photos', params: { kept: 'index.db.damaged-1' } })
  await clock.advance(500)
  await notices.add('mark-damaged')
  await notices.add('index-lost', { folder: 'photos' })
  expect(stored.writes).toBe(2)
  const again = await open()
  expect(again.list()).toEqual([
    {
      id: 'index-lost.photos',
      code: 'index-lost',
      folder: 'photos',
      sinceMs: 1_000,
      params: { kept: 'index.db.damaged-1' },
    },
    { id: 'mark-damaged', code: 'mark-damaged', sinceMs: 1_500, params: {} },
  ])
  expect([again.has('index-lost', 'photos'), again.has('index-lost', 'work')]).toEqual([true, false])
  await again.dismiss('index-lost.photos')
  expect((await open()).list().map(({ id }) => id)).toEqual(['mark-damaged'])
  await expect(again.dismiss('index-lost.photos')).rejects.toMatchObject({ code: 'NOTICE_NOT_FOUND' })
})

test('what happens again after it was dismissed is said again', async () => {
  const { clock, open } = setUp()
  const notices = await open()
  await notices.add('mark-damaged')
  await notices.dismiss('mark-damaged')
  await clock.advance(10)
  await notices.add('mark-damaged')
  expect(notices.list().map(({ sinceMs }) => sinceMs)).toEqual([1_010])
})

test('a folder that is gone takes along what was to be known of it, and nothing else', async () => {
  const { stored, open } = setUp()
  const notices = await open()
  await notices.add('index-lost', { folder: 'photos' })
  await notices.add('index-set-back', { folder: 'photos' })
  await notices.add('index-lost', { folder: 'work' })
  await notices.forgetFolder('photos')
  expect((await open()).list().map(({ id }) => id)).toEqual(['index-lost.work'])
  const { writes } = stored
  await notices.forgetFolder('photos')
  expect(stored.writes).toBe(writes)
})

test('a disk that is full hides no notice: it is kept with the next one, and none is dismissed meanwhile', async () => {
  const { stored, open } = setUp()
  const notices = await open()
  stored.fails = true
  await notices.add('index-lost', { folder: 'photos' })
  expect(notices.list()).toHaveLength(1)
  await expect(notices.dismiss('index-lost.photos')).rejects.toBe(BOOM)
  expect(notices.list()).toHaveLength(1)
  stored.fails = false
  await notices.add('mark-damaged')
  expect((await open()).list()).toHaveLength(2)
})

const CODES: Record<NoticeCode, true> = {
  'index-lost': true,
  'index-set-back': true,
  'mark-damaged': true,
  'config-put-back': true,
  'notices-lost': true,
}
const words = makeWords({ locale: 'en', times: 'full', nowMs: () => 0, isolateNames: false })

test.each(Object.keys(CODES))('%s says what happened and what to do', (code) => {
  const params = code === 'index-lost' ? { kept: 'index.db.damaged-1' } : {}
  const { what, next } = noticeWords(words, { code, folder: 'photos', params }, 'Photos of Ada')
  expect(what).not.toContain(code)
  expect(next.length).toBeGreaterThan(20)
  expect(what.includes('Photos of Ada')).toBe(code.startsWith('index-'))
  expect(next.includes('index.db.damaged-1')).toBe(code === 'index-lost')
})

test('a notice of a newer node is named by its code, and is no path into the catalogue', () => {
  for (const code of ['moon-landed', '../status', 'what'])
    expect(noticeWords(words, { code, params: {} })).toEqual({
      what: expect.stringContaining(code),
      next: '',
    })
})
