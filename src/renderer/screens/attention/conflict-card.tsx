/**
 * A conflict: both versions side by side, named by device and time, and the decision. Promises to
 * say before what happens to the other version, and to leave the list only when the node says that
 * the conflict is over.
 */
import { Files, Trash2 } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import type { FolderView, Keep, NodeStatus } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { announce } from '../../parts/announce.tsx'
import { Button } from '../../parts/button.tsx'
import { Name, plain, Said } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { useAction } from '../../parts/use-action.ts'
import { t } from '../../words.ts'
import { type Conflict, differencesOf, fullPath, nameOf } from './attention.ts'
import { ConflictSide, GoneSide } from './conflict-side.tsx'
import { CopyDetails } from './copy-details.tsx'
import { conflictDetails } from './details.ts'
import { usePreviews } from './use-previews.ts'

/** If the conflict is still there this long after the decision, one may decide again. A guess. */
const SETTLE_MS = 10_000

interface CardProps {
  readonly folder: FolderView
  readonly conflict: Conflict
  readonly itemKey: string
  readonly status: NodeStatus
}

export function ConflictCard({ folder, conflict, itemKey, status }: CardProps) {
  const { path, conflictOf, original, copy } = conflict
  const card = useRef<HTMLLIElement>(null)
  const previews = usePreviews(card, folder.id, conflict)
  const { decide, chosen, isDecided, error } = useDecision(folder.id, conflict)
  const heading = useId()
  const file = nameOf(conflictOf)
  const choice = (keep: Keep) => ({
    isPending: chosen === keep,
    isDisabled: chosen !== undefined && chosen !== keep,
    onPress: () => decide(keep),
  })
  return (
    <li className="conflict" ref={card} data-item={itemKey} tabIndex={-1} aria-labelledby={heading}>
      <header className="conflict-head">
        <div className="row-main">
          <h3 id={heading} className="row-title">
            <Name of={file} />
          </h3>
          <p className="row-path">
            <span>
              <Said>{t('attention.place', { device: status.device.name, folder: folder.name })}</Said>
            </span>
            <Name of={fullPath(folder.path, conflictOf)} className="code" />
          </p>
        </div>
        <CopyDetails of={conflictOf} text={() => conflictDetails(status, folder, conflict)} />
      </header>
      <div
        className="conflict-sides"
        role="group"
        aria-label={plain(t('attention.conflict.sides', { file }))}
      >
        {original ? (
          <ConflictSide
            folder={folder.id}
            file={file}
            path={conflictOf}
            side={original}
            marks={differencesOf(original, copy)}
            place={t('attention.conflict.hasName', { file })}
            preview={previews?.original}
            choice={choice('original')}
          />
        ) : (
          <GoneSide file={file} />
        )}
        <ConflictSide
          folder={folder.id}
          file={file}
          path={path}
          side={copy}
          marks={differencesOf(copy, original)}
          place={t('attention.conflict.isCopy', { file: nameOf(path) })}
          preview={previews?.copy}
          choice={choice('copy')}
        />
      </div>
      <footer className="conflict-foot">
        <p className="conflict-after">
          {afterTexts(conflict, file).map((text) => (
            <span key={text}>
              <Said>{text}</Said>
            </span>
          ))}
        </p>
        {original ? (
          <Button
            needsNode
            {...choice('both')}
            aria-label={plain(t('attention.conflict.keepBothName', { file }))}
          >
            <Files size={16} aria-hidden="true" />
            {t('attention.conflict.keepBoth')}
          </Button>
        ) : (
          <Button
            needsNode
            {...choice('original')}
            aria-label={plain(t('attention.conflict.deleteCopyName', { file }))}
          >
            <Trash2 size={16} aria-hidden="true" />
            {t('attention.conflict.deleteCopy')}
          </Button>
        )}
      </footer>
      {isDecided && <p className="conflict-decided">{t('attention.conflict.waiting')}</p>}
      {error && <ErrorNote error={error} />}
    </li>
  )
}

/** What becomes of what one does not keep: said before one decides. */
function afterTexts({ original, copy }: Conflict, file: string): string[] {
  if (!original)
    return [t('attention.conflict.afterKeepGone', { file }), t('attention.conflict.afterNeither')]
  return [
    t('attention.conflict.afterKeep', { file }),
    t('attention.conflict.afterBoth', { device: copy.device }),
  ]
}

function useDecision(folder: string, conflict: Conflict) {
  const { calls } = useApi()
  const [chosen, setChosen] = useState<Keep>()
  const [isDecided, setDecided] = useState(false)
  const action = useAction((keep: Keep) => {
    const { path, copy, original } = conflict
    const seen = { copy: copy.hash, original: original?.hash ?? '' }
    return calls.conflicts.resolve({ folder, path, keep, seen })
  })
  useEffect(() => {
    if (!isDecided) return undefined
    const timer = setTimeout(() => {
      setDecided(false)
      setChosen(undefined)
    }, SETTLE_MS)
    return () => clearTimeout(timer)
  }, [isDecided])
  const decide = async (keep: Keep): Promise<void> => {
    setChosen(keep)
    const isDone = await action.run(keep)
    if (!isDone) return setChosen(undefined)
    setDecided(true)
    announce(plain(decidedText(conflict, keep)))
  }
  return { decide: (keep: Keep) => void decide(keep), chosen, isDecided, error: action.error }
}

function decidedText({ original, copy, conflictOf }: Conflict, keep: Keep): string {
  const file = nameOf(conflictOf)
  if (keep === 'both') return t('attention.conflict.decidedBoth', { file })
  const kept = keep === 'copy' ? copy : original
  if (!kept) return t('attention.conflict.decidedNeither', { file })
  return t('attention.conflict.decidedOriginal', { file, device: kept.device })
}
