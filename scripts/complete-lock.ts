/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out of it.
 * Promises to add only, never to change or remove an entry. Never asks the network.
 *
 * A registry mirror may lack packages for platforms that nobody uses behind it. npm then writes a
 * lock file without them, npm 11 refuses that file in `npm ci`, and on the missing platforms the
 * tools would lack their native part. Version, system and processor follow from the parent and
 * from the package's name; the checksum is unknown here and stays out (docs/not-run.md).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface LockedPackage {
  version?: string
  optionalDependencies?: Record<string, string>
  [field: string]: unknown
}
export type Lock = { packages: Record<string, LockedPackage> }

const PLATFORM =
  /-(?<os>android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>arm64|aarch64|armv7|arm|ia32|x64|ppc64|riscv64|s390x)(?:-(?<abi>\w+))?$/

/** Entries that the lock file lacks, by their place in it. */
export function missingFrom({ packages }: Lock): Map<string, LockedPackage> {
  const missing = new Map<string, LockedPackage>()
  for (const [parent, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const platform = PLATFORM.exec(name)?.groups
      const place = `node_modules/${name}`
      if (platform === undefined || place in packages || `${parent}/${place}` in packages) continue
      missing.set(place, entry(version, platform, packages[parent]))
    }
  }
  return missing
}

function entry(
  version: string,
  { os = '', cpu = '', abi = '' }: Record<string, string>,
  parent: LockedPackage | undefined,
): LockedPackage {
  const libc = abi.startsWith('musl') ? 'musl' : abi.startsWith('gnu') ? 'glibc' : undefined
  return {
    version,
    cpu: [{ aarch64: 'arm64', armv7: 'arm' }[cpu] ?? cpu],
    ...(parent?.dev === true ? { dev: true } : {}),
    ...(os === 'linux' && libc !== undefined ? { libc: [libc] } : {}),
    optional: true,
    os: [os],
    ...(parent?.engines === undefined ? {} : { engines: parent.engines }),
  }
}

if (import.meta.main) {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
  const lock = JSON.parse(readFileSync(path, 'utf8')) as Lock
  const missing = missingFrom(lock)
  const all = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) })
  lock.packages = Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, 'en')))
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  process.stdout.write(`${missing.size} entries added\n`)
}
