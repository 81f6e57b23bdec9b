/**
 * The state words. Promises icon, text and colour together, a shape of its own for each word, and
 * green for the word "safe" of the node alone. Shows no word while the node is not reachable: what
 * was true then may not be true now.
 */
import type { Phrase } from '../../node/words/status-words.ts'
import { wordText } from '../../node/words/status-words.ts'
import { useIsLive } from '../stores/status-store.ts'
import { t, words } from '../words.ts'

export type StateWord = Phrase['word']

/** Drawn for 20 px; `currentColor` is the colour of the word. */
const SHAPES: Readonly<Record<StateWord | 'unknown', React.ReactNode>> = {
  safe: (
    <>
      <circle cx="10" cy="10" r="9" fill="currentColor" />
      <path d="M5.8 10.4l2.8 2.8 5.6-6" className="state-cut" />
    </>
  ),
  syncing: (
    <>
      <path d="M6.5 16.5V4.5M3 8l3.5-3.6L10 8" className="state-line state-up" />
      <path d="M13.5 3.5v12M10 12l3.5 3.600L17 12" className="state-line state-down" />
    </>
  ),
  waiting: (
    <>
      <circle cx="10" cy="10" r="8" className="state-line" />
      <path d="M10 5.500v4.700l3 1.8" className="state-line" />
    </>
  ),
  'needs-you': (
    <>
      <path d="M10 .8l9.2 9.2-9.2 9.200L.8 10z" fill="currentColor" />
      <path d="M10 5.600v5.200M10 13.700v.4" className="state-cut" />
    </>
  ),
  unknown: <circle cx="10" cy="10" r="8" className="state-line" strokeDasharray="3 3.28" />,
}

export function StateIcon({ word }: { readonly word: StateWord | 'unknown' }) {
  return (
    <svg className={`state-icon state-${word}`} viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      {SHAPES[word]}
    </svg>
  )
}

/** "Safe", or that nothing is known now. */
export function StateText({ word }: { readonly word: StateWord }) {
  const isLive = useIsLive()
  if (!isLive) return <span className="state-text state-unknown">{t('frame.unknown')}</span>
  return <span className={`state-text state-${word}`}>{wordText(words, word)}</span>
}

/** The icon that belongs to StateText. */
export function LiveStateIcon({ word }: { readonly word: StateWord }) {
  return <StateIcon word={useIsLive() ? word : 'unknown'} />
}
