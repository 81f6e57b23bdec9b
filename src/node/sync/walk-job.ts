/**
 * The scan job: walks run here, in a worker in production and inline on the twins. Promises
 * bounded pages and that a walk given up is closed. Never keeps a folder's root open between walks.
 */
import { systemClock } from '../base/clock.ts'
import { createDiskFileSystem } from '../fs/disk-file-system.ts'
import type { FileSystem } from '../fs/file-system.ts'
import type { RelativePath } from '../fs/relative-path.ts'
import { createIgnoreRules } from './ignore-rules.ts'
import { walk } from './walk.ts'
import type { WalkDepth, WalkItem } from './walk.ts'

/** Items per page: about 100 kB of messages. */
const PAGE = 500

export interface WalkRequest {
  /** Absolute path of the folder. */
  readonly root: string
  readonly secret: string
  readonly ignoreLines: readonly string[]
  readonly path: RelativePath
  readonly depth: WalkDepth
}

export interface WalkOperations {
  /** Starts a walk; the number names it. */
  start(request: WalkRequest): Promise<number>
  /** The next page; an empty one means the walk is over and closed. */
  next(id: number): Promise<WalkItem[]>
  /** Gives the walk up; no error when it is over. */
  stop(id: number): Promise<void>
}

/** In a worker: the real disk, with calls that block that thread only. */
export function open(): WalkOperations {
  return walkOperations(createDiskFileSystem({ blocking: true }), systemClock().nowNs)
}

export function walkOperations(fileSystem: FileSystem, nowNs: () => bigint): WalkOperations {
  const walks = new Map<number, AsyncGenerator<WalkItem, void, void>>()
  let last = 0

  const finish = async (id: number): Promise<void> => {
    const items = walks.get(id)
    walks.delete(id)
    await items?.return()
  }

  return {
    async start(request) {
      const id = ++last
      walks.set(id, openWalk(fileSystem, nowNs, request))
      return id
    },
    async next(id) {
      const items = walks.get(id)
      const page: WalkItem[] = []
      while (items && page.length < PAGE) {
        const step = await items.next()
        if (step.done) break
        page.push(step.value)
      }
      if (page.length === 0) await finish(id)
      return page
    },
    stop: finish,
  }
}

async function* openWalk(
  fileSystem: FileSystem,
  nowNs: () => bigint,
  request: WalkRequest,
): AsyncGenerator<WalkItem, void, void> {
  const root = await fileSystem.openRoot(request.root)
  try {
    const rules = createIgnoreRules(request.ignoreLines)
    yield* walk({ root, rules, secret: request.secret, nowNs }, request.path, request.depth)
  } finally {
    await root.close()
  }
}
