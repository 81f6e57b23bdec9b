/**
 * What was dropped or chosen, as files with their paths. Promises that `takeDropped` reads the drop
 * before it returns, because a browser empties it when the event is over, and that directories are
 * read to their end. Never reads a byte of a file.
 */
import { CallError } from '../../../connection/call-error.ts'

/** The part of a browser's File that is used here, so that tests need no browser. */
export interface LocalFile {
  readonly name: string
  readonly size: number
  readonly lastModified: number
  readonly webkitRelativePath?: string
}

/** A file and where it goes, below the directory that is shown. */
export interface Chosen {
  readonly path: string
  readonly file: LocalFile
  /** A person agreed that what has the name is replaced. */
  readonly mayReplace?: boolean
}

/** The part of FileSystemEntry that is used. */
export interface Entry {
  readonly isFile: boolean
  readonly isDirectory: boolean
  readonly name: string
  file?(take: (file: LocalFile) => void, fail: (error: unknown) => void): void
  createReader?(): {
    readEntries(take: (entries: Entry[]) => void, fail: (error: unknown) => void): void
  }
}

interface Item {
  readonly kind: string
  getAsFile(): LocalFile | null
  webkitGetAsEntry?(): Entry | null
}

export interface Dropped {
  readonly entries: readonly Entry[]
  /** What came without an entry: an image dragged out of another program, for example. */
  readonly files: readonly LocalFile[]
  /** Everything as a File, directories too: the desktop finds the path of each. */
  readonly all: readonly LocalFile[]
}

/** To be called inside the drop event. */
export function takeDropped(items: Iterable<Item>): Dropped {
  const entries: Entry[] = []
  const files: LocalFile[] = []
  const all: LocalFile[] = []
  for (const item of items) {
    if (item.kind !== 'file') continue
    const entry = item.webkitGetAsEntry?.()
    const file = item.getAsFile()
    if (entry) entries.push(entry)
    else if (file) files.push(file)
    if (file) all.push(file)
  }
  return { entries, files, all }
}

/** Every file of the drop, directories read to their end. Rejects with FILE_UNREADABLE and the path of one that is not. */
export async function readDropped(
  { entries, files }: Omit<Dropped, 'all'>,
  signal: AbortSignal,
): Promise<Chosen[]> {
  const found: Chosen[] = files.map((file) => ({ path: file.name, file }))
  for (const entry of entries) await collect(entry, '', found, signal)
  return found
}

async function collect(entry: Entry, under: string, found: Chosen[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const path = under + entry.name
  const unreadable = (cause: unknown): never => {
    throw new CallError('FILE_UNREADABLE', { path }, cause)
  }
  if (entry.isFile) found.push({ path, file: await fileOf(entry).catch(unreadable) })
  else if (entry.isDirectory)
    for (const child of await childrenOf(entry).catch(unreadable))
      await collect(child, `${path}/`, found, signal)
}

function fileOf(entry: Entry): Promise<LocalFile> {
  return new Promise((resolve, reject) => entry.file?.(resolve, reject))
}

async function childrenOf(entry: Entry): Promise<Entry[]> {
  const reader = entry.createReader?.()
  const children: Entry[] = []
  while (reader) {
    // Comes in batches (100 in Chromium); an empty one is the end.
    const batch = await new Promise<Entry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (batch.length === 0) break
    children.push(...batch)
  }
  return children
}

/** What a file input holds; a chosen directory gives its files with their paths in it. */
export function chosenOf(files: Iterable<LocalFile>): Chosen[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
}
