/**
 * Keeps the focus in a list whose items leave by themselves. Promises to move it only when the item
 * that had it is gone, never away from where a person put it meanwhile.
 */
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { keyAfter } from './attention.ts'

/** Items are elements with `data-item`, which hold the key and can take the focus. */
export function useFocusFollows(place: RefObject<HTMLElement | null>, keys: readonly string[]): void {
  const before = useRef(keys)
  const focused = useRef<string>(undefined)
  useEffect(() => {
    const onFocus = ({ target }: FocusEvent): void => {
      const item = target instanceof Element ? target.closest<HTMLElement>('[data-item]') : null
      focused.current = item?.dataset['item']
    }
    document.addEventListener('focusin', onFocus)
    return () => document.removeEventListener('focusin', onFocus)
  }, [])
  useLayoutEffect(() => {
    const was = focused.current
    const next = was === undefined || keys.includes(was) ? undefined : keyAfter(before.current, keys, was)
    const isGone = was !== undefined && !keys.includes(was)
    before.current = keys
    if (!isGone) return
    focused.current = undefined
    // A removed element gives the focus to the page as a whole.
    if (document.activeElement !== null && document.activeElement !== document.body) return
    const items = place.current?.querySelectorAll<HTMLElement>('[data-item]') ?? []
    const item = [...items].find((one) => one.dataset['item'] === next)
    const target = item ?? document.querySelector<HTMLElement>('h1')
    target?.focus()
  })
}
