/** Asks before something is lost, and says what that means. Promises that the first key pressed cancels. */
import type { ReactNode } from 'react'
import { t } from '../words.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Said } from './name.tsx'
import { ErrorNote } from './notes.tsx'
import type { Action } from './use-action.ts'

interface ConfirmDialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly action: Action<[]>
  readonly confirm: string
  /** What it means, in paragraphs. */
  readonly children: ReactNode
}

export function ConfirmDialog({ title, onClose, action, confirm, children }: ConfirmDialogProps) {
  return (
    <Dialog title={<Said>{title}</Said>} onClose={onClose} isAlert>
      <div className="dialog-text">{children}</div>
      {action.error && <ErrorNote error={action.error} />}
      <div className="dialog-buttons">
        <Button onPress={onClose} autoFocus>
          {t('common.cancel')}
        </Button>
        <Button kind="danger" needsNode isPending={action.isRunning} onPress={() => void action.run()}>
          {confirm}
        </Button>
      </div>
    </Dialog>
  )
}
