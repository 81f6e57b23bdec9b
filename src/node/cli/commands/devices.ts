/** Commands about the devices that this one trusts. Never checks an id itself: the node does. */
import type { Command } from '../command.ts'
import { columns, shown } from '../output.ts'
import { deviceRow } from './node.ts'

const ID = { name: 'ID', text: 'Device id; "peerfold id" on the other device prints it' }

const list: Command = {
  words: 'device list',
  summary: 'List the known devices',
  run: async (_input, context) => {
    const { calls } = await context.connect()
    const devices = await calls.devices.list()
    return {
      json: { devices },
      text: devices.length > 0 ? columns(devices.map(deviceRow)) : 'No devices yet.',
    }
  },
}

const add: Command = {
  words: 'device add',
  summary: 'Trust a device, or change one that is known',
  operands: [ID],
  options: {
    name: { value: 'NAME', text: 'Its name for people' },
    address: {
      value: 'MULTIADDR',
      multiple: true,
      text: 'Where it is, e.g. /ip4/192.168.1.5/tcp/22000; replaces the known ones',
    },
  },
  notes: ['The other device has to add this one too.'],
  run: async (input, context) => {
    const { calls } = await context.connect()
    const addresses = input.values('address')
    const device = await calls.devices.add({ id: input.operand('ID'), name: input.value('name'), addresses })
    return { json: device, text: `${shown(device.name)} is trusted.` }
  },
}

const remove: Command = {
  words: 'device remove',
  summary: 'Forget a device and take it out of every folder',
  operands: [ID],
  notes: ['What it has already received stays with it.'],
  run: async (input, context) => {
    const device = input.operand('ID')
    const { calls } = await context.connect()
    await calls.devices.remove({ device })
    return { json: { removed: device }, text: 'Removed.' }
  },
}

export const DEVICE_COMMANDS: readonly Command[] = [list, add, remove]
