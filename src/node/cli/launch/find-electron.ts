/**
 * Looks for Electron's executable. Promises to look only: the package is found by its manifest and
 * never loaded, because loading it under Node starts a download. An executable counts only when it
 * is of the version that the package wants.
 */
import { dirname, join } from 'node:path'

export interface ElectronDisk {
  /** Path of a file of an installed package; undefined when it is not installed. */
  resolve(specifier: string): string | undefined
  /** Text of a small file; undefined when there is none. */
  readText(path: string): Promise<string | undefined>
  exists(path: string): Promise<boolean>
}

export type Electron =
  | { readonly kind: 'found'; readonly version: string; readonly executable: string }
  /** `installer`: the package's own script that fetches the executable; absent where it would not help. */
  | { readonly kind: 'missing'; readonly why: string; readonly installer?: string }

export interface ElectronQuestion {
  readonly platform: string
  /** ELECTRON_OVERRIDE_DIST_PATH: a directory with an executable of any version. */
  readonly override: string | undefined
}

/** Inside the directory "dist" of the package. */
const EXECUTABLES: Readonly<Record<string, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
}

export async function findElectron(
  disk: ElectronDisk,
  { platform, override }: ElectronQuestion,
): Promise<Electron> {
  const manifest = disk.resolve('electron/package.json')
  const version = manifest && versionIn(await disk.readText(manifest))
  if (manifest === undefined || version === undefined)
    return { kind: 'missing', why: 'the package "electron" is not installed' }
  const own = join(dirname(manifest), 'dist')
  const executable = join(override ?? own, EXECUTABLES[platform] ?? 'electron')
  if (override !== undefined) {
    if (await disk.exists(executable)) return { kind: 'found', version, executable }
    return { kind: 'missing', why: `no Electron binary in ELECTRON_OVERRIDE_DIST_PATH (${override})` }
  }
  const installer = join(dirname(manifest), 'install.js')
  if (!(await disk.exists(executable)))
    return { kind: 'missing', why: `no Electron ${version} binary`, installer }
  const got = (await disk.readText(join(own, 'version')))?.trim().replace(/^v/, '')
  // The installer writes this file last: without it, unpacking was cut off.
  const isWhole = got && (await disk.exists(join(dirname(manifest), 'path.txt')))
  if (isWhole && got === version) return { kind: 'found', version, executable }
  const why = `the Electron binary is ${isWhole ? `version ${got}` : 'incomplete'}, ${version} is wanted`
  return { kind: 'missing', why, installer }
}

function versionIn(manifest: string | undefined): string | undefined {
  try {
    const { version } = JSON.parse(manifest ?? '') as { version?: unknown }
    return typeof version === 'string' ? version : undefined
  } catch {
    // A half-installed package is none.
    return undefined
  }
}
