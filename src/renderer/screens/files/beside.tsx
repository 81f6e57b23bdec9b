/**
 * What stands beside the list: the details of the one chosen entry, or how many are chosen.
 * Promises nothing to be there on a narrow screen before something is chosen.
 */
import { Trash2 } from 'lucide-react'
import type { BrowsedFile } from '../../../node/api/node-port.ts'
import { Button } from '../../parts/button.tsx'
import { STRETCH_LIMIT } from '../../file-grid/grid-commands.ts'
import { t } from '../../words.ts'
import type { AskedHistory } from '../history/asked.ts'
import { Details } from './details.tsx'
import { chooseNothing, useChoice } from './use-choice.ts'
import type { Browsing } from './use-rows.ts'

interface BesideProps {
  readonly folder: string
  readonly folderName: string
  readonly browsing: Browsing
  readonly onOpen: (entry: BrowsedFile) => void
  readonly onDelete: () => void
  readonly onHistory: (asked: AskedHistory) => void
  /** The focus goes back to the list. */
  readonly onClose: () => void
}

export function Beside({ folder, folderName, browsing, onOpen, onDelete, onHistory, onClose }: BesideProps) {
  const { count, entry } = useChoice(browsing)
  const close = (): void => {
    chooseNothing(browsing)
    onClose()
  }
  if (entry)
    return (
      <Details
        folder={folder}
        folderName={folderName}
        entry={entry}
        onOpen={() => onOpen(entry)}
        onDelete={onDelete}
        onHistory={onHistory}
        onClose={close}
      />
    )
  if (count < 2)
    return (
      <aside className="details details-none" aria-label={t('files.action.details')}>
        <p>{t('files.detail.none')}</p>
      </aside>
    )
  return (
    <aside className="details" aria-label={t('files.action.details')} data-region tabIndex={-1}>
      <p className="detail-name" role="status">
        {t(count < STRETCH_LIMIT ? 'files.selected' : 'files.selectedMost', { count })}
      </p>
      <div className="detail-actions">
        <Button needsNode onPress={onDelete}>
          <Trash2 size={16} aria-hidden="true" />
          {t('files.action.delete')}
        </Button>
        <Button kind="quiet" onPress={close}>
          {t('files.action.clear')}
        </Button>
      </div>
    </aside>
  )
}
