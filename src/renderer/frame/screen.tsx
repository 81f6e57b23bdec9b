/** The head of every screen: its title, which takes the focus when one arrives, and its actions. */
import { type ReactNode, useEffect, useRef } from 'react'
import { t } from '../words.ts'
import { plain } from '../parts/name.tsx'

let isFirst = true

interface ScreenProps {
  readonly title: ReactNode
  /** For the window's title; the same as `title` where that is a string. */
  readonly name: string
  readonly actions?: ReactNode
  readonly children: ReactNode
  /** The screen fills the window and scrolls inside, as lists of files do. */
  readonly isFilling?: boolean
}

export function Screen({ title, name, actions, children, isFilling = false }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = t('frame.pageTitle', { page: plain(name) })
  }, [name])
  useEffect(() => {
    // What was focused has gone with the screen before, or is the link that led here; a screen that
    // put the focus somewhere itself keeps it, and the first screen of a page leaves it alone.
    const focused = document.activeElement
    const isLeftOver = focused === document.body || focused?.matches('main, nav *') === true
    if (!isFirst && isLeftOver) heading.current?.focus()
    isFirst = false
  }, [])
  return (
    <div className={isFilling ? 'screen screen-filling' : 'screen'}>
      <header className="screen-head">
        <h1 ref={heading} className="screen-title" tabIndex={-1}>
          {title}
        </h1>
        {actions !== undefined && <div className="screen-actions">{actions}</div>}
      </header>
      {children}
    </div>
  )
}
