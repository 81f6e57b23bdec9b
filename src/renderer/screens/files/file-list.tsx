/**
 * The list in its states: loading, empty, failed, there. Promises that the grid stays the same
 * element in all of them, so that the focus is not lost between two directories.
 */
import { type RefObject, useCallback, useMemo } from 'react'
import { useStore } from 'zustand'
import type { BrowsedFile } from '../../../node/api/node-port.ts'
import { FileGrid } from '../../file-grid/file-grid.tsx'
import { Button } from '../../parts/button.tsx'
import { plain, Said } from '../../parts/name.tsx'
import { Empty, ErrorNote } from '../../parts/notes.tsx'
import { t } from '../../words.ts'
import { columnsFor } from './columns.tsx'
import type { Browsing } from './use-rows.ts'

interface FileListProps {
  readonly browsing: Browsing
  readonly gridRef: RefObject<HTMLDivElement | null>
  /** Changes with the directory and the search. */
  readonly listId: string
  /** Name of the directory on screen. */
  readonly place: string
  readonly search: string
  readonly onOpen: (entry: BrowsedFile) => void
  readonly onDelete: () => void
  readonly onClearSearch: () => void
}

export function FileList(props: FileListProps) {
  const { browsing, gridRef, listId, place, search, onOpen, onDelete } = props
  const { source, rows, grid } = browsing
  const total = useStore(source.store, ({ listing }) => listing.total)
  const failure = useStore(source.store, (state) => state.failure)
  const columns = useMemo(() => columnsFor(search !== ''), [search])
  const see = useCallback((first: number, last: number) => source.see({ first, last }), [source])
  return (
    <div className="file-list">
      {failure !== undefined && <ErrorNote error={failure} onRetry={() => source.refresh()} />}
      <FileGrid
        gridRef={gridRef}
        listId={listId}
        label={plain(t(search === '' ? 'files.list' : 'files.found', { place }))}
        className="files-grid"
        columns={columns}
        count={total ?? 0}
        rows={rows}
        state={grid}
        onSee={see}
        onOpen={onOpen}
        onDelete={onDelete}
      />
      {total === undefined && failure === undefined && <Loading />}
      {total === 0 && <Nothing {...props} />}
    </div>
  )
}

/** Grey lines where the rows will be; not before one would notice. */
function Loading() {
  return (
    <div className="files-loading" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: 8 }, (_, place) => (
        <span key={place} className="grid-gap" />
      ))}
    </div>
  )
}

function Nothing({ place, search, onClearSearch }: FileListProps) {
  return (
    <div className="files-nothing">
      {search === '' ? (
        <Empty title={t('files.empty.title')}>
          <p>{t('files.empty.text')}</p>
        </Empty>
      ) : (
        <Empty
          title={t('files.empty.searchTitle')}
          action={<Button onPress={onClearSearch}>{t('files.empty.searchClear')}</Button>}
        >
          <p>
            <Said>{t('files.empty.searchText', { place, search })}</Said>
          </p>
        </Empty>
      )}
    </div>
  )
}
