/** The node at a glance. Never remembers: every answer is asked of the parts at that moment. */
import type { NodePort, NodeStatus } from '../api/node-port.ts'
import { listDevices, nearby } from './devices.ts'
import { folderViews } from './folder-view.ts'
import type { NodeCore } from './node-core.ts'

export function statusCalls(core: NodeCore): Pick<NodePort, 'status' | 'stop'> {
  return {
    status: () => status(core),
    stop: async () => core.parts.requestStop(),
  }
}

async function status(core: NodeCore): Promise<NodeStatus> {
  const { device } = core.config
  const { network, version } = core.parts
  return {
    device: {
      id: core.id,
      name: device.name,
      addresses: [...network.listening()],
      version,
      discovery: network.discovers,
    },
    devices: listDevices(core),
    folders: await folderViews(core),
    nearby: nearby(core),
    notices: [...core.parts.notices.list()],
  }
}
