/** The dialogs about the past, loaded when one is first asked for: most days nobody does. */
import { lazy, Suspense } from 'react'
import type { AskedHistory } from './asked.ts'

const VersionsDialog = lazy(async () => ({ default: (await import('./versions-dialog.tsx')).VersionsDialog }))
const MomentDialog = lazy(async () => ({ default: (await import('./moment-dialog.tsx')).MomentDialog }))

interface HistoryDialogProps {
  readonly folder: string
  readonly asked: AskedHistory
  readonly onClose: () => void
}

export function HistoryDialog({ folder, asked, onClose }: HistoryDialogProps) {
  return (
    <Suspense fallback={null}>
      {asked.kind === 'versions' ? (
        <VersionsDialog folder={folder} path={asked.path} onClose={onClose} />
      ) : (
        <MomentDialog subject={asked.subject} onClose={onClose} />
      )}
    </Suspense>
  )
}
