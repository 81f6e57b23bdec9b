/** Where most of these tests begin: two devices that share a folder with one small file, in step. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stage } from '../../support/real-nodes.ts'
import type { Place } from '../../support/synced.ts'
import { twoPlaces } from '../../support/two-places.ts'
import { settingsFor, type Transport } from './app.ts'

export function placesFor(stage: Stage, transport: Transport): Promise<[Place, Place]> {
  const settings = settingsFor(transport)
  return twoPlaces(stage, {
    first: settings,
    second: settings,
    fill: (first) => writeFileSync(join(first, 'notes.txt'), 'Milk, bread, a new bicycle bell.\n'),
  })
}
