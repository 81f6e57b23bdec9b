/**
 * Asks before deleting. Promises to say how much goes, from which devices, and where the content
 * stays; that nothing is deleted before the answer; and that a failure names its file.
 */
import { useEffect, useState } from 'react'
import { useApi } from '../../connection/api-context.ts'
import { announce } from '../../parts/announce.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Said } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { t } from '../../words.ts'
import { nameOf } from './copies.ts'
import { type Doomed, findDoomed, type RemovalFailure, removeDoomed } from './removal.ts'

interface DeleteDialogProps {
  readonly folder: string
  readonly paths: readonly string[]
  /** Other devices that share the folder. */
  readonly others: number
  /** `isDone` when everything that could be deleted was tried. */
  readonly onClose: (isDone: boolean) => void
}

/** Told to React no more often than this, entries. */
const TELL_EVERY = 25

export function DeleteDialog({ folder, paths, others, onClose }: DeleteDialogProps) {
  const { doomed, found, error } = useDoomed(folder, paths)
  const removal = useRemoval(folder, doomed, onClose)
  const [path = ''] = paths
  const title =
    paths.length === 1
      ? t('files.delete.titleOne', { name: nameOf(path) })
      : t('files.delete.title', { count: paths.length })
  const inside = found - paths.length
  return (
    <Dialog
      isAlert
      title={<Said>{title}</Said>}
      onClose={() => (removal.isRunning ? removal.cancel() : onClose(false))}
    >
      <div className="dialog-text">
        {inside > 0 && <p>{t('files.delete.inside', { count: inside })}</p>}
        {!doomed && error === undefined && <p role="status">{t('files.delete.counting')}</p>}
        <p>{others > 0 ? t('files.delete.everywhere', { count: others }) : t('files.delete.alone')}</p>
        <p>{t('files.delete.parked')}</p>
      </div>
      {error !== undefined && <ErrorNote error={error} />}
      {removal.failures[0] && <ErrorNote error={removal.failures[0].error} />}
      {removal.isRunning && doomed && (
        <p role="status">{t('files.delete.progress', { done: removal.done, count: found })}</p>
      )}
      <div className="dialog-buttons">
        <Button autoFocus onPress={() => (removal.isRunning ? removal.cancel() : onClose(removal.done > 0))}>
          {removal.failures.length > 0 ? t('common.close') : t('common.cancel')}
        </Button>
        {removal.failures.length === 0 && (
          <Button
            kind="danger"
            needsNode
            isDisabled={!doomed || removal.isRunning}
            onPress={() => void removal.run()}
          >
            {t('files.delete.confirm')}
          </Button>
        )}
      </div>
    </Dialog>
  )
}

/** What goes, listed while the question is read. */
function useDoomed(folder: string, paths: readonly string[]) {
  const { calls } = useApi()
  const [state, setState] = useState<{ doomed?: Doomed; found: number; error?: unknown }>({
    found: paths.length,
  })
  useEffect(() => {
    const looking = new AbortController()
    const { signal } = looking
    let told = 0
    const tell = (found: number): void => {
      if (signal.aborted || found < told + TELL_EVERY) return
      told = found
      setState({ found })
    }
    findDoomed(
      paths,
      (under, cursor) =>
        calls.files.list(
          { folder, under, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) },
          { signal },
        ),
      signal,
      tell,
    ).then(
      (doomed) =>
        signal.aborted || setState({ doomed, found: doomed.files.length + doomed.directories.length }),
      (error: unknown) => signal.aborted || setState({ found: paths.length, error }),
    )
    return () => looking.abort()
  }, [calls, folder, paths])
  return state
}

function useRemoval(folder: string, doomed: Doomed | undefined, onClose: (isDone: boolean) => void) {
  const { calls } = useApi()
  const [control, setControl] = useState<AbortController>()
  const [done, setDone] = useState(0)
  const [failures, setFailures] = useState<readonly RemovalFailure[]>([])
  useEffect(() => () => control?.abort(), [control])
  const run = async (): Promise<void> => {
    if (!doomed || control) return
    const running = new AbortController()
    setControl(running)
    let last = 0
    const failed = await removeDoomed(
      doomed,
      (path, signal) => calls.files.delete({ folder, path }, { signal }),
      running.signal,
      (count) => {
        last = count
        if (count % TELL_EVERY === 0) setDone(count)
      },
    )
    setDone(last)
    setControl(undefined)
    if (last > 0) announce(t('files.delete.done', { count: last }), 'delete')
    if (failed.length > 0) setFailures(failed)
    else onClose(last > 0)
  }
  return { run, done, failures, isRunning: control !== undefined, cancel: () => control?.abort() }
}
