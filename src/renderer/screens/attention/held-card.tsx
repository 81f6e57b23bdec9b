/**
 * Changes that the guard holds back: how many of what, by whom, since when, the first of them, and the
 * two ways to decide. Promises to say before what each way does, and to leave the list only when the
 * node says that nothing is held any more.
 */
import { useEffect, useId, useState } from 'react'
import type { Decision, FolderView, HeldChange, HeldGroup, NodeStatus } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { announce } from '../../parts/announce.tsx'
import { Button } from '../../parts/button.tsx'
import { Name, plain, Said } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { useAction } from '../../parts/use-action.ts'
import { listed, t } from '../../words.ts'
import { CopyDetails } from './copy-details.tsx'
import { plainDetails } from './details.ts'

/** Changes shown by name. */
const SHOWN = 5
const COUNTED = ['deleted', 'replaced', 'added', 'metadata'] as const

interface CardProps {
  readonly folder: FolderView
  readonly group: HeldGroup
  readonly itemKey: string
  readonly status: NodeStatus
}

export function HeldCard({ folder, group, itemKey, status }: CardProps) {
  const { calls } = useApi()
  const [chosen, setChosen] = useState<Decision>()
  const heading = useId()
  const decide = useAction(async (decision: Decision) => {
    setChosen(decision)
    const { decided } = await calls.held.decide({ folder: folder.id, group: group.id, decision })
    announce(t('attention.held.decided', { count: decided }))
  })
  const isIn = group.direction === 'in'
  const title = t(isIn ? 'attention.held.titleIn' : 'attention.held.titleOut', {
    changes: changesOf(group),
    device: group.device.name,
  })
  const isDecided = chosen !== undefined && !decide.isRunning && !decide.error
  const choice = (decision: Decision, action: string) => ({
    needsNode: true,
    isPending: decide.isRunning && chosen === decision,
    isDisabled: isDecided || (decide.isRunning && chosen !== decision),
    'aria-label': plain(t('attention.held.for', { action, folder: folder.name })),
    onPress: () => void decide.run(decision),
    children: action,
  })
  return (
    <li className="conflict" data-item={itemKey} tabIndex={-1} aria-labelledby={heading}>
      <header className="conflict-head">
        <div className="row-main">
          <h3 id={heading} className="row-title">
            <Said>{title}</Said>
          </h3>
          <p className="row-path">
            <span>
              <Said>{t('attention.place', { device: status.device.name, folder: folder.name })}</Said>
            </span>
            <Name of={folder.path} className="code" />
          </p>
        </div>
        <CopyDetails of={folder.name} text={() => plainDetails(status, folder, title)} />
      </header>
      <p>
        {t(isIn ? 'attention.held.sinceIn' : 'attention.held.sinceOut', {
          sinceMs: group.sinceMs,
          bytes: group.bytes,
        })}
      </p>
      <FirstChanges folder={folder.id} group={group} />
      <footer className="conflict-foot">
        <p className="conflict-after">
          <span>{t(isIn ? 'attention.held.afterApproveIn' : 'attention.held.afterApproveOut')}</span>
          <span>{t(isIn ? 'attention.held.afterRejectIn' : 'attention.held.afterRejectOut')}</span>
        </p>
        <Button {...choice('approve', t(isIn ? 'attention.held.approveIn' : 'attention.held.approveOut'))} />
        <Button {...choice('reject', t(isIn ? 'attention.held.rejectIn' : 'attention.held.rejectOut'))} />
      </footer>
      {isDecided && <p className="conflict-decided">{t('attention.held.waiting')}</p>}
      {decide.error && <ErrorNote error={decide.error} />}
    </li>
  )
}

/** "320 deletions and 20 rewritten files" */
function changesOf(group: HeldGroup): string {
  const said = COUNTED.flatMap((change) =>
    group[change] > 0 ? [t(`attention.held.${change}`, { count: group[change] })] : [],
  )
  return listed(said)
}

function FirstChanges({ folder, group }: { readonly folder: string; readonly group: HeldGroup }) {
  const { calls } = useApi()
  const [changes, setChanges] = useState<readonly HeldChange[]>([])
  const count = COUNTED.reduce((sum, change) => sum + group[change], 0)
  useEffect(() => {
    const asking = new AbortController()
    const { signal } = asking
    calls.held.changes({ folder, group: group.id, limit: SHOWN }, { signal }).then(
      (page) => signal.aborted || setChanges(page.changes),
      // The group may be over by now; the card then goes by itself.
      () => signal.aborted || setChanges([]),
    )
    return () => asking.abort()
  }, [calls, folder, group.id, count])
  return (
    <ul className="held-changes">
      {changes.map(({ path, change }) => (
        <li key={path}>
          <Name of={path} className="code" /> {t(`attention.held.change.${change}`)}
        </li>
      ))}
      {changes.length > 0 && changes.length < count && (
        <li>{t('attention.held.more', { count: count - changes.length })}</li>
      )}
    </ul>
  )
}
