/**
 * What the mode of a folder keeps from going through, and the way to take it back. Promises that
 * nothing is taken back before a person said so twice.
 */
import { useState } from 'react'
import type { FolderView, HeldGroup } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { Button } from '../../parts/button.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { Said } from '../../parts/name.tsx'
import { useAction } from '../../parts/use-action.ts'
import { t } from '../../words.ts'

export function Withheld({ folder }: { readonly folder: FolderView }) {
  const [asked, setAsked] = useState<HeldGroup>()
  const { mode } = folder
  if (mode === 'send-receive') return null
  const groups = folder.held.filter(({ cause }) => cause === mode)
  return (
    <>
      <p className="row-path">
        {t(`folders.mode.${mode}.name`)}
        {groups.map((group) => (
          <Button key={group.id} needsNode onPress={() => setAsked(group)}>
            <Said>{t(`folders.withheld.${wayOf(group)}`, factsOf(folder, group))}</Said>
          </Button>
        ))}
      </p>
      {asked && <TakeBackDialog folder={folder} group={asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

interface TakeBackProps {
  readonly folder: FolderView
  readonly group: HeldGroup
  readonly onClose: () => void
}

function TakeBackDialog({ folder, group, onClose }: TakeBackProps) {
  const { calls } = useApi()
  const way = wayOf(group)
  const facts = factsOf(folder, group)
  const action = useAction(async () => {
    await calls.held.decide({ folder: folder.id, group: group.id, decision: 'reject' })
    onClose()
  })
  return (
    <ConfirmDialog
      title={t(`folders.withheld.${way}Title`, facts)}
      onClose={onClose}
      action={action}
      confirm={t(`folders.withheld.${way}Confirm`)}
    >
      <p>{t(`folders.withheld.${way}Text`, facts)}</p>
    </ConfirmDialog>
  )
}

function wayOf({ direction }: HeldGroup): 'revert' | 'override' {
  return direction === 'out' ? 'revert' : 'override'
}

function factsOf(folder: FolderView, { device, deleted, replaced, added, metadata }: HeldGroup) {
  return { folder: folder.name, device: device.name, count: deleted + replaced + added + metadata }
}
