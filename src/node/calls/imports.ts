/** Files of this machine into a folder. Promises that a scan of whatever arrived follows. */
import type { NodePort } from '../api/node-port.ts'
import { importFiles } from '../files/import-files.ts'
import { checkUserPath } from '../files/write-file.ts'
import { openFolder } from './node-core.ts'
import type { NodeCore } from './node-core.ts'

export function importCalls(core: NodeCore): Pick<NodePort, 'importFiles'> {
  return {
    async *importFiles(folder, directory, paths, signal) {
      const sync = openFolder(core, folder)
      const parts = {
        context: sync.context,
        fileSystem: core.parts.fileSystem,
        arrived: (target: string) => sync.look(target, 'tree'),
      }
      const into = directory === '' ? '' : checkUserPath(directory)
      yield* importFiles(parts, { directory: into, paths }, signal)
    },
  }
}
