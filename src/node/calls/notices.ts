/** Notices: what happened once, until a person has read it. Promises that a dismissal is on disk when it is answered. */
import type { NodePort } from '../api/node-port.ts'
import type { NodeCore } from './node-core.ts'

export function noticeCalls(core: NodeCore): Pick<NodePort, 'listNotices' | 'dismissNotice'> {
  const { notices } = core.parts
  return {
    listNotices: async () => [...notices.list()],
    dismissNotice: async (id) => {
      await notices.dismiss(id)
      core.changed()
    },
  }
}
