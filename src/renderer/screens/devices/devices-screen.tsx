/** This device, the ones it trusts, and the ones it hears. */
import { Plus } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { DeviceView } from '../../../node/api/node-port.ts'
import { Screen } from '../../frame/screen.tsx'
import { StatusLoading } from '../../frame/status-loading.tsx'
import { Button } from '../../parts/button.tsx'
import { useStatus } from '../../stores/status-store.ts'
import { t } from '../../words.ts'
import { DeviceDialog } from './device-dialog.tsx'
import { KnownDevices } from './known-devices.tsx'
import { NearbyDevices } from './nearby-devices.tsx'
import { RemoveDeviceDialog } from './remove-device.tsx'
import { ThisDevice } from './this-device.tsx'
import './devices.css'

type Asked = { readonly kind: 'add' } | { readonly kind: 'edit' | 'remove'; readonly device: DeviceView }

export function DevicesScreen() {
  const status = useStatus((all) => all)
  const [asked, setAsked] = useState<Asked>()
  const close = useCallback(() => setAsked(undefined), [])
  const addButton = (
    <Button kind="primary" needsNode onPress={() => setAsked({ kind: 'add' })}>
      <Plus size={18} aria-hidden="true" />
      {t('devices.add')}
    </Button>
  )
  return (
    <Screen title={t('devices.title')} name={t('devices.title')} actions={addButton}>
      {!status && <StatusLoading />}
      {status && (
        <div className="panels">
          <KnownDevices
            devices={status.devices}
            folders={status.folders}
            onEdit={(device) => setAsked({ kind: 'edit', device })}
            onRemove={(device) => setAsked({ kind: 'remove', device })}
          />
          <NearbyDevices nearby={status.nearby} isListening={status.device.discovery} />
          <ThisDevice device={status.device} />
        </div>
      )}
      {asked?.kind === 'add' && <DeviceDialog onClose={close} />}
      {asked?.kind === 'edit' && <DeviceDialog device={asked.device} onClose={close} />}
      {asked?.kind === 'remove' && (
        <RemoveDeviceDialog device={asked.device} folders={status?.folders ?? []} onClose={close} />
      )}
    </Screen>
  )
}
