/** Keys that work on every screen: F6 goes around the regions, Ctrl or Cmd and 1…4 to the screens. */
import { useEffect } from 'react'
import { hrefOf, SCREENS } from '../routes.ts'

export function useFrameKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'F6') {
        event.preventDefault()
        focusNextRegion(event.shiftKey)
        return
      }
      // A digit with Alt or Shift is a character on some keyboards.
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      const screen = SCREENS[Number(event.key) - 1]
      // A dialog is answered before one goes elsewhere.
      if (screen === undefined || document.querySelector('[role="dialog"],[role="alertdialog"]')) return
      event.preventDefault()
      // Whoever asks for a screen wants to be in it.
      document.getElementById('content')?.focus()
      location.hash = hrefOf(screen)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function focusNextRegion(isBackward: boolean): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')]
  const at = regions.findIndex((region) => region.contains(document.activeElement))
  const step = isBackward ? -1 : 1
  const next = at < 0 ? 0 : (at + step + regions.length) % regions.length
  regions[next]?.focus()
}
