/**
 * The tree that the demonstration copies in. Promises something of everything that a folder can
 * hold: text, a program, a large file, a link, an empty directory. Never more than a blink to write.
 */
import type { Random } from '../base/random.ts'
import type { FolderRoot } from '../fs/file-system.ts'

/** Large enough to be seen on its way: 20 MB in pieces of 1 MB. */
const FILM_PIECES = 20
const PIECE_BYTES = 1_000_000

const TEXTS: Readonly<Record<string, string>> = {
  'notes.txt': 'Milk, bread, a new bicycle bell.\n',
  'letters/to-anna.md': '# Dear Anna\n\nthe folder on my laptop is the folder on your desktop now.\n',
  'letters/to-ben.md': '# Dear Ben\n\ncome by on Sunday, and bring the photos.\n',
  'recipes/bread.md': '# Bread\n\n500 g flour, 350 g water, 10 g salt, 2 g yeast, a night of patience.\n',
  'recipes/soup/leek.md': '# Leek soup\n\nLeeks, potatoes, butter, salt. Half an hour.\n',
}

/** Pictures of the sizes that a telephone makes. */
const PHOTOS = 12
const PHOTO_BYTES = 60_000

/** Files and links that `writeSample` makes. */
export const SAMPLE_FILES = Object.keys(TEXTS).length + PHOTOS + 3

export async function writeSample(root: FolderRoot, random: Random): Promise<void> {
  const directories = ['empty', 'letters', 'photos', 'photos/2026', 'recipes', 'recipes/soup', 'tools']
  for (const path of directories) await root.makeDirectory(path, 0o755)
  for (const [path, text] of Object.entries(TEXTS)) await write(root, path, [Buffer.from(text)])
  for (let at = 1; at <= PHOTOS; at++) {
    const bytes = random.bytes(PHOTO_BYTES + random.below(PHOTO_BYTES))
    await write(root, `photos/2026/photo-${String(at).padStart(2, '0')}.bin`, [bytes])
  }
  await write(root, 'tools/hello.sh', [Buffer.from('#!/bin/sh\necho "Hello from $(pwd)"\n')], 0o755)
  await root.makeSymlink('latest-letter.md', 'letters/to-ben.md')
  await write(
    root,
    'film.bin',
    Array.from({ length: FILM_PIECES }, () => random.bytes(PIECE_BYTES)),
  )
}

async function write(
  root: FolderRoot,
  path: string,
  pieces: readonly Uint8Array[],
  mode = 0o644,
): Promise<void> {
  const file = await root.createFile(path, mode)
  try {
    let position = 0
    for (const piece of pieces) {
      await file.write(piece, position)
      position += piece.length
    }
  } finally {
    await file.close()
  }
}
