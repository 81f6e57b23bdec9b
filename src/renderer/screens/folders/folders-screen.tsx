/** The folders of this device: how each one is, who has a copy, and adding one. */
import { FolderPlus } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { FolderView } from '../../../node/api/node-port.ts'
import { findDesktop } from '../../connection/desktop.ts'
import { Screen } from '../../frame/screen.tsx'
import { StatusLoading } from '../../frame/status-loading.tsx'
import { Button } from '../../parts/button.tsx'
import { Empty } from '../../parts/notes.tsx'
import { useStatus } from '../../stores/status-store.ts'
import { t } from '../../words.ts'
import type { MomentSubject } from '../history/asked.ts'
import { HistoryDialog } from '../history/history-dialog.tsx'
import { AddFolderDialog, EditFolderDialog } from './folder-dialog.tsx'
import { FolderRow } from './folder-row.tsx'
import { RemoveFolderDialog } from './remove-folder.tsx'
import { useDirectoryDrop } from './use-directory-drop.ts'
import './folders.css'

type Asked =
  | { readonly kind: 'add'; readonly path?: string }
  | { readonly kind: 'edit' | 'moment' | 'remove'; readonly folder: FolderView }

export function FoldersScreen() {
  const folders = useStatus((status) => status.folders)
  const [asked, setAsked] = useState<Asked>()
  const close = useCallback(() => setAsked(undefined), [])
  const edit = useCallback((folder: FolderView) => setAsked({ kind: 'edit', folder }), [])
  const moment = useCallback((folder: FolderView) => setAsked({ kind: 'moment', folder }), [])
  const remove = useCallback((folder: FolderView) => setAsked({ kind: 'remove', folder }), [])
  const isOver = useDirectoryDrop(useCallback((path) => setAsked({ kind: 'add', path }), []))
  const addButton = (
    <Button kind="primary" needsNode onPress={() => setAsked({ kind: 'add' })}>
      <FolderPlus size={18} aria-hidden="true" />
      {t('folders.add')}
    </Button>
  )
  const isEmpty = folders?.length === 0
  return (
    <Screen title={t('folders.title')} name={t('folders.title')} actions={isEmpty ? undefined : addButton}>
      {!folders && <StatusLoading />}
      {isEmpty && (
        <Empty title={t('folders.empty.title')} action={addButton}>
          <p>{t('folders.empty.text')}</p>
          {findDesktop() && <p>{t('folders.empty.drop')}</p>}
        </Empty>
      )}
      {folders && !isEmpty && (
        <ul className="rows" aria-label={t('folders.list')}>
          {folders.map((folder) => (
            <FolderRow key={folder.id} folder={folder} onEdit={edit} onMoment={moment} onRemove={remove} />
          ))}
        </ul>
      )}
      {asked?.kind === 'add' && (
        <AddFolderDialog
          key={asked.path}
          onClose={close}
          {...(asked.path === undefined ? {} : { path: asked.path })}
        />
      )}
      {asked?.kind === 'edit' && <EditFolderDialog folder={asked.folder} onClose={close} />}
      {asked?.kind === 'moment' && (
        <HistoryDialog
          folder={asked.folder.id}
          asked={{ kind: 'moment', subject: wholeOf(asked.folder) }}
          onClose={close}
        />
      )}
      {asked?.kind === 'remove' && <RemoveFolderDialog folder={asked.folder} onClose={close} />}
      {isOver && (
        <div className="drop-cover drop-veil" aria-hidden="true">
          <FolderPlus size={40} />
          <strong>{t('folders.drop.title')}</strong>
          <span>{t('folders.drop.text')}</span>
        </div>
      )}
    </Screen>
  )
}

function wholeOf({ id, name }: FolderView): MomentSubject {
  return { folder: id, path: '', name, kind: 'folder' }
}
