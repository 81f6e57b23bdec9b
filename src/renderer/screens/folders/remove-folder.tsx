/** Asks before a folder is removed, and says what that means: what stays, and where. */
import type { FolderView } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Said } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
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
    <Dialog
      title={<Said>{t('folders.remove.title', { folder: folder.name })}</Said>}
      onClose={onClose}
      isAlert
    >
      <div className="dialog-text">
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
      </div>
      {remove.error && <ErrorNote error={remove.error} />}
      <div className="dialog-buttons">
        <Button onPress={onClose} autoFocus>
          {t('common.cancel')}
        </Button>
        <Button kind="danger" needsNode isPending={remove.isRunning} onPress={() => void remove.run()}>
          {t('folders.remove.confirm')}
        </Button>
      </div>
    </Dialog>
  )
}
