/** Paths with what is said of each. Promises at most a few rows on the screen, and to count the others. */
import { Name } from '../../parts/name.tsx'
import { t } from '../../words.ts'

export interface PathRow {
  readonly path: string
  readonly said: string
}

/** More are read by nobody in a dialog; the counts say how many there are. */
const SHOWN = 50

interface PathListProps {
  readonly title: string
  /** How many there are, listed or not. */
  readonly count: number
  readonly rows: readonly PathRow[]
}

export function PathList({ title, count, rows }: PathListProps) {
  if (count === 0) return null
  const shown = rows.slice(0, SHOWN)
  return (
    <section className="path-list" aria-label={title}>
      <h3 className="path-list-title">{title}</h3>
      <ul>
        {shown.map(({ path, said }, at) => (
          <li key={at} className="path-list-row">
            <Name of={path} className="code" /> <span className="history-soft">{said}</span>
          </li>
        ))}
        {count > shown.length && <li>{t('history.moment.more', { count: count - shown.length })}</li>}
      </ul>
    </section>
  )
}
