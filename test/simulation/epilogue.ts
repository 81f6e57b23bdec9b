/**
 * The last deeds in a world at rest, where there is no doubt what must come of them: an edit wins
 * everywhere whatever the clocks say, what is deleted stays away, what is renamed has moved, and a
 * device that lost its database ends with exactly the same. Promises to say every difference.
 */
import type { Random } from '../../src/node/base/random.ts'
import { FOLDER_PATH } from './device.ts'
import type { SimDevice } from './device.ts'
import { entries } from './people.ts'
import type { People } from './people.ts'

export interface EpilogueParts {
  readonly random: Random
  readonly devices: readonly SimDevice[]
  readonly people: People
  /** What everybody sees, device by device. */
  readonly shapes: () => readonly ReadonlyMap<string, string>[]
  /** Waits until nobody has anything to do; why that does not come. */
  readonly rest: () => Promise<string | undefined>
  /** A start without the database. */
  readonly restartBare: (device: SimDevice) => Promise<void>
  readonly note: (line: string) => void
}

export async function playEpilogue(parts: EpilogueParts): Promise<string[]> {
  const { random, devices, note, shapes, rest } = parts
  const index = random.below(devices.length)
  const device = devices[index]!
  const done = lastDeeds(device, parts)
  note(`epilogue: ${done}`)
  const expected = shapes()[index]!
  const busy = await rest()
  const problems = differences(`after ${done}`, expected, parts)
  if (busy) problems.unshift(`after ${done}: ${busy}`)
  if (problems.length > 0) return problems
  const bare = devices[random.below(devices.length)]!
  note(`epilogue: ${bare.name} starts without its database`)
  await parts.restartBare(bare)
  const still = await rest()
  const then = `after ${bare.name} started without its database`
  return [...(still ? [`${then}: ${still}`] : []), ...differences(then, expected, parts)]
}

function lastDeeds(device: SimDevice, { random, people }: EpilogueParts): string {
  const { user } = device.disk
  const files = entries(device).filter(({ kind }) => kind === 'file')
  const take = () => files.splice(random.below(Math.max(1, files.length)), 1)[0]
  const at = (path: string): string => `${FOLDER_PATH}/${path}`
  const [edited, removed, moved] = [take(), take(), take()]
  const done = [`${device.name} made last`]
  user.write(at('last'), people.content(device, 'last'))
  if (edited) {
    people.losing(device, edited.path)
    user.write(at(edited.path), people.content(device, edited.path))
    done.push(`edited ${edited.path}`)
  }
  if (removed) {
    people.losing(device, removed.path)
    user.remove(at(removed.path))
    done.push(`removed ${removed.path}`)
  }
  if (moved) {
    user.rename(at(moved.path), at('last, moved'))
    done.push(`moved ${moved.path}`)
  }
  return done.join(', ')
}

function differences(
  when: string,
  expected: ReadonlyMap<string, string>,
  { shapes, devices }: EpilogueParts,
): string[] {
  return shapes().flatMap((shape, i) => {
    const paths = new Set([...expected.keys(), ...shape.keys()])
    const wrong = [...paths].filter((path) => shape.get(path) !== expected.get(path))
    const has = (path: string) =>
      `${shape.get(path) ?? 'nothing'} instead of ${expected.get(path) ?? 'nothing'}`
    return wrong.map((path) => `${when}: ${devices[i]!.name} has at ${path} ${has(path)}`)
  })
}
