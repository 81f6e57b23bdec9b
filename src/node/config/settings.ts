/**
 * The settings of a node. Promises that every key has a unit, a default, a range and a reason in
 * one table, from which docs/config.md is written. Never reads environment or flags.
 */
import { z } from 'zod'
import { checkListenAddress } from './address.ts'
import { says } from './says.ts'

/** Largest TCP port. */
const PORT_MAX = 65_535
const MINUTE_MS = 60_000

const listenAddress = z.string().refine((text) => says(() => checkListenAddress(text)), 'no listen address')
/** A bare host name or IP address as a Host header names it, without port. */
const hostName = z.string().regex(/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/, 'a lower-case host name without port')

export interface SettingText {
  readonly key: string
  readonly unit: string
  readonly range: string
  readonly reason: string
}

/** One row per leaf of the schema below. */
export const SETTINGS: readonly SettingText[] = [
  {
    key: 'listen',
    unit: 'multiaddrs',
    range: 'at most 16; /ip4 or /ip6 with /tcp',
    reason:
      'Where other devices reach this one. One fixed port, so that a firewall rule and a configured address stay true after a restart.',
  },
  {
    key: 'discovery',
    unit: 'true or false',
    range: '',
    reason: 'Finding known devices on the local network by mDNS needs no server and no address by hand.',
  },
  {
    key: 'api.host',
    unit: 'IP address or host name',
    range: '',
    reason: 'Only programs on this machine reach the API unless its owner says otherwise.',
  },
  {
    key: 'api.port',
    unit: 'TCP port',
    range: `0 to ${PORT_MAX}; 0 lets the system choose`,
    reason: 'A fixed port keeps scripts and bookmarks working.',
  },
  {
    key: 'api.allowedHosts',
    unit: 'host names',
    range: 'at most 100; lower case, without port',
    reason:
      'Names besides localhost that a request may address the API by. A short list of known names is what stops DNS rebinding.',
  },
  {
    key: 'fullScanIntervalMs',
    unit: 'ms',
    range: `${MINUTE_MS} to ${7 * 24 * 60 * MINUTE_MS}`,
    reason:
      'The watcher only hints; a full scan every hour finds what it missed. A guess between being quiet and being late.',
  },
  {
    key: 'scrub.bytesPerSecond',
    unit: 'bytes a second',
    range: '65536 to 1073741824',
    reason:
      'How fast kept content is read again in the background, all folders together. 8 MiB/s is a tenth of what a slow hard disk reads and about a hundredth of one core; it gets through 1 TB in 36 hours.',
  },
  {
    key: 'scrub.everyDays',
    unit: 'days',
    range: '0 to 3650; 0: only when asked for',
    reason:
      'Damage has to be found while another device still has the content. Monthly is what ZFS and RAID tools have shown to be enough; a guess for household disks.',
  },
  {
    key: 'versions.keepDays',
    unit: 'days',
    range: '1 to 3650',
    reason:
      'How long a replaced or deleted content is kept at most. A month covers holidays and what is missed only at its end; everything is kept for a day, then the last of each hour, from the seventh day the last of each day. Nothing that was displaced within the last 24 hours of running goes by itself, whatever the clock says, and a clock that jumped ahead is believed only after 24 hours of running.',
  },
  {
    key: 'versions.sharePercent',
    unit: 'percent',
    range: '1 to 90',
    reason:
      'Most room that the old contents of a folder may take, of what would be free on its disk without them. A quarter keeps a month of most households, and gives way by itself when the disk fills. What was displaced within the last 24 hours of running stays even above it.',
  },
  {
    key: 'versions.leaveFreeMiB',
    unit: 'MiB',
    range: '0 to 1048576',
    reason:
      'Room on the disk that old contents leave free: below it they go before their time, superseded ones first, oldest first, none of the last 24 hours of running. 1 GiB lets most files still arrive.',
  },
  {
    key: 'versions.settleMinutes',
    unit: 'minutes',
    range: '0 to 10080',
    reason:
      'An old content stays a plain file for so long before it is taken into packs. A program that still had the file open has let go of it by then, and what is undone at once needs no unpacking.',
  },
]

/** Also of a configuration that was written before there was any. */
const DEFAULT_VERSIONS = { keepDays: 30, sharePercent: 25, leaveFreeMiB: 1_024, settleMinutes: 60 }
/** Also of a configuration that was written before there was any. */
const DEFAULT_SCRUB = { bytesPerSecond: 8 << 20, everyDays: 30 }

export const Settings = z.strictObject({
  listen: z.array(listenAddress).max(16),
  discovery: z.boolean(),
  api: z.strictObject({
    host: z.string().min(1).max(253),
    port: z.number().int().min(0).max(PORT_MAX),
    allowedHosts: z.array(hostName).max(100),
  }),
  fullScanIntervalMs: z
    .number()
    .int()
    .min(MINUTE_MS)
    .max(7 * 24 * 60 * MINUTE_MS),
  scrub: z
    .strictObject({
      bytesPerSecond: z
        .number()
        .int()
        .min(64 << 10)
        .max(1 << 30),
      everyDays: z.number().int().min(0).max(3_650),
    })
    .default(DEFAULT_SCRUB),
  versions: z
    .strictObject({
      keepDays: z.number().int().min(1).max(3_650),
      sharePercent: z.number().int().min(1).max(90),
      leaveFreeMiB: z.number().int().min(0).max(1_048_576),
      settleMinutes: z.number().int().min(0).max(10_080),
    })
    .default(DEFAULT_VERSIONS),
})

export const DEFAULT_SETTINGS: z.infer<typeof Settings> = {
  listen: ['/ip4/0.0.0.0/tcp/22000', '/ip6/::/tcp/22000'],
  discovery: true,
  api: { host: '127.0.0.1', port: 8005, allowedHosts: [] },
  fullScanIntervalMs: 60 * MINUTE_MS,
  scrub: DEFAULT_SCRUB,
  versions: DEFAULT_VERSIONS,
}
