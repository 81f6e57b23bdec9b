/**
 * Going back under way, and how it ended. Promises that it can be stopped, that each path which
 * stays as it is has its reason, and that the way back is offered and said for later.
 */
import { useEffect } from 'react'
import type { RestoreProgress } from '../../../node/api/node-port.ts'
import { errorWords } from '../../../node/words/error-words.ts'
import { announce } from '../../parts/announce.tsx'
import { Button } from '../../parts/button.tsx'
import { Name } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { t, words } from '../../words.ts'
import { momentText } from './moment.ts'
import { PathList } from './path-list.tsx'
import type { RestoreRun, Restoring } from './use-restore.ts'

interface MomentRunProps {
  readonly restoring: Restoring
  readonly run: RestoreRun
  readonly onClose: () => void
}

export function MomentRun({ restoring, run, onClose }: MomentRunProps) {
  return run.isRunning ? (
    <Running run={run} onStop={restoring.stop} />
  ) : (
    <Ended restoring={restoring} run={run} onClose={onClose} />
  )
}

function Running({ run, onStop }: { readonly run: RestoreRun; readonly onStop: () => void }) {
  const { isUndo, progress } = run
  const { done = 0, total = 0, path = '' } = progress ?? {}
  return (
    <>
      <p>{t(isUndo ? 'history.moment.undoing' : 'history.moment.going')}</p>
      <div
        className="moment-bar"
        role="progressbar"
        aria-label={t('history.moment.progressName')}
        aria-valuemin={0}
        aria-valuemax={Math.max(total, 1)}
        aria-valuenow={done}
      >
        <span style={{ transform: `scaleX(${total === 0 ? 0 : done / total})` }} />
      </div>
      <p>
        {progress ? t('history.moment.progress', { ...figures(progress) }) : t('history.moment.beginning')}
      </p>
      {path !== '' && <Name of={path} className="code history-soft" />}
      <div className="dialog-buttons">
        <Button onPress={onStop}>{t('history.moment.stop')}</Button>
      </div>
    </>
  )
}

function figures({ done, total, bytes }: RestoreProgress) {
  return { done, total, bytes }
}

function Ended({ restoring, run, onClose }: MomentRunProps) {
  const { isUndo, progress, undoMs, error } = run
  const result = resultText(run)
  const isWhole = progress?.finished === true
  const canUndo = !isUndo && undoMs !== undefined
  useEffect(() => announce(result, 'restore'), [result])
  return (
    <>
      {error && <ErrorNote error={error} />}
      <p className="history-result">{result}</p>
      {progress && <Problems progress={progress} />}
      {canUndo && <p>{t('history.moment.undoText', { moment: momentText(undoMs) })}</p>}
      <div className="dialog-buttons">
        {canUndo && (
          <Button needsNode onPress={restoring.undo}>
            {t('history.moment.undo')}
          </Button>
        )}
        {!isWhole && (
          <Button needsNode onPress={restoring.again}>
            {t('history.moment.again')}
          </Button>
        )}
        <Button kind="primary" onPress={onClose}>
          {t('common.close')}
        </Button>
      </div>
    </>
  )
}

function resultText({ isUndo, progress }: RestoreRun): string {
  if (!progress || (!progress.finished && progress.total === 0)) return t('history.moment.stoppedEarly')
  const { done, total, problemCount } = progress
  if (!progress.finished) return t('history.moment.stopped', { done, total })
  if (isUndo) return t(problemCount > 0 ? 'history.moment.undoneSome' : 'history.moment.undone')
  // What could not be had is a problem and was never a step: how many changes were made cannot be told.
  if (problemCount > 0) return t('history.moment.doneSome')
  return total === 0 ? t('history.moment.nothing') : t('history.moment.done', { count: total })
}

function Problems({ progress: { problems, problemCount } }: { readonly progress: RestoreProgress }) {
  return (
    <PathList
      title={t('history.moment.problems', { count: problemCount })}
      count={problemCount}
      rows={problems.map(({ path, code }) => ({ path, said: errorWords(words, code).what }))}
    />
  )
}
