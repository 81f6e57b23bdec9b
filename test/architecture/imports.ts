/**
 * Finds what a source file imports: static and dynamic imports, re-exports, and files named by
 * `new URL('./x.ts', import.meta.url)`, which is how worker entries are named. Promises file and
 * line of each. Never resolves packages.
 */
import { posix } from 'node:path'
import { lineAt, mask } from './mask.ts'

export interface Import {
  readonly line: number
  /** As written; undefined when it is computed and cannot be read. */
  readonly specifier: string | undefined
  readonly typeOnly: boolean
  /** A URL names a file without loading it here: it counts for layers, not for cycles. */
  readonly form: 'import' | 'url'
}

/** One pattern per way to import, over masked code; group 1 is the opening quote, if readable. */
const FORMS: readonly { readonly pattern: RegExp; readonly form: Import['form'] }[] = [
  { pattern: /\b(?:import|export)\b[^'"`;()=]*?\bfrom\s*(['"])/g, form: 'import' },
  { pattern: /\bimport\s*(['"])/g, form: 'import' },
  { pattern: /(?<![.\w])import\s*\(\s*(?:(['"])|(?=[^'"\s]))/g, form: 'import' },
  { pattern: /\bnew\s+URL\s*\(\s*(['"])\s*['"]\s*,\s*import\.meta\.url\b/g, form: 'url' },
]

export function importsOf(source: string): Import[] {
  const { code } = mask(source)
  const found: Import[] = []
  for (const { pattern, form } of FORMS) {
    for (const match of code.matchAll(pattern)) {
      const quote = match[1]
      const opening = quote === undefined ? -1 : match.index + match[0].indexOf(quote)
      const closing = quote === undefined ? -1 : code.indexOf(quote, opening + 1)
      found.push({
        line: lineAt(source, match.index),
        specifier: quote === undefined ? undefined : source.slice(opening + 1, closing),
        typeOnly: /^(?:import|export)\s+type\b/.test(match[0]),
        form,
      })
    }
  }
  return found.sort((a, b) => a.line - b.line)
}

/** Path from the root of the checkout of a relative import; undefined for a package. */
export function resolveImport(importer: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(importer), specifier) : undefined
}
