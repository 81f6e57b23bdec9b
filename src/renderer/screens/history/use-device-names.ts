/** Names of devices by their ids; the id of one that the status does not know (any more). */
import { useStatusStore } from '../../stores/status-store.ts'

export interface DeviceNames {
  /** Id of this device; "" before the first status. */
  readonly self: string
  readonly nameOf: (id: string) => string
}

export function useDeviceNames(): DeviceNames {
  const device = useStatusStore(({ status }) => status?.device)
  const devices = useStatusStore(({ status }) => status?.devices)
  const known = [...(device ? [device] : []), ...(devices ?? [])]
  return {
    self: device?.id ?? '',
    nameOf: (id) => known.find((one) => one.id === id)?.name ?? id,
  }
}
