/** Asks before a folder is removed, and says what that means: what stays, and where. */
import type { FolderView } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { Said } from '../../parts/name.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useStatusStore } from '../../stores/status-store.ts'
import { listed, t } from '../../words.ts'
import { copiesOf } from './copies.ts'

export function RemoveFolderDialog({
  folder,
  onClose,
}: {
  readonly folder: FolderView
  readonly onClose: () => void
}) {
  const { calls } = useApi()
  const status = useStatusStore((state) => state.status)
  const remove = useAction(async () => {
    await calls.folders.remove({ folder: folder.id })
    onClose()
  })
  const [, ...others] = copiesOf(folder, status?.devices ?? [], '')
  const behind = others.filter(({ state }) => state === 'lacks')
  return (
    <ConfirmDialog
      title={t('folders.remove.title', { folder: folder.name })}
      onClose={onClose}
      action={remove}
      confirm={t('folders.remove.confirm')}
    >
      <p>
        <Said>{t('folders.remove.stays', { path: folder.path })}</Said>
      </p>
      <p>
        <Said>
          {others.length === 0
            ? t('folders.remove.alone')
            : t('folders.remove.others', {
                count: others.length,
                devices: listed(others.map(({ name }) => name)),
              })}
        </Said>
      </p>
      {behind.map(({ id, name, items, bytes }) => (
        <p key={id}>
          <Said>{t('folders.remove.behind', { device: name, count: items, bytes })}</Said>
        </p>
      ))}
    </ConfirmDialog>
  )
}
