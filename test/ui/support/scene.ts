/**
 * A household for the pictures: three devices with names, folders with what people keep in them, and
 * one of every state. Promises real nodes and real files; nothing on the screen is made up but the
 * bytes inside of photos and films.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { eventually } from '../../support/deadline.ts'
import { pair, type RealNode, share, type Stage } from '../../support/real-nodes.ts'
import { bytesOf } from './content.ts'

const PATIENCE_MS = 90_000

export interface Scene {
  /** The one whose window is looked at. */
  readonly laptop: RealNode
  /** Lets a film travel and stops it on its way for as long as `work` takes. */
  whileAFilmTravels(work: () => Promise<void>): Promise<void>
}

/** Large enough to be met on its way, small enough for any disk. */
const FILM_BYTES = 240_000_000
/** The part of the film that is sent before it is stopped. */
const FILM_SENT = 0.35

const PHOTOS = [
  'Harbour at dawn',
  'Ferry',
  'Old lighthouse',
  'Ida on the pier',
  'Rain over the bay',
  'Market',
]

const CHAPTER = `# Chapter 3: Tides and timetables

Ferries keep to the clock, and the sea keeps to the moon. Between the two
lies every harbour of this coast, and most of its history.

The first timetable was printed in 1871. It was wrong within a week.
`

export async function setScene(stage: Stage): Promise<Scene> {
  const [laptop, desktop, attic] = await Promise.all([
    stage.node('Mara’s laptop'),
    stage.node('Studio desktop'),
    stage.node('Attic server'),
  ])
  await Promise.all([pair(laptop, desktop), pair(laptop, attic)])
  const place = (node: RealNode, name: string): string => join(stage.directory, node.name, name)
  const fill = (node: RealNode, folder: string, files: Record<string, string | Buffer>): void => {
    for (const [name, content] of Object.entries(files)) {
      const path = join(place(node, folder), name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
    }
  }
  const shareBetween = async (id: string, name: string, other: RealNode): Promise<void> => {
    for (const [node, peer] of [
      [laptop, other],
      [other, laptop],
    ] as const) {
      mkdirSync(place(node, name), { recursive: true })
      await share(node, id, place(node, name), [peer])
      await node.request('PATCH', `/folders/${id}`, { name })
    }
  }

  fill(laptop, 'Photos 2026', photos())
  fill(laptop, 'Thesis', {
    'chapter-1.md': '# Chapter 1: The coast\n',
    'chapter-2.md': '# Chapter 2: Harbours\n',
    'chapter-3.md': CHAPTER,
    'figures/tide-table.csv': 'hour,height\n0,3.1\n6,0.4\n12,3.3\n18,0.6\n',
    'sources.bib': '@book{almanac1871, title = {Nautical Almanac}}\n',
  })
  fill(laptop, 'Papers', { 'insurance 2026.pdf': bytesOf(50, 310_000), 'lease.pdf': bytesOf(51, 840_000) })
  fill(laptop, 'Holiday films', { 'Harbour, first evening.mp4': bytesOf(56, 9_400_000) })
  fill(laptop, 'Voice notes', { 'ideas for the talk.m4a': bytesOf(52, 2_400_000) })
  await shareBetween('photos-2026', 'Photos 2026', desktop)
  await shareBetween('thesis', 'Thesis', desktop)
  await shareBetween('papers', 'Papers', attic)
  await shareBetween('films', 'Holiday films', desktop)
  await share(laptop, 'voice-notes', place(laptop, 'Voice notes'), [])
  await laptop.request('PATCH', '/folders/voice-notes', { name: 'Voice notes' })
  await Promise.all(['photos-2026', 'thesis', 'papers', 'films'].map((folder) => untilSafe(laptop, folder)))

  // The server in the attic sleeps, and more papers come.
  await attic.kill()
  fill(laptop, 'Papers', {
    'tax/receipts/2026-03 train.pdf': bytesOf(53, 120_000),
    'tax/receipts/2026-04 books.pdf': bytesOf(54, 96_000),
    'tax/letter.pdf': bytesOf(55, 210_000),
  })
  // Both edit one chapter while the folder is paused.
  await desktop.request('POST', '/folders/thesis/pause')
  fill(laptop, 'Thesis', { 'chapter-3.md': CHAPTER.replace('within a week', 'within nine days') })
  fill(desktop, 'Thesis', { 'chapter-3.md': `${CHAPTER}\nNobody minded: the pilots had never read it.\n` })
  await laptop.request('POST', '/folders/thesis/rescan', { wait: true })
  await desktop.request('POST', '/folders/thesis/resume')
  await eventually(PATIENCE_MS, 'the conflict is known', async () => {
    const { conflicts, need, state } = await laptop.folder('thesis')
    return conflicts[0]?.original !== undefined && need.items === 0 && state === 'idle'
  })
  await eventually(PATIENCE_MS, 'the papers wait', async () => {
    return (await laptop.folder('papers')).status.reason === 'device-away'
  })

  return {
    laptop,
    whileAFilmTravels: async (work) => {
      fill(laptop, 'Holiday films', { 'Crossing to the island.mp4': bytesOf(60, FILM_BYTES) })
      await eventually(PATIENCE_MS, 'the film is on its way', async () => {
        const { active } = (await laptop.request<Sent>('GET', '/transfers')).body
        return active.some(({ done, size }) => size === FILM_BYTES && done > FILM_BYTES * FILM_SENT)
      })
      desktop.process.kill('SIGSTOP')
      try {
        await work()
      } finally {
        desktop.process.kill('SIGCONT')
      }
    },
  }
}

interface Sent {
  readonly active: readonly { readonly done: number; readonly size: number }[]
}

function photos(): Record<string, Buffer> {
  const files: Record<string, Buffer> = {}
  for (const month of ['05 May', '06 June'])
    for (let at = 1; at <= 9; at++)
      files[`${month}/IMG_${2_000 + at}.jpg`] = bytesOf(at, 180_000 + at * 23_000)
  for (const [at, name] of PHOTOS.entries()) files[`${name}.jpg`] = bytesOf(20 + at, 400_000 + at * 61_000)
  return files
}

function untilSafe(node: RealNode, folder: string): Promise<boolean> {
  return eventually(PATIENCE_MS, `${folder} is safe`, async () => {
    return (await node.folder(folder)).status.word === 'safe'
  })
}
