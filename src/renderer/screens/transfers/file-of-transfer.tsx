/** Which file, in which folder, from or to whom; the same while it moves and when it has ended. */
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Transfer } from '../../../node/api/node-port.ts'
import { Name, Said } from '../../parts/name.tsx'
import { filesHref } from '../../routes.ts'
import { useStatusStore } from '../../stores/status-store.ts'
import { listed, t } from '../../words.ts'

interface FileProps {
  readonly transfer: Pick<Transfer, 'folder' | 'path' | 'direction' | 'devices'>
  /** Instead of the direction. */
  readonly icon?: ReactNode
  /** Further facts. */
  readonly children?: ReactNode
}

export function FileOfTransfer({ transfer, icon, children }: FileProps) {
  const { folder, path, direction } = transfer
  const folderName =
    useStatusStore(({ status }) => status?.folders.find(({ id }) => id === folder)?.name) ?? folder
  const slash = path.lastIndexOf('/') + 1
  const Icon = direction === 'in' ? ArrowDown : ArrowUp
  return (
    <>
      <div className="transfer-icon">{icon ?? <Icon size={18} aria-hidden="true" />}</div>
      <div className="transfer-main">
        <h3 className="transfer-path">
          <bdi className="transfer-file">
            {slash > 0 && <Name of={path.slice(0, slash)} className="transfer-directory" />}
            <Name of={path.slice(slash)} />
          </bdi>
        </h3>
        <p className="transfer-facts">
          <a href={filesHref(folder, path.slice(0, slash))}>
            <Said>{t('transfers.inFolder', { folder: folderName })}</Said>
          </a>
          <Devices transfer={transfer} />
          {children}
        </p>
      </div>
    </>
  )
}

function Devices({ transfer: { direction, devices } }: Pick<FileProps, 'transfer'>) {
  const names = useStatusStore(({ status }) =>
    listed(devices.map((id) => status?.devices.find((device) => device.id === id)?.name ?? id)),
  )
  if (devices.length === 0) return <span>{t('transfers.fromHere')}</span>
  const said =
    direction === 'in'
      ? t('transfers.from', { count: devices.length, devices: names })
      : t('transfers.to', { devices: names })
  return (
    <span>
      <Said>{said}</Said>
    </span>
  )
}
