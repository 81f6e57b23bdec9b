/** The columns of the list of files. Promises one set for a listing and one for what a search finds. */
import type { BrowsedFile } from '../../../node/api/node-port.ts'
import type { Column } from '../../file-grid/grid-parts.ts'
import { Name } from '../../parts/name.tsx'
import { t, words } from '../../words.ts'
import { CopiesCell } from './copies-cell.tsx'
import { directoryOf, nameOf } from './copies.ts'
import { EntryIcon } from './entry-icon.tsx'

export function columnsFor(isSearch: boolean): readonly Column<BrowsedFile>[] {
  return [
    { id: 'name', title: t('files.column.name'), isName: true, cell: isSearch ? foundName : plainName },
    { id: 'size', title: t('files.column.size'), isFigure: true, cell: size },
    { id: 'changed', title: t('files.column.changed'), cell: changed },
    { id: 'copies', title: t('files.column.copies'), cell: (entry) => <CopiesCell entry={entry} /> },
  ]
}

const plainName = ({ path, kind, conflictOf }: BrowsedFile) => (
  <>
    <EntryIcon kind={kind} isConflict={conflictOf !== undefined} />
    <Name of={nameOf(path)} className="entry-name" />
  </>
)

const foundName = (entry: BrowsedFile) => {
  const directory = directoryOf(entry.path)
  return (
    <>
      {plainName(entry)}
      {directory !== '' && <Name of={directory} className="entry-place" />}
    </>
  )
}

const size = ({ kind, size }: BrowsedFile) => (kind === 'file' ? words.bytes(size) : null)

const changed = ({ kind, mtimeMs }: BrowsedFile) => (kind === 'directory' ? null : words.time(mtimeMs))
