/**
 * A file, a directory or a whole folder goes back to a moment: the moment is chosen, what would be
 * done is shown, then it is done, and can be undone. Promises that nothing changes before the plan
 * was shown and a button pressed, and that closing or Esc stops what is under way.
 */
import { useEffect, useRef, useState } from 'react'
import { Dialog } from '../../parts/dialog.tsx'
import { Said } from '../../parts/name.tsx'
import { t } from '../../words.ts'
import './history.css'
import type { MomentSubject } from './asked.ts'
import { MomentChoice } from './moment-choice.tsx'
import { MomentPlan } from './moment-plan.tsx'
import { MomentRun } from './moment-run.tsx'
import { fieldOfMoment } from './moment.ts'
import { useRestore } from './use-restore.ts'

interface MomentDialogProps {
  readonly subject: MomentSubject
  readonly onClose: () => void
}

const HOUR_MS = 3_600_000

export function MomentDialog({ subject, onClose }: MomentDialogProps) {
  const { folder, path, name, kind } = subject
  const [field, setField] = useState(() => fieldOfMoment(Date.now() - HOUR_MS))
  const [previewed, setPreviewed] = useState<number>()
  const restoring = useRestore(folder, path)
  const isRunning = restoring.run?.isRunning === true
  const step = restoring.run ? (isRunning ? 'running' : 'ended') : previewed === undefined ? 'choice' : 'plan'
  const body = useFocusOn(step)
  const another = (): void => {
    setPreviewed(undefined)
    restoring.clear()
  }
  return (
    <Dialog
      isAlert
      title={<Said>{t('history.moment.title', { name })}</Said>}
      onClose={isRunning ? restoring.stop : onClose}
    >
      <div ref={body} tabIndex={-1} className="history-focus moment">
        {restoring.run ? (
          <MomentRun restoring={restoring} run={restoring.run} onClose={onClose} />
        ) : previewed === undefined ? (
          <MomentChoice
            kind={kind}
            field={field}
            onField={setField}
            onPreview={setPreviewed}
            onClose={onClose}
          />
        ) : (
          <MomentPlan
            folder={folder}
            path={path}
            atMs={previewed}
            onRun={() => restoring.start(previewed)}
            onAnother={another}
            onClose={onClose}
          />
        )}
      </div>
    </Dialog>
  )
}

/** What was pressed has gone with the step before. The field of the first step takes the focus by itself. */
function useFocusOn(step: string) {
  const body = useRef<HTMLDivElement>(null)
  const last = useRef(step)
  useEffect(() => {
    if (last.current !== step && step !== 'choice') body.current?.focus()
    last.current = step
  }, [step])
  return body
}
