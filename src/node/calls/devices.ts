/**
 * Devices: those that are trusted, and those that are heard. Promises that a change is on disk before
 * it takes effect, and that a device that is taken out loses its connection at once.
 */
import type { AddDevice, DeviceView, NearbyView, NodePort } from '../api/node-port.ts'
import { PeerfoldError } from '../base/errors.ts'
import * as edit from '../config/edit.ts'
import type { DeviceId } from '../core/record.ts'
import { reconfigure } from './folders.ts'
import { trustedOf } from './node-core.ts'
import type { NodeCore } from './node-core.ts'

type DeviceCalls = Pick<NodePort, 'listDevices' | 'addDevice' | 'removeDevice' | 'nearby'>

export function deviceCalls(core: NodeCore): DeviceCalls {
  return {
    listDevices: async () => listDevices(core),
    addDevice: (request) => addDevice(core, request),
    removeDevice: (device) => removeDevice(core, device),
    nearby: async () => nearby(core),
  }
}

export function listDevices({ config, engine }: NodeCore): DeviceView[] {
  return config.devices.map(({ id, name, addresses }) => {
    const { connected, address, lastSeenMs } = engine.presence(id)
    const reached = address === '' ? {} : { address }
    return { id, name, connected, addresses: [...addresses], ...reached, lastSeenMs: Math.trunc(lastSeenMs) }
  })
}

/** Devices heard on the network that are not known here. */
export function nearby({ config, parts }: NodeCore): NearbyView[] {
  const known = new Set(config.devices.map(({ id }) => id))
  const heard = parts.network.nearby().filter(({ id }) => !known.has(id))
  return heard.map(({ id, addresses, lastSeenMs }) => ({
    id,
    addresses: [...addresses],
    lastSeenMs: Math.trunc(lastSeenMs),
  }))
}

async function addDevice(core: NodeCore, request: AddDevice): Promise<DeviceView> {
  const { parts, engine, id } = core
  const nowMs = Math.trunc(parts.clock.nowMs())
  await parts.config.update((config) => edit.addDevice(config, id, request, nowMs))
  engine.setTrusted(trustedOf(core.config))
  const view = listDevices(core).find((device) => device.id === request.id)
  if (view) return view
  throw new PeerfoldError('DEVICE_NOT_FOUND', 'no device with this id is known', { device: request.id })
}

async function removeDevice(core: NodeCore, device: DeviceId): Promise<void> {
  const before = core.config
  await core.parts.config.update((config) => edit.removeDevice(config, device))
  core.engine.setTrusted(trustedOf(core.config))
  for (const { id, devices } of before.folders) if (devices.includes(device)) await reconfigure(core, id)
}
