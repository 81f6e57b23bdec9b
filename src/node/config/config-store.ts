/**
 * The configuration in use. Promises one change after the other, each on disk before it takes
 * effect, and that a failed write changes nothing. Never opens a file itself.
 */
import { PeerfoldError } from '../base/errors.ts'
import { checkConfig, encodeConfig, parseConfig } from './config-file.ts'
import type { Config } from './schema.ts'

/** The file on disk. */
export interface ConfigFiles {
  /** The whole file; undefined only when the disk says that there is none. */
  read(): Promise<Uint8Array | undefined>
  /** Replaces the file in one durable step and keeps the former one beside it. */
  replace(bytes: Uint8Array): Promise<void>
}

export interface ConfigStore {
  /** Frozen; a later change makes another object. */
  get(): Config
  /**
   * Runs `edit` on the newest configuration when the changes before it are done. What it throws,
   * or what the disk throws, reaches the caller and leaves everything as it was. Resolves with
   * the configuration that is now on disk.
   */
  update(edit: (config: Config) => Config): Promise<Config>
}

/** Throws NOT_INITIALISED without a file, CONFIG_DAMAGED or CONFIG_TOO_NEW with a bad one. */
export async function createConfigStore(files: ConfigFiles): Promise<ConfigStore> {
  const bytes = await files.read()
  if (!bytes) throw new PeerfoldError('NOT_INITIALISED', 'there is no configuration in this home')
  let current = parseConfig(bytes)
  let last: Promise<unknown> = Promise.resolve()

  async function change(edit: (config: Config) => Config): Promise<Config> {
    const edited = edit(current)
    if (edited === current) return current
    const next = checkEdited(edited)
    const bytes = encodeConfig(next)
    // The copy beside the file is the configuration before: one that is the same says that it was put back.
    if (Buffer.compare(bytes, encodeConfig(current)) === 0) return current
    await files.replace(bytes)
    current = next
    return next
  }

  return {
    get: () => current,
    update: (edit) => {
      const done = last.then(() => change(edit))
      // The next change waits for this one, whatever became of it; its own caller hears of it.
      last = done.catch(() => undefined)
      return done
    },
  }
}

/** A change that breaks the schema is a bad request, not a damaged file. */
function checkEdited(config: Config): Config {
  try {
    return checkConfig(structuredClone(config))
  } catch (error) {
    throw new PeerfoldError('BAD_INPUT', 'this change would break the configuration', {}, error)
  }
}
