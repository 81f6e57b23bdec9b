/** This device, as another one has to know it. */
import { QrCode as QrIcon } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import type { NodeStatus } from '../../../node/api/node-port.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Name } from '../../parts/name.tsx'
import { t } from '../../words.ts'

const QrCode = lazy(async () => ({ default: (await import('./qr-code.tsx')).QrCode }))

export function ThisDevice({ device }: { readonly device: NodeStatus['device'] }) {
  const [showsQr, setShowsQr] = useState(false)
  return (
    <section className="panel" aria-labelledby="this-device">
      <h2 id="this-device" className="panel-title">
        {t('devices.this')}
      </h2>
      <div className="this-device">
        <div className="this-device-facts">
          <p className="this-device-name">
            <Name of={device.name} />
          </p>
          <dl className="facts">
            <dt>{t('devices.id')}</dt>
            <dd className="id-line">
              <code className="code id-code">{device.id}</code>
              <span className="id-buttons">
                <CopyButton text={device.id} label={t('devices.copyId')} said={t('devices.idCopied')} />
                <Button aria-expanded={showsQr} onPress={() => setShowsQr(!showsQr)}>
                  <QrIcon size={16} aria-hidden="true" />
                  {t('devices.showQr')}
                </Button>
              </span>
            </dd>
            <dt>{t('devices.addresses')}</dt>
            <dd>
              {device.addresses.length === 0 && t('devices.noAddresses')}
              {device.addresses.map((address) => (
                <code key={address} className="code address">
                  {address}
                </code>
              ))}
            </dd>
            <dt>{t('devices.version')}</dt>
            <dd>{t('devices.versionText', { version: device.version })}</dd>
          </dl>
          <p className="panel-note">{t('devices.giveId')}</p>
        </div>
        {showsQr && (
          <Suspense>
            <QrCode text={device.id} label={t('devices.qr')} />
          </Suspense>
        )}
      </div>
    </section>
  )
}
