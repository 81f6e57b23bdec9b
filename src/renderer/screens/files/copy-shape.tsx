/**
 * One device's copy of one entry as a small sheet, each state with a shape of its own. Never
 * stands alone: the text beside it says the same. Never green, which is the word "safe" alone.
 */
import type { ReactNode } from 'react'
import type { CopyState } from './copies.ts'

const EDGE = 'M1.500 1.500h6.500l4.500 4.500v10.500h-11z'
const SHAPES: Readonly<Record<CopyState, ReactNode>> = {
  has: <path d={EDGE} className="copy-full" />,
  moving: (
    <>
      <path d={EDGE} className="copy-edge" />
      <path d="M7 6.500v7M4 10.500l3 3 3-3" className="copy-sign" />
    </>
  ),
  wants: <path d={EDGE} className="copy-edge" />,
  other: (
    <>
      <path d={EDGE} className="copy-edge" />
      <path d="M4 9.500h6M4 13h6" className="copy-sign" />
    </>
  ),
  unwanted: <path d="M3 9.500h8" className="copy-sign" />,
  unplaceable: (
    <>
      <path d={EDGE} className="copy-edge" />
      <path d="M4.500 8l5 5.500M9.500 8l-5 5.500" className="copy-sign" />
    </>
  ),
  withheld: (
    <>
      <path d={EDGE} className="copy-edge" />
      <path d="M5 8v5.500M9 8v5.500" className="copy-sign" />
    </>
  ),
  damaged: (
    <>
      <path d={EDGE} className="copy-edge" />
      <path d="M7.500 5l-2.500 4h4l-2.500 4.500" className="copy-sign" />
    </>
  ),
  unknown: <path d={EDGE} className="copy-edge copy-dashed" />,
}

export function CopyShape({ state }: { readonly state: CopyState }) {
  return (
    <svg className={`copy-shape copy-${state}`} viewBox="0 0 14 18" width="14" height="18" aria-hidden="true">
      {SHAPES[state]}
    </svg>
  )
}
