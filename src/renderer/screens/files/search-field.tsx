/**
 * The search. Promises to ask only after a pause in typing, to be found by Ctrl or Cmd and F, and
 * to empty itself on Escape before anything else does.
 */
import { Search, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button as AriaButton, Input, SearchField as AriaSearchField } from 'react-aria-components'
import { plain } from '../../parts/name.tsx'
import { t } from '../../words.ts'

/** Longer than the time between two letters of a quick typist, shorter than is felt. */
const PAUSE_MS = 200

interface SearchFieldProps {
  readonly place: string
  readonly value: string
  readonly onSearch: (text: string) => void
  /** To the first result. */
  readonly onLeave: () => void
}

export function SearchField({ place, value, onSearch, onLeave }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return undefined
    const timer = setTimeout(() => onSearch(text), text === '' ? 0 : PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, value, onSearch])
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (
        event.key.toLowerCase() !== 'f' ||
        !(event.ctrlKey || event.metaKey) ||
        event.altKey ||
        event.shiftKey
      )
        return
      if (document.querySelector('[role="dialog"],[role="alertdialog"]')) return
      event.preventDefault()
      input.current?.select()
      input.current?.focus()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  return (
    <AriaSearchField
      className="search"
      aria-label={plain(t('files.search', { place }))}
      value={text}
      onChange={setText}
      onKeyDown={(event) => {
        if (event.key === 'ArrowDown') onLeave()
      }}
    >
      <Search className="search-icon" size={16} aria-hidden="true" />
      <Input
        ref={input}
        className="input search-input"
        placeholder={t('files.searchHint')}
        spellCheck="false"
      />
      <AriaButton className="search-clear" aria-label={t('files.empty.searchClear')}>
        <X size={14} aria-hidden="true" />
      </AriaButton>
    </AriaSearchField>
  )
}
