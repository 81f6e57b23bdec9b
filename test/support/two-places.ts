/** Two real nodes on this machine that share one folder: where most acceptance tests begin. */
import { untilSame } from './synced.ts'
import type { Place } from './synced.ts'
import { pair, share } from './real-nodes.ts'
import type { NodeSettings, Stage } from './real-nodes.ts'

export const FOLDER = 'shared'

export interface TwoPlacesSettings {
  /** Fills the first directory before the node sees it. */
  readonly fill?: (first: string, second: string) => void
  readonly first?: NodeSettings
  readonly second?: NodeSettings
}

/** Ada's and Bob's; resolves when their directories, "a" and "b" of the stage, are the same. */
export async function twoPlaces(stage: Stage, settings: TwoPlacesSettings = {}): Promise<[Place, Place]> {
  const [a, b] = [stage.make('a'), stage.make('b')]
  settings.fill?.(a, b)
  const [ada, bob] = await Promise.all([
    stage.node('ada', settings.first),
    stage.node('bob', settings.second),
  ])
  await pair(ada, bob)
  await share(ada, FOLDER, a, [bob])
  await share(bob, FOLDER, b, [ada])
  const places: [Place, Place] = [
    { node: ada, path: a },
    { node: bob, path: b },
  ]
  await untilSame(60_000, FOLDER, places)
  return places
}
