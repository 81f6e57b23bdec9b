/**
 * The files of a folder: the list, its search, the details of the chosen entry, adding and
 * deleting. Promises to show what the node listed and nothing it guesses: what a person deletes or
 * adds goes and comes when the node says so.
 */
import { RotateCcw } from 'lucide-react'
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import type { BrowsedFile, FolderView } from '../../../node/api/node-port.ts'
import { findDesktop } from '../../connection/desktop.ts'
import { Screen } from '../../frame/screen.tsx'
import { Button } from '../../parts/button.tsx'
import { Name } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { useAction } from '../../parts/use-action.ts'
import { filesHref, hrefOf } from '../../routes.ts'
import { useIsLive, useStatus } from '../../stores/status-store.ts'
import { t } from '../../words.ts'
import type { AskedHistory, MomentSubject } from '../history/asked.ts'
import { HistoryDialog } from '../history/history-dialog.tsx'
import { Beside } from './beside.tsx'
import { directoryOf, nameOf } from './copies.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { FileList } from './file-list.tsx'
import './files.css'
import { FolderState } from './folder-state.tsx'
import { PathLine } from './path-line.tsx'
import { SearchField } from './search-field.tsx'
import { AddButtons } from './uploads/add-button.tsx'
import { DropZone } from './uploads/drop-zone.tsx'
import { contentUrl } from './uploads/plan.ts'
import { AddQuestion } from './uploads/questions.tsx'
import { UploadsPanel } from './uploads/uploads-panel.tsx'
import { type Adding, useAdding } from './uploads/use-adding.ts'
import { chooseNext, chosenPaths } from './use-choice.ts'
import { type Browsing, useBrowsing } from './use-rows.ts'

interface FilesProps {
  readonly folder: string
  /** Path inside the folder, "" for the folder itself. */
  readonly directory: string
}

export function FilesScreen({ folder, directory }: FilesProps) {
  const hasStatus = useStatus(() => true) ?? false
  const view = useStatus(({ folders }) => folders.find(({ id }) => id === folder))
  if (hasStatus && !view) return <Gone />
  return <Files folder={folder} directory={directory} view={view} />
}

function Gone() {
  return (
    <Screen title={t('files.gone.title')} name={t('files.gone.title')}>
      <p>{t('files.gone.text')}</p>
      <p>
        <a href={hrefOf('folders')}>{t('files.gone.back')}</a>
      </p>
    </Screen>
  )
}

function Files({ folder, directory, view }: FilesProps & { readonly view: FolderView | undefined }) {
  const folderName = view?.name ?? folder
  const place = directory === '' ? folderName : nameOf(directory)
  const [search, setSearch] = useSearch(`${folder}/${directory}`)
  const browsing = useBrowsing({ folder, directory, search })
  const adding = useAdding(folder, directory)
  const gridRef = useRef<HTMLDivElement>(null)
  const [doomed, setDoomed] = useState<readonly string[]>()
  const [history, setHistory] = useState<AskedHistory>()
  const here: MomentSubject = {
    folder,
    path: directory,
    name: place,
    kind: directory === '' ? 'folder' : 'directory',
  }
  const isLive = useIsLive()
  const others = view?.devices.length ?? 0
  const opening = useAction(openEntry)

  const open = useCallback((entry: BrowsedFile) => void opening.run(folder, entry), [folder, opening.run])
  const askDelete = useCallback(() => setDoomed(chosenPaths(browsing)), [browsing])
  const toList = useCallback(() => gridRef.current?.focus(), [])
  const closeDelete = (isDone: boolean): void => {
    if (isDone) chooseNext(browsing, new Set(doomed))
    setDoomed(undefined)
  }
  useFocusAfter(doomed !== undefined, toList)
  const onKeyDown = (event: KeyboardEvent): void => {
    const isInList = gridRef.current?.contains(event.target as Node) === true
    if (event.key === 'Backspace' && isInList && directory !== '')
      location.hash = filesHref(folder, directoryOf(directory))
  }
  return (
    <Screen isFilling name={place} title={<Name of={place} />} actions={<AddButtons adding={adding} />}>
      <div className="files" onKeyDown={onKeyDown}>
        <div className="files-bar">
          <PathLine folder={folder} folderName={folderName} directory={directory} />
          <SearchField place={place} value={search} onSearch={setSearch} onLeave={toList} />
        </div>
        <div className="files-line">
          {view && <FolderState view={view} />}
          <Count browsing={browsing} isSearch={search !== ''} />
          <Button kind="quiet" needsNode onPress={() => setHistory({ kind: 'moment', subject: here })}>
            <RotateCcw size={16} aria-hidden="true" />
            <span className="files-wide-text">{t('history.action.moment')}</span>
          </Button>
        </div>
        <AddingNotes adding={adding} />
        {opening.error && <ErrorNote error={opening.error} />}
        <DropZone place={place} isDisabled={!isLive} onDropped={adding.addDropped}>
          <FileList
            browsing={browsing}
            gridRef={gridRef}
            listId={`${folder}/${directory}?${search}`}
            place={place}
            search={search}
            onOpen={open}
            onDelete={askDelete}
            onClearSearch={() => setSearch('')}
          />
          <Beside
            folder={folder}
            folderName={folderName}
            browsing={browsing}
            onOpen={open}
            onDelete={askDelete}
            onHistory={setHistory}
            onClose={toList}
          />
        </DropZone>
        <UploadsPanel />
      </div>
      {adding.question && <AddQuestion question={adding.question} others={others} />}
      {history && <HistoryDialog folder={folder} asked={history} onClose={() => setHistory(undefined)} />}
      {doomed && <DeleteDialog folder={folder} paths={doomed} others={others} onClose={closeDelete} />}
    </Screen>
  )
}

/** A search belongs to the directory in which it was typed. */
function useSearch(place: string): [search: string, setSearch: (text: string) => void] {
  const [state, setState] = useState({ place, text: '' })
  const setSearch = useCallback((text: string) => setState({ place, text }), [place])
  return [state.place === place ? state.text : '', setSearch]
}

/** The focus goes to the list when a dialog about its rows closes: the button that opened it may be gone. */
function useFocusAfter(isOpen: boolean, focus: () => void): void {
  const wasOpen = useRef(false)
  useEffect(() => {
    if (wasOpen.current && !isOpen) focus()
    wasOpen.current = isOpen
  }, [isOpen, focus])
}

async function openEntry(folder: string, { kind, path, here }: BrowsedFile): Promise<void> {
  if (kind === 'directory') {
    location.hash = filesHref(folder, path)
    return
  }
  const desktop = findDesktop()
  if (desktop) return desktop.showFile(folder, path)
  if (kind !== 'file' || here !== 'holds') return
  const link = document.createElement('a')
  link.href = contentUrl(folder, path)
  link.download = nameOf(path)
  link.click()
}

function Count({ browsing, isSearch }: { readonly browsing: Browsing; readonly isSearch: boolean }) {
  const total = useStore(browsing.source.store, ({ listing }) => listing.total)
  return (
    <p className="files-count" role={isSearch ? 'status' : undefined}>
      {total === undefined ? null : t(isSearch ? 'files.matches' : 'files.entries', { count: total })}
    </p>
  )
}

function AddingNotes({ adding }: { readonly adding: Adding }) {
  if (adding.error) return <ErrorNote error={adding.error} onRetry={adding.clear} />
  if (adding.isNothing) return <p role="status">{t('files.add.nothing')}</p>
  if (adding.isLooking) return <p role="status">{t('files.add.looking')}</p>
  return null
}
