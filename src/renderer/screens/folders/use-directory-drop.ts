/**
 * Takes a directory that is dropped on the window, in the desktop: only there a page learns where a
 * dropped thing lies. Never reads what is in it.
 */
import { useEffect, useState } from 'react'
import { findDesktop } from '../../connection/desktop.ts'

/** Whether something is being dragged over the window. */
export function useDirectoryDrop(take: (path: string) => void): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const desktop = findDesktop()
    if (!desktop) return undefined
    const onOver = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes('Files') === true) setOver(true)
    }
    const onLeave = (event: DragEvent): void => {
      // Leaving the window has nothing it goes to.
      if (event.relatedTarget === null) setOver(false)
    }
    const onDrop = (event: DragEvent): void => {
      setOver(false)
      // The data is empty as soon as this function has returned.
      const item = [...(event.dataTransfer?.items ?? [])].find(
        (one) => one.webkitGetAsEntry()?.isDirectory === true,
      )
      const file = item?.getAsFile()
      const path = file ? desktop.pathForFile(file) : ''
      if (path !== '') take(path)
    }
    window.addEventListener('dragover', onOver)
    window.addEventListener('dragleave', onLeave)
    window.addEventListener('drop', onDrop)
    return () => {
      window.removeEventListener('dragover', onOver)
      window.removeEventListener('dragleave', onLeave)
      window.removeEventListener('drop', onDrop)
    }
  }, [take])
  return isOver
}
