/**
 * A directory of our own program, read only: the built interface. Promises that nothing outside
 * of it is read, through links either, and that what is no file counts as not there. Never used
 * for folders of users.
 */
import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { PeerfoldError, textOf } from '../base/errors.ts'

/** Far above any file of an interface, bytes; what is larger was put there by mistake. */
const FILE_LIMIT_BYTES = 32 << 20

export interface PlainDirectory {
  /** The whole file; undefined when there is none. IO_ERROR, LIMIT_EXCEEDED. */
  read(path: string): Promise<Uint8Array | undefined>
}

/** The directory need not exist (yet): a build may come later. */
export function plainDirectory(directory: string): PlainDirectory {
  return {
    read: async (path) => {
      try {
        const [root, file] = await Promise.all([realpath(directory), realpath(join(directory, path))])
        if (!file.startsWith(root + sep)) return undefined
        const found = await stat(file)
        if (!found.isFile()) return undefined
        if (found.size > FILE_LIMIT_BYTES)
          throw new PeerfoldError('LIMIT_EXCEEDED', 'the file is too large', { path, size: found.size })
        return await readFile(file)
      } catch (error) {
        if (isAbsence(error)) return undefined
        if (error instanceof PeerfoldError) throw error
        throw new PeerfoldError('IO_ERROR', `${path} cannot be read: ${textOf(error)}`, { path }, error)
      }
    },
  }
}

/** The nearest directory, from `start` upwards, that holds a file of this name. */
export async function directoryWith(name: string, start: string): Promise<string | undefined> {
  for (let directory = start; ; directory = dirname(directory)) {
    const isThere = await stat(join(directory, name)).then(
      (found) => found.isFile(),
      (error: unknown) => {
        if (isAbsence(error)) return false
        throw error
      },
    )
    if (isThere) return directory
    if (dirname(directory) === directory) return undefined
  }
}

function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(String((error as { code?: unknown }).code))
}
