/** Changes that wait for a person: listed and decided. */
import type { NodePort } from '../api/node-port.ts'
import { PeerfoldError } from '../base/errors.ts'
import { folderOf } from './node-core.ts'
import type { NodeCore } from './node-core.ts'

export function heldCalls(core: NodeCore): Pick<NodePort, 'listHeld' | 'listHeldChanges' | 'decideHeld'> {
  const notFound = (folder: string, group: string): never => {
    folderOf(core, folder)
    throw new PeerfoldError('HELD_GROUP_NOT_FOUND', 'nothing is held under this name', { group })
  }
  return {
    listHeld: async (folder) => {
      folderOf(core, folder)
      return []
    },
    listHeldChanges: async (folder, group) => notFound(folder, group),
    decideHeld: async (folder, group) => notFound(folder, group),
  }
}
