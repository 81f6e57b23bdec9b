/**
 * Names from files and peers, and sentences that hold some. Promises that a name is text inside
 * `<bdi>`, with control and direction characters shown as escapes: it can neither turn the line
 * around nor pass for something else.
 */
import { partsOf } from '../../node/words/words.ts'
import { shown } from '../../node/words/shown.ts'

export function Name({ of, className }: { readonly of: string; readonly className?: string }) {
  return <bdi className={className}>{shown(of)}</bdi>
}

/** A sentence of the catalogue, its names marked. */
export function Said({ children }: { readonly children: string }) {
  return partsOf(children).map((part, at) =>
    part.isName ? (
      <bdi key={at} className="name">
        {part.text}
      </bdi>
    ) : (
      part.text
    ),
  )
}

/** A sentence for places that take plain strings only, such as `aria-label`; isolates stay in it. */
export function plain(sentence: string): string {
  return sentence.replace(/[\u2068\u2069]/g, '')
}
