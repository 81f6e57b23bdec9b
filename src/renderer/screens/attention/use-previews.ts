/**
 * Previews of both sides of a conflict. Promises to fetch only what is on screen, small and of the
 * content that the node spoke of, and nothing at all in the desktop window: contents never travel
 * through its port, the file manager opens them.
 */
import { type RefObject, useEffect, useMemo, useState } from 'react'
import { findDesktop } from '../../connection/desktop.ts'
import { contentUrl } from '../files/uploads/plan.ts'
import type { Conflict } from './attention.ts'
import { type Excerpt, excerptsOf } from './line-diff.ts'
import { fetchPreview, isWorthFetching, type Preview } from './preview.ts'

export type SidePreview =
  | { readonly kind: 'loading' | 'changed' | 'none' }
  | { readonly kind: 'image'; readonly url: string }
  | { readonly kind: 'text'; readonly excerpt: Excerpt }

export interface Previews {
  readonly original: SidePreview
  readonly copy: SidePreview
}

export function usePreviews(
  element: RefObject<HTMLElement | null>,
  folder: string,
  { path, conflictOf, original, copy }: Conflict,
): Previews | undefined {
  const isSeen = useSeen(element)
  const first = usePreview(isSeen, folder, conflictOf, original)
  const second = usePreview(isSeen, folder, path, copy)
  return useMemo(() => first && second && together(first, second), [first, second])
}

/** Two texts are shown from where they begin to differ. */
function together(first: Loaded, second: Loaded): Previews {
  const [one, other] = excerptsOf(
    first.kind === 'text' ? first.text : '',
    second.kind === 'text' ? second.text : '',
  )
  const areBoth = first.kind === 'text' && second.kind === 'text'
  const alone = (preview: Loaded): SidePreview =>
    preview.kind === 'text' ? { kind: 'text', excerpt: excerptsOf(preview.text, preview.text)[0] } : preview
  if (!areBoth) return { original: alone(first), copy: alone(second) }
  return { original: { kind: 'text', excerpt: one }, copy: { kind: 'text', excerpt: other } }
}

type Loaded = Preview | { readonly kind: 'loading' }

function usePreview(
  isSeen: boolean,
  folder: string,
  path: string,
  side: Conflict['copy'] | undefined,
): Loaded | undefined {
  const [loaded, setLoaded] = useState<Loaded>()
  const { hash, size } = side ?? { hash: '', size: 0 }
  const isFetched = isSeen && hash !== '' && !findDesktop() && isWorthFetching(path, size)
  useEffect(() => {
    setLoaded(isFetched ? { kind: 'loading' } : { kind: 'none' })
    if (!isFetched) return undefined
    const controller = new AbortController()
    const { signal } = controller
    fetchPreview(contentUrl(folder, path), hash, signal).then(
      (preview) => signal.aborted || setLoaded(preview),
      // Without the node there is no preview; the banner says why.
      () => signal.aborted || setLoaded({ kind: 'none' }),
    )
    return () => controller.abort()
  }, [isFetched, folder, path, hash])
  return loaded
}

/** Whether the element was on screen once. */
function useSeen(element: RefObject<HTMLElement | null>): boolean {
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    if (isSeen || !element.current) return undefined
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true)
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [isSeen, element])
  return isSeen
}
