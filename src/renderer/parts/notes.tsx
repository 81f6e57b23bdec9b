/**
 * What a screen shows when there is nothing to show: loading, empty, failed. Promises that a
 * skeleton comes only after 150 ms, that an empty screen has one thing to do, and that a failure
 * says what happened, what to do and its code.
 */
import { RotateCw, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { errorWords } from '../../node/words/error-words.ts'
import { type CallError, toCallError } from '../connection/call-error.ts'
import { t, words } from '../words.ts'
import { Button } from './button.tsx'
import { Said } from './name.tsx'

/** Grey lines where rows will be. */
export function Skeleton({ rows = 3 }: { readonly rows?: number }) {
  return (
    <div className="skeleton" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: rows }, (_, at) => (
        <div key={at} className="skeleton-row" />
      ))}
    </div>
  )
}

interface EmptyProps {
  readonly title: string
  readonly children?: ReactNode
  /** The one primary button. */
  readonly action?: ReactNode
}

export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div className="empty">
      <FoldedSheets />
      <h2 className="empty-title">{title}</h2>
      <div className="empty-text">{children}</div>
      {action}
    </div>
  )
}

/** An error in words, with its code; `onRetry` is offered where trying again can help. */
export function ErrorNote({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { code, facts }: CallError = toCallError(error)
  const { what, next, about } = errorWords(words, code, facts)
  return (
    <div className="note note-error" role="alert">
      <TriangleAlert className="note-icon" size={18} aria-hidden="true" />
      <div className="note-body">
        <p className="note-what">{what}</p>
        {about !== undefined && (
          <p className="note-about">
            <Said>{about}</Said>
          </p>
        )}
        <p>{next}</p>
        <p className="note-code">{t('common.errorCode', { code })}</p>
      </div>
      {onRetry && (
        <Button onPress={onRetry}>
          <RotateCw size={16} aria-hidden="true" />
          {t('common.retry')}
        </Button>
      )}
    </div>
  )
}

/** The mark as a line drawing: two sheets with one fold in common. */
export function FoldedSheets() {
  return (
    <svg className="folded-sheets" viewBox="0 0 120 120" width="96" height="96" aria-hidden="true">
      <path className="sheet-left" d="M20 22h38v68H20z" />
      <path className="sheet-fold" d="M58 22l22 16v68L58 90z" />
      <path className="sheet-right" d="M80 38L58 22h42v68H80z" />
    </svg>
  )
}

/** The app's mark, as in assets/icon.svg, without its ground. */
export function Mark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg viewBox="96 112 320 344" width={size} height={size} aria-hidden="true">
      <path d="M112 128 H256 V384 H112 Z" fill="#f4f1e8" />
      <path d="M256 128 L328 184 V440 L256 384 Z" fill="#d7cfb8" />
      <path d="M400 128 V384 H328 V184 L256 128 Z" fill="#f2a541" />
      <path d="M328 384 H400 L328 440 Z" fill="#c97d1b" />
    </svg>
  )
}
