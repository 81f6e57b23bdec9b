/**
 * People who move things about: whole trees, swaps, onto what is there, back again, old copies.
 * Promises to remember as theirs to lose what they replace where they see it. Never touches what the engine calls its own.
 */
import type { Random } from '../../src/node/base/random.ts'
import type { TreeEntry } from '../../src/node/fs/memory-file-system.ts'
import { FOLDER_PATH } from './device.ts'
import type { SimDevice } from './device.ts'
import { entries, find } from './people.ts'
import type { People } from './people.ts'

const NAMES = ['a', 'b', 'c', 'moved', 'é', 'note.txt']

export class Movers {
  readonly #people: People
  /** Where something came from, to be put back there. */
  readonly #undo: { device: SimDevice; from: string; to: string }[] = []

  constructor(people: People) {
    this.#people = people
  }

  /** One deed; what it was. */
  act(device: SimDevice, random: Random): string {
    const deeds = [
      this.#moveTree,
      this.#swap,
      this.#onto,
      this.#back,
      this.#emptyAll,
      this.#again,
      this.#hardLink,
    ]
    const deed = deeds[random.below(deeds.length)]!
    return this.#people.unlessRefused(() => deed.call(this, device, random))
  }

  #moveTree(device: SimDevice, random: Random): string {
    const tree = pick(random, only(device, 'directory'))
    const parent = pick(random, [undefined, ...only(device, 'directory')])
    if (!tree) return 'nothing'
    const to = `${parent ? `${parent.path}/` : ''}${NAMES[random.below(NAMES.length)]}`
    if (`${to}/`.startsWith(`${tree.path}/`) || find(device, to) || to.split('/').length > 5) return 'nothing'
    device.disk.user.rename(absolute(tree.path), absolute(to))
    this.#undo.unshift({ device, from: tree.path, to })
    return `move-tree ${tree.path} to ${to}`
  }

  #swap(device: SimDevice, random: Random): string {
    const all = entries(device)
    const one = pick(random, all)
    const other = pick(
      random,
      all.filter(({ kind, path }) => kind === one?.kind && path !== one.path),
    )
    if (
      !one ||
      !other ||
      `${one.path}/`.startsWith(`${other.path}/`) ||
      `${other.path}/`.startsWith(`${one.path}/`)
    )
      return 'nothing'
    const between = 'swapping~'
    if (find(device, between)) return 'nothing'
    const { user } = device.disk
    user.rename(absolute(one.path), absolute(between))
    user.rename(absolute(other.path), absolute(one.path))
    user.rename(absolute(between), absolute(other.path))
    return `swap ${one.path} and ${other.path}`
  }

  #onto(device: SimDevice, random: Random): string {
    const files = only(device, 'file')
    const [from, to] = [pick(random, files), pick(random, files)]
    if (!from || !to || from.path === to.path || from.inode === to.inode) return 'nothing'
    this.#people.losing(device, to.path)
    device.disk.user.rename(absolute(from.path), absolute(to.path))
    return `rename-onto ${from.path} to ${to.path}`
  }

  #back(device: SimDevice): string {
    const index = this.#undo.findIndex((one) => one.device === device)
    const [last] = index < 0 ? [] : this.#undo.splice(index, 1)
    if (!last || !find(device, last.to) || find(device, last.from)) return 'nothing'
    const parent = last.from.slice(0, Math.max(0, last.from.lastIndexOf('/')))
    if (parent !== '' && find(device, parent)?.kind !== 'directory') return 'nothing'
    if (`${parent}/`.startsWith(`${last.to}/`)) return 'nothing'
    device.disk.user.rename(absolute(last.to), absolute(last.from))
    return `move-back ${last.to} to ${last.from}`
  }

  /** Everything they see goes. */
  #emptyAll(device: SimDevice, random: Random): string {
    if (random.below(4) > 0) return 'nothing'
    for (const { path } of entries(device)) {
      if (path.includes('/')) continue
      this.#people.losing(device, path)
      device.disk.user.remove(absolute(path))
    }
    return 'empty-the-folder'
  }

  /** Deleted and made again at once, with the same bytes or others. */
  #again(device: SimDevice, random: Random): string {
    const file = pick(random, only(device, 'file'))
    if (!file?.content) return 'nothing'
    const { user } = device.disk
    if (random.below(2) === 0) {
      user.remove(absolute(file.path))
      try {
        user.write(absolute(file.path), file.content, { mode: file.mode })
      } catch (error) {
        // They deleted it, and see that it did not come back.
        this.#people.lost(file.content)
        throw error
      }
      return `delete-and-make-again ${file.path}`
    }
    this.#people.losing(device, file.path)
    user.remove(absolute(file.path))
    user.write(absolute(file.path), this.#people.content(device, file.path), { mtimeNs: file.mtimeNs })
    return `other-bytes-same-time ${file.path}`
  }

  #hardLink(device: SimDevice, random: Random): string {
    const file = pick(random, only(device, 'file'))
    const name = NAMES[random.below(NAMES.length)]!
    if (!file || find(device, name) || !device.disk.settings.hardLinks) return 'nothing'
    device.disk.user.link(absolute(file.path), absolute(name))
    return `hard-link ${file.path} as ${name}`
  }
}

function only(device: SimDevice, kind: TreeEntry['kind']): TreeEntry[] {
  return entries(device).filter((entry) => entry.kind === kind)
}

function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list[random.below(Math.max(1, list.length))]
}

function absolute(path: string): string {
  return `${FOLDER_PATH}/${path}`
}
