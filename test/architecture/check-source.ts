/**
 * Holds sources against the map. Promises file, line and reason for every breach. Works on texts
 * in memory, so that planted breaches can prove it sees them; reads no disk.
 */
import { importsOf, resolveImport } from './imports.ts'
import { ENTRIES_ONLY, NOT_READ, type Layer } from './layers.ts'
import { findForbidden } from './forbidden.ts'

export interface Violation {
  readonly file: string
  readonly line: number
  readonly reason: string
}

/** Path from the root of the checkout, with forward slashes, to text. */
export type Sources = ReadonlyMap<string, string>
export type LayerMap = Readonly<Record<string, Layer>>

interface Edge {
  readonly from: string
  readonly to: string
  readonly line: number
}

const CODE_FILE = /\.(?:ts|tsx|js|mjs|cjs)$/

/** Everything wrong with `sources`; throws when there is nothing to look at. */
export function checkSources(sources: Sources, map: LayerMap): Violation[] {
  const files = [...sources.keys()].filter((file) => isRead(file)).sort()
  if (files.length === 0) throw new Error('no source file was found: a guard without work proves nothing')
  const found: Violation[] = []
  const used = new Set<string>()
  const edges: Edge[] = []
  for (const file of files) {
    const source = sources.get(file) ?? ''
    const layer = layerOf(file, map)
    if (layer === undefined) {
      found.push({ file, line: 1, reason: 'lies in no layer of test/architecture/layers.ts' })
      continue
    }
    found.push(...findForbidden(file, layer, source))
    for (const one of importsOf(source)) {
      const { line, specifier } = one
      const report = (reason: string): void => void found.push({ file, line, reason })
      if (specifier === undefined) {
        if (layer !== 'node/base') report('computed import: only the job host in base may load by URL')
        continue
      }
      const entries = ENTRIES_ONLY[specifier]
      if (entries !== undefined && !entries.files.includes(file))
        report(`imports ${specifier}, which only ${entries.files.join(' and ')} may: ${entries.why}`)
      const target = resolveImport(file, specifier)
      // A file outside of src (package.json) is allowed like a package, by its path from the root.
      const isOutside = target !== undefined && !target.startsWith('src/')
      if (target === undefined || isOutside) checkPackage(target ?? specifier, layer, map, used, report)
      else {
        if (!sources.has(target)) report(`imports ${specifier}, which does not exist`)
        checkFolder(target, layer, map, used, one.typeOnly, report)
        if (one.form === 'import') edges.push({ from: file, to: target, line })
      }
    }
  }
  return [...found, ...cycles(edges), ...staleEntries(files, map, used)]
}

/** The layer a file lies in: the longest key of the map that its path below src begins with. */
function layerOf(file: string, map: LayerMap): string | undefined {
  const path = file.replace(/^src\//, '')
  return Object.keys(map)
    .filter((key) => path === key || path.startsWith(`${key}/`))
    .sort((a, b) => b.length - a.length)[0]
}

function isRead(file: string): boolean {
  return (
    file.startsWith('src/') && CODE_FILE.test(file) && !NOT_READ.some(({ pattern }) => pattern.test(file))
  )
}

type Report = (reason: string) => void

function checkPackage(
  specifier: string,
  layer: string,
  map: LayerMap,
  used: Set<string>,
  report: Report,
): void {
  const row = map[layer]
  const entry = row?.packages.find((pattern) => fits(specifier, pattern))
  if (entry === undefined) report(`imports ${specifier}, which ${layer} may not: ${row?.why ?? ''}`)
  else used.add(`${layer} -> ${entry}`)
}

function fits(specifier: string, pattern: string): boolean {
  return pattern.endsWith('*') ? specifier.startsWith(pattern.slice(0, -1)) : specifier === pattern
}

function checkFolder(
  target: string,
  layer: string,
  map: LayerMap,
  used: Set<string>,
  typeOnly: boolean,
  report: Report,
): void {
  const row = map[layer]
  const other = layerOf(target, map)
  if (other === layer || row === undefined) return
  if (other === undefined || !row.folders.includes(other)) {
    report(`imports ${target}, and ${layer} may not see ${other ?? 'that'}: ${row.why}`)
    return
  }
  if (row.typesOnly?.includes(other) === true && !typeOnly)
    report(`imports more than types from ${target}: ${row.why}`)
  used.add(`${layer} -> ${other}`)
}

/** One violation per ring of files that import each other, types included. */
function cycles(edges: readonly Edge[]): Violation[] {
  const next = Map.groupBy(edges, (edge) => edge.from)
  const state = new Map<string, 'open' | 'done'>()
  const found: Violation[] = []
  const visit = (file: string, path: readonly string[]): void => {
    state.set(file, 'open')
    for (const { to, line } of next.get(file) ?? []) {
      const ring = [...path, file]
      if (state.get(to) === 'open')
        found.push({ file, line, reason: `cycle: ${[...ring.slice(ring.indexOf(to)), to].join(' → ')}` })
      else if (!state.has(to)) visit(to, ring)
    }
    state.set(file, 'done')
  }
  for (const file of next.keys()) if (!state.has(file)) visit(file, [])
  return found
}

/**
 * Entries of the map that nothing uses. Asked only once the composition root stands, and only of
 * folders that have files: before that, nothing can be called unused.
 */
function staleEntries(files: readonly string[], map: LayerMap, used: ReadonlySet<string>): Violation[] {
  if (!files.includes('src/node/node.ts')) return []
  const inhabited = new Set(files.map((file) => layerOf(file, map)))
  const isNeeded = (layer: string, entry: string): boolean =>
    used.has(`${layer} -> ${entry}`) || (entry in map && !inhabited.has(entry))
  return Object.entries(map)
    .filter(([layer]) => inhabited.has(layer))
    .flatMap(([layer, row]) =>
      [...row.folders, ...row.packages]
        .filter((entry) => !isNeeded(layer, entry))
        .map((entry) => ({
          file: 'test/architecture/layers.ts',
          line: 1,
          reason: `stale: ${layer} may import ${entry}, and nothing there does; remove the entry`,
        })),
    )
}
