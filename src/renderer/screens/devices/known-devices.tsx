/** The devices that this one trusts: there or away, by which address, what they share and lack. */
import { Copy, MonitorOff, MonitorUp, Pencil, Trash2 } from 'lucide-react'
import type { DeviceView, FolderView } from '../../../node/api/node-port.ts'
import { announce } from '../../parts/announce.tsx'
import { copyText } from '../../parts/copy-button.tsx'
import { ActionMenu } from '../../parts/menu.tsx'
import { Name, plain, Said } from '../../parts/name.tsx'
import { Sheet } from '../../parts/sheet.tsx'
import { useIsLive } from '../../stores/status-store.ts'
import { filesHref } from '../../routes.ts'
import { t } from '../../words.ts'
import { copiesOf } from '../folders/copies.ts'
import { shortId } from './short-id.ts'

interface KnownProps {
  readonly devices: readonly DeviceView[]
  readonly folders: readonly FolderView[]
  readonly onEdit: (device: DeviceView) => void
  readonly onRemove: (device: DeviceView) => void
}

export function KnownDevices({ devices, folders, onEdit, onRemove }: KnownProps) {
  return (
    <section className="panel" aria-labelledby="known-devices">
      <h2 id="known-devices" className="panel-title">
        {t('devices.known')}
      </h2>
      {devices.length === 0 && <p className="panel-empty">{t('devices.empty')}</p>}
      {devices.length > 0 && (
        <ul className="rows rows-inner">
          {devices.map((device) => (
            <DeviceRow
              key={device.id}
              device={device}
              devices={devices}
              folders={folders.filter((folder) => folder.devices.some(({ id }) => id === device.id))}
              onEdit={onEdit}
              onRemove={onRemove}
            />
          ))}
        </ul>
      )}
    </section>
  )
}

function DeviceRow({
  device,
  devices,
  folders,
  onEdit,
  onRemove,
}: KnownProps & { readonly device: DeviceView }) {
  const isLive = useIsLive()
  const copyId = (): void => void copyText(device.id).then(() => announce(t('devices.idCopied')))
  const Icon = device.connected ? MonitorUp : MonitorOff
  return (
    <li className="row device-row">
      <div className={device.connected && isLive ? 'row-icon device-there' : 'row-icon device-away'}>
        <Icon size={20} aria-hidden="true" />
      </div>
      <div className="row-main">
        <h3 className="row-title">
          <Name of={device.name} />
        </h3>
        <p className="device-presence">{isLive ? <Presence device={device} /> : t('frame.unknown')}</p>
        <p className="row-path" title={device.id}>
          <code className="code">{shortId(device.id)}</code>
          {device.address !== undefined && isLive && <code className="code">{device.address}</code>}
        </p>
        <SharedFolders device={device} devices={devices} folders={folders} />
      </div>
      <div className="row-actions">
        <ActionMenu
          label={plain(t('common.actionsFor', { thing: device.name }))}
          entries={[
            {
              id: 'copy',
              text: t('devices.action.copyId'),
              icon: <Copy size={16} />,
              needsNode: false,
              onAction: copyId,
            },
            {
              id: 'edit',
              text: t('devices.action.edit'),
              icon: <Pencil size={16} />,
              onAction: () => onEdit(device),
            },
            undefined,
            {
              id: 'remove',
              text: t('devices.action.remove'),
              icon: <Trash2 size={16} />,
              isDanger: true,
              onAction: () => onRemove(device),
            },
          ]}
        />
      </div>
    </li>
  )
}

function Presence({ device: { connected, lastSeenMs } }: { readonly device: DeviceView }) {
  if (connected) return <strong className="device-there">{t('devices.connected')}</strong>
  if (lastSeenMs > 0) return t('devices.away', { sinceMs: lastSeenMs })
  return (
    <>
      {t('devices.away', { context: 'never' })}. {t('devices.notSeenHint')}
    </>
  )
}

type SharedProps = Pick<KnownProps, 'devices' | 'folders'> & { readonly device: DeviceView }

function SharedFolders({ device, devices, folders }: SharedProps) {
  if (folders.length === 0) return <p className="device-folders">{t('devices.noFolders')}</p>
  return (
    <ul className="copies" aria-label={t('devices.folders')}>
      {folders.map((folder) => {
        const copy = copiesOf(folder, devices, '').find(({ id }) => id === device.id)
        if (!copy) return null
        const facts = { folder: folder.name, count: copy.items, bytes: copy.bytes }
        const key = { has: 'folderHas', lacks: 'folderLacks', unconfirmed: 'folderUnconfirmed' } as const
        return (
          <li key={folder.id} className="copy">
            <Sheet share={copy.share} isAway={!device.connected} />
            <a href={filesHref(folder.id)} className="copy-state">
              <Said>{t(`devices.${key[copy.state]}`, facts)}</Said>
            </a>
          </li>
        )
      })}
    </ul>
  )
}
