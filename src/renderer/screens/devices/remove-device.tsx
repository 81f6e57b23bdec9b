/** Asks before a device is removed, and says what that means. */
import type { DeviceView, FolderView } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { Said } from '../../parts/name.tsx'
import { useAction } from '../../parts/use-action.ts'
import { listed, t } from '../../words.ts'

interface RemoveProps {
  readonly device: DeviceView
  readonly folders: readonly FolderView[]
  readonly onClose: () => void
}

export function RemoveDeviceDialog({ device, folders, onClose }: RemoveProps) {
  const { calls } = useApi()
  const remove = useAction(async () => {
    await calls.devices.remove({ device: device.id })
    onClose()
  })
  const shared = folders.filter((folder) => folder.devices.some(({ id }) => id === device.id))
  const names = listed(shared.map(({ name }) => name))
  return (
    <ConfirmDialog
      title={t('devices.remove.title', { device: device.name })}
      onClose={onClose}
      action={remove}
      confirm={t('devices.remove.confirm')}
    >
      {shared.length > 0 && (
        <p>
          <Said>{t('devices.remove.folders', { count: shared.length, folders: names })}</Said>
        </p>
      )}
      <p>{t('devices.remove.stays')}</p>
      <p>{t('devices.remove.connection')}</p>
    </ConfirmDialog>
  )
}
