/** Reads the project's own sources from disk. Promises paths with forward slashes from the root. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Every text below `folder` whose name fits, in order of path. */
export function readSources(folder: string, name: RegExp): Map<string, string> {
  const files = globSync(`${folder}/**/*`, { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll('\\', '/'))
    .map((path) => (path.startsWith(ROOT) ? path.slice(ROOT.length) : path))
    .sort()
  return new Map(files.map((file) => [file, readFileSync(`${ROOT}${file}`, 'utf8')]))
}
