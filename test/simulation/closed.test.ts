/**
 * Files and directories whose mode forbids what the engine has to do with them, on nodes that are not
 * root: whole nodes on memory disks, which ask for permission as a disk does.
 */
import { expect, test } from 'vitest'
import { twinDevices } from '../support/twin-devices.ts'
import type { TwinDevice, TwinDevices } from '../support/twin-devices.ts'

async function pairOf(...settings: Parameters<typeof twinDevices>): Promise<{
  world: TwinDevices
  a: TwinDevice
  b: TwinDevice
}> {
  const world = await twinDevices(...settings)
  const [a, b] = world.devices as [TwinDevice, TwinDevice]
  return { world, a, b }
}

async function errorsOf(device: TwinDevice): Promise<Record<string, string>> {
  return Object.fromEntries((await device.folder()).errors.map(({ path, code }) => [path, code]))
}

/** Permission bits of a path in the folder. */
function modeOf({ device }: TwinDevice, path: string): string | undefined {
  return device.disk
    .tree('/sync')
    .find((entry) => entry.path === path)
    ?.mode.toString(8)
}

const chmod = ({ device }: TwinDevice, path: string, mode: number): void =>
  device.disk.user.chmod(`/sync/${path}`, mode)

/** Temporaries of ours that lie in the folder. */
function leftovers({ device }: TwinDevice): string[] {
  return device.disk
    .tree('/sync')
    .map(({ path }) => path)
    .filter((path) => path.endsWith('.tmp'))
}

test('a read-only file whose placing was cut by a kill is placed by the next start', async () => {
  const { world, a, b } = await pairOf({}, {})
  world.cut(a, b)
  a.device.disk.user.write('/sync/object', 'object', { mode: 0o444 })
  await world.pass(5_000)
  const isReady = (): boolean => leftovers(b).some((path) => modeOf(b, path) === '444')
  const stop = b.device.disk.onChange(() => {
    if (isReady()) b.device.die('kill')
  })
  world.heal(a, b)
  await world.pass(30_000)
  stop()
  expect([b.device.running, isReady(), b.names()]).toEqual([false, true, []])
  await world.restart(b)
  await world.rest()
  expect([b.read('object'), modeOf(b, 'object')]).toEqual(['object', '444'])
  expect(leftovers(b)).toEqual([])
  expect(await errorsOf(b)).toEqual({})
})
