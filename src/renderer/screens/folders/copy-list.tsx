/** The copies of one folder, a sheet and a sentence for each device. */
import type { FolderView } from '../../../node/api/node-port.ts'
import { Name, Said } from '../../parts/name.tsx'
import { Sheet } from '../../parts/sheet.tsx'
import { useStatusStore } from '../../stores/status-store.ts'
import { t } from '../../words.ts'
import { copiesOf, type CopyView } from './copies.ts'

export function CopyList({ folder }: { readonly folder: FolderView }) {
  const status = useStatusStore((state) => state.status)
  const copies = copiesOf(folder, status?.devices ?? [], t('common.thisDevice'))
  return (
    <ul className="copies" aria-label={t('folders.copies')}>
      {copies.map((copy) => (
        <li key={copy.id} className="copy">
          <Sheet share={copy.share} isAway={copy.awaySinceMs !== undefined} />
          <span className="copy-text">
            <Name of={copy.name} className="copy-name" />{' '}
            <span className="copy-state">
              <Said>{copyText(copy)}</Said>
            </span>
          </span>
        </li>
      ))}
    </ul>
  )
}

function copyText(copy: CopyView): string {
  const state = stateText(copy)
  const sinceMs = copy.awaySinceMs
  if (sinceMs === undefined) return state
  const away = t('folders.copy.away', { sinceMs, ...(sinceMs === 0 ? { context: 'never' } : {}) })
  return sinceMs === 0 && copy.state === 'unconfirmed' ? away : t('folders.copy.and', { state, away })
}

function stateText({ state, items, bytes }: CopyView): string {
  if (state === 'unconfirmed') return t('folders.copy.unconfirmed')
  return state === 'has' ? t('folders.copy.has') : t('folders.copy.lacks', { count: items, bytes })
}
