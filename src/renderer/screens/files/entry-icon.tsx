/** What kind an entry is, as an icon beside its name; the kind is a word in the details. */
import { File, FileWarning, Folder, Link2 } from 'lucide-react'
import type { BrowsedFile } from '../../../node/api/node-port.ts'

export function EntryIcon({
  kind,
  isConflict = false,
}: {
  readonly kind: BrowsedFile['kind']
  readonly isConflict?: boolean
}) {
  const Icon = isConflict ? FileWarning : kind === 'directory' ? Folder : kind === 'symlink' ? Link2 : File
  return (
    <Icon
      className={`entry-icon entry-${isConflict ? 'conflict' : kind}`}
      size={18}
      strokeWidth={1.75}
      aria-hidden="true"
    />
  )
}
