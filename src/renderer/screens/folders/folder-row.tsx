/**
 * One folder: its name, what the node says of it, where it lies, how much it is, who has a copy,
 * and what can be done. Shows the verdict of the node word for word.
 */
import { FolderOpen, Pause, Pencil, Play, RefreshCw, RotateCcw, Trash2 } from 'lucide-react'
import { useMemo } from 'react'
import type { FolderView } from '../../../node/api/node-port.ts'
import { reasonText, wordText } from '../../../node/words/status-words.ts'
import { useApi } from '../../connection/api-context.ts'
import { Button } from '../../parts/button.tsx'
import { ActionMenu, type MenuEntry } from '../../parts/menu.tsx'
import { Name, plain, Said } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { LiveStateIcon, StateText } from '../../parts/state.tsx'
import { useAction } from '../../parts/use-action.ts'
import { filesHref, hrefOf } from '../../routes.ts'
import { useIsLive } from '../../stores/status-store.ts'
import { t, words } from '../../words.ts'
import { CopyList } from './copy-list.tsx'
import { Withheld } from './withheld.tsx'

interface RowProps {
  readonly folder: FolderView
  readonly onEdit: (folder: FolderView) => void
  readonly onMoment: (folder: FolderView) => void
  readonly onRemove: (folder: FolderView) => void
}

export function FolderRow({ folder, onEdit, onMoment, onRemove }: RowProps) {
  const { calls } = useApi()
  const isPaused = folder.state === 'paused'
  const pause = useAction(() =>
    (isPaused ? calls.folders.resume : calls.folders.pause)({ folder: folder.id }),
  )
  const rescan = useAction(() => calls.folders.rescan({ folder: folder.id }))
  const entries = useMemo<(MenuEntry | undefined)[]>(
    () => [
      {
        id: 'open',
        text: t('folders.action.open'),
        icon: <FolderOpen size={16} />,
        needsNode: false,
        onAction: () => (location.hash = filesHref(folder.id)),
      },
      {
        id: 'pause',
        text: t(isPaused ? 'folders.action.resume' : 'folders.action.pause'),
        icon: isPaused ? <Play size={16} /> : <Pause size={16} />,
        onAction: () => void pause.run(),
      },
      {
        id: 'rescan',
        text: t('folders.action.rescan'),
        icon: <RefreshCw size={16} />,
        onAction: () => void rescan.run(),
      },
      {
        id: 'edit',
        text: t('folders.action.edit'),
        icon: <Pencil size={16} />,
        onAction: () => onEdit(folder),
      },
      {
        id: 'moment',
        text: t('history.action.moment'),
        icon: <RotateCcw size={16} />,
        onAction: () => onMoment(folder),
      },
      undefined,
      {
        id: 'remove',
        text: t('folders.action.remove'),
        icon: <Trash2 size={16} />,
        isDanger: true,
        onAction: () => onRemove(folder),
      },
    ],
    [folder, isPaused, pause.run, rescan.run, onEdit, onMoment, onRemove],
  )
  const error = pause.error ?? rescan.error
  return (
    <li className="row folder-row">
      <div className="row-icon">
        <LiveStateIcon word={folder.status.word} />
      </div>
      <div className="row-main">
        <h2 className="row-title">
          <a href={filesHref(folder.id)}>
            <Name of={folder.name} />
          </a>
        </h2>
        <State folder={folder} onEdit={onEdit} onResume={() => void pause.run()} />
        <p className="row-path">
          <Name of={folder.path} />
        </p>
        <Withheld folder={folder} />
        <LeftOut folder={folder} />
        <CopyList folder={folder} />
        {error && <ErrorNote error={error} />}
      </div>
      <div className="row-figures">
        <p className="figure-large">{words.bytes(folder.bytes)}</p>
        <p>{t('folders.size', { count: folder.files })}</p>
      </div>
      <div className="row-actions">
        <ActionMenu label={plain(t('common.actionsFor', { thing: folder.name }))} entries={entries} />
      </div>
    </li>
  )
}

/** What is in the folder and never synced, by name: good to know, and no reason to do anything. */
function LeftOut({ folder: { leftOut, leftOutCount } }: { readonly folder: FolderView }) {
  const [first] = leftOut
  if (!first) return null
  return (
    <p className="row-path">
      <Said>{t('folders.leftOut', { count: leftOutCount, path: first.path })}</Said>
    </p>
  )
}

interface StateProps {
  readonly folder: FolderView
  readonly onEdit: (folder: FolderView) => void
  readonly onResume: () => void
}

/** Word, cause, the next lesser fact, and the one thing to do about it. */
function State({ folder, onEdit, onResume }: StateProps) {
  const isLive = useIsLive()
  const { word, reason, also } = folder.status
  return (
    <div className="row-state">
      <p className="state-sentence">
        <StateText word={word} />{' '}
        {isLive && (
          <span className="state-reason">
            <Said>{reasonText(words, folder.status)}</Said>
          </span>
        )}
      </p>
      {isLive && word === 'needs-you' && (
        <a className="button button-plain button-small" href={hrefOf('attention')}>
          {t('folders.action.attention')}
        </a>
      )}
      {isLive && reason === 'no-devices' && (
        <Button kind="plain" needsNode onPress={() => onEdit(folder)}>
          {t('folders.action.addDevice')}
        </Button>
      )}
      {isLive && reason === 'paused' && (
        <Button kind="plain" needsNode onPress={onResume}>
          {t('folders.action.resume')}
        </Button>
      )}
      {isLive && also && (
        <p className="state-also">
          {wordText(words, also.word)}: <Said>{reasonText(words, also)}</Said>
        </p>
      )}
    </div>
  )
}
