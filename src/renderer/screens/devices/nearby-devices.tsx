/**
 * Devices heard on the network that are not known yet, each with one press to add it. Says what to
 * try when nothing was heard for ten seconds.
 */
import { Plus, Radar } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { NearbyView } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { Button } from '../../parts/button.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { useAction } from '../../parts/use-action.ts'
import { t } from '../../words.ts'
import { shortId } from './short-id.ts'

const PATIENCE_MS = 10_000

interface Props {
  readonly nearby: readonly NearbyView[]
  /** Whether the node listens on the network at all. */
  readonly isListening: boolean
}

export function NearbyDevices({ nearby, isListening }: Props) {
  const isPatient = usePatience(nearby.length === 0)
  return (
    <section className="panel" aria-labelledby="nearby-devices">
      <h2 id="nearby-devices" className="panel-title">
        {t('devices.nearby')}
      </h2>
      {!isListening && <p className="panel-empty">{t('devices.nearbyOff')}</p>}
      {isListening && nearby.length === 0 && isPatient && (
        <p className="panel-empty nearby-listening">
          <Radar size={18} aria-hidden="true" />
          {t('devices.nearbyListening')}
        </p>
      )}
      {isListening && nearby.length === 0 && !isPatient && <NothingHeard />}
      {nearby.length > 0 && (
        <ul className="rows rows-inner">
          {nearby.map((device) => (
            <NearbyRow key={device.id} device={device} />
          ))}
        </ul>
      )}
    </section>
  )
}

/** False when `isWaiting` has lasted for ten seconds. */
function usePatience(isWaiting: boolean): boolean {
  const [isPatient, setPatient] = useState(true)
  useEffect(() => {
    setPatient(true)
    if (!isWaiting) return undefined
    const timer = setTimeout(() => setPatient(false), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [isWaiting])
  return isPatient
}

function NearbyRow({ device }: { readonly device: NearbyView }) {
  const { calls } = useApi()
  const add = useAction(() => calls.devices.add({ id: device.id }))
  return (
    <li className="row nearby-row">
      <div className="row-icon">
        <Radar size={20} aria-hidden="true" />
      </div>
      <div className="row-main">
        <h3 className="row-title">{t('devices.nearbyNew')}</h3>
        <p className="row-path" title={device.id}>
          <code className="code">{shortId(device.id)}</code>
          {device.addresses.slice(0, 1).map((address) => (
            <code key={address} className="code">
              {address}
            </code>
          ))}
        </p>
        {add.error && <ErrorNote error={add.error} />}
      </div>
      <div className="row-actions">
        <Button
          needsNode
          aria-label={t('devices.nearbyAddDevice', { id: shortId(device.id) })}
          isPending={add.isRunning}
          onPress={() => void add.run()}
        >
          <Plus size={16} aria-hidden="true" />
          {t('devices.nearbyAdd')}
        </Button>
      </div>
    </li>
  )
}

function NothingHeard() {
  return (
    <div className="panel-empty">
      <p>
        <strong>{t('devices.nearbyNothing.title')}</strong>
      </p>
      <ul className="advice">
        {(['one', 'two', 'three'] as const).map((line) => (
          <li key={line}>{t(`devices.nearbyNothing.${line}`)}</li>
        ))}
      </ul>
    </div>
  )
}
