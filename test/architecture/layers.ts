/**
 * The map of the source: what lives in a folder, what it may import, and why. Promises to be the
 * architecture itself: architecture.test.ts holds every import of src against it, and the table
 * in ARCHITECTURE.md is printed from it. Never describes what does not exist: a row or an entry
 * that nothing uses fails as soon as the composition root stands.
 */

export interface Layer {
  /** What one finds there; the text of the table in ARCHITECTURE.md. */
  readonly holds: string
  /** Layers it may import. A layer may always import itself. */
  readonly folders: readonly string[]
  /** Packages, Node modules and files outside of src it may import; a trailing * stands for any ending. */
  readonly packages: readonly string[]
  /** Said to whoever breaks the rule. */
  readonly why: string
  /** Of these folders only `import type` may cross: nothing of them ends up in the bundle. */
  readonly typesOnly?: readonly string[]
}

/** Keys are paths below src. Lower rows may import higher ones, never the other way. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  'node/base': {
    holds: 'errors, queues, limits, retry; clock, random, log and job ports',
    folders: [],
    packages: ['node:crypto', 'node:worker_threads'],
    why: 'everything stands on base, so base stands on nothing; it alone owns clock, dice and job hosts',
  },
  'node/core': {
    holds: 'the rules of sync as pure functions: records, version vectors, reconcile, ignore rules, status',
    folders: [],
    packages: [],
    why: 'the rules must be testable without disk, network, clock or machine',
  },
  'node/codec': {
    holds: 'bytes to bytes: chunker, hash, Merkle root, compression',
    folders: ['node/base'],
    packages: ['node:crypto', 'node:zlib'],
    why: 'bytes in, bytes out: nothing here may wait for a disk or a peer',
  },
  'node/wire': {
    holds: 'messages between devices: schemas, limits, versions',
    folders: ['node/base', 'node/core'],
    packages: ['@bufbuild/protobuf'],
    why: 'the format on the wire is described in one place and knows no transport',
  },
  'node/config': {
    holds: 'one schema, defaults, upgrades; the device and folder list',
    folders: ['node/base', 'node/core'],
    packages: ['zod', 'node:crypto', 'node:net'],
    why: 'configuration is plain checked data, read through a door that is handed in',
  },
  'node/fs': {
    holds: 'the only door to node:fs and chokidar; disk, memory and faulty twins',
    folders: ['node/base'],
    packages: ['node:fs', 'node:fs/promises', 'node:path', 'node:crypto', 'chokidar'],
    why: 'the disk has one door, so that its twins can stand in for it',
  },
  'node/db': {
    holds: 'the only door to better-sqlite3: connection, worker, migrations, transactions',
    folders: ['node/base'],
    packages: ['better-sqlite3', 'node:path'],
    why: 'SQL has one door, and it knows no tables of others',
  },
  'node/net': {
    holds: 'the only door to libp2p; LAN and memory twins; moves frames, knows no messages',
    folders: ['node/base'],
    packages: [
      'libp2p',
      '@libp2p/*',
      '@multiformats/*',
      'main-event',
      'p-event',
      'race-signal',
      'multicast-dns',
      'node:tls',
      'node:net',
      'node:os',
      'node:crypto',
      'node:events',
    ],
    why: 'the network has one door, and what it moves is not its business',
  },
  'node/store': {
    holds:
      'blocks by hash: where their bytes are, read and checked; packs of old blocks, written and collected',
    folders: ['node/base', 'node/core', 'node/codec', 'node/fs'],
    packages: [],
    why: 'blocks know files and hashes, not peers and not whose turn it is',
  },
  'node/index': {
    holds: 'what each device says of each file; needs',
    folders: ['node/base', 'node/core', 'node/db'],
    packages: [],
    why: 'the two halves of sync meet only here, so the index knows neither of them',
  },
  'node/access': {
    holds: 'who may call: the token, one-time codes, sessions of browsers',
    folders: ['node/base'],
    packages: ['node:crypto'],
    why: 'rights are decided apart from what they protect',
  },
  'node/observe': {
    holds: 'what happened once and a person should know, until it is dismissed',
    folders: ['node/base'],
    packages: [],
    why: 'watching must never steer',
  },
  'node/sync': {
    holds: 'the straight line from disk to peer and from peer to disk',
    folders: [
      'node/base',
      'node/core',
      'node/codec',
      'node/wire',
      'node/fs',
      'node/net',
      'node/store',
      'node/index',
    ],
    packages: ['ignore'],
    why: 'sync sees neither durability nor access: node.ts hands it functions',
  },
  'node/durability': {
    holds: 'versions: displaced content parked, taken into packs, listed, restored, exported, thinned out',
    folders: ['node/base', 'node/core', 'node/codec', 'node/fs', 'node/store'],
    packages: ['node:crypto'],
    why: 'keeping old content must work whatever sync does, so it does not know sync',
  },
  'node/files': {
    holds: 'what a person changes and sees through the app: writes, deletions, listings, the archive',
    folders: ['node/base', 'node/core', 'node/fs', 'node/sync', 'node/durability'],
    packages: ['node:crypto'],
    why: 'here sync and durability meet, so that neither has to know the other',
  },
  'node/words': {
    holds: 'every sentence for people: the English catalogue, figures and times, words for states and errors',
    folders: ['node/base'],
    packages: ['i18next'],
    why: 'screens and commands say the same thing in the same words, and words decide nothing',
  },
  'node/api': {
    holds: 'the contract, its router, HTTP, WebSocket and MessagePort transports, OpenAPI',
    folders: ['node/base', 'node/access'],
    packages: ['@orpc/*', 'zod', 'ws', 'node:http', 'node:stream', 'node:stream/promises', 'node:net'],
    why: 'the face of the node declares what it needs; node.ts fits the parts',
  },
  'node/calls': {
    holds: 'what the API can ask of a node, by subject: the contract carried out by the parts',
    folders: [
      'node/base',
      'node/core',
      'node/config',
      'node/fs',
      'node/net',
      'node/store',
      'node/index',
      'node/observe',
      'node/sync',
      'node/durability',
      'node/files',
      'node/api',
    ],
    packages: [],
    why: 'a call looks at the parts and puts them to work; the work itself is theirs',
  },
  'node/node.ts': {
    holds: 'composition root: fits the parts of one node together',
    folders: [
      'node/core',
      'node/fs',
      'node/index',
      'node/sync',
      'node/durability',
      'node/files',
      'node/calls',
      'node/api',
    ],
    packages: [],
    why: 'it fits the parts together and does none of their work',
  },
  'node/cli': {
    holds: 'commands for people and scripts, through the API client',
    folders: ['node/base', 'node/fs', 'node/words', 'node/api', 'node/host.ts'],
    packages: [
      'node:util',
      'node:child_process',
      'node:module',
      'node:path',
      'node:os',
      'node:process',
      'node:url',
      'package.json',
      'dist/node/main.js',
    ],
    why: 'a command does what anybody could do with the API; offline operations come from host.ts, loaded on demand, files of the user through the one door of fs',
  },
  'node/face.ts': {
    holds: 'what a running node shows: calls for our window, the door for browsers and programs',
    folders: ['node/base', 'node/access', 'node/fs', 'node/api'],
    packages: [],
    why: 'the door is opened beside the node, not by it: a window needs none',
  },
  'node/host.ts': {
    holds: 'the node on a real machine: production wiring and the offline operations of the CLI',
    folders: [
      'node/base',
      'node/config',
      'node/fs',
      'node/db',
      'node/net',
      'node/store',
      'node/index',
      'node/observe',
      'node/sync',
      'node/durability',
      'node/api',
      'node/face.ts',
      'node/node.ts',
      'node/cli',
    ],
    packages: ['package.json'],
    why: 'it chooses the real disk, network, clock and workers, and leaves the rest to node.ts',
  },
  'node/desktop.ts': {
    holds: 'the node as a process of the desktop app',
    folders: ['node/base', 'node/api', 'node/cli', 'node/host.ts'],
    packages: ['node:os'],
    why: 'it ties host.ts to the process that started it, and does nothing else',
  },
  main: {
    holds: 'the desktop window, its scheme and policies; the node as a supervised process',
    folders: ['node/base', 'node/words', 'node/api'],
    packages: ['electron', 'node:fs', 'node:fs/promises', 'node:path', 'node:os'],
    why: 'main hosts the node as a process and never does its work',
  },
  renderer: {
    holds: 'the screens',
    folders: ['node/words', 'node/api'],
    packages: [
      'react',
      'react-dom/client',
      'react-aria-components',
      'zustand*',
      'wouter*',
      'lucide-react',
      'uqr',
      '@orpc/client*',
      '@orpc/contract',
      '@tanstack/react-virtual',
    ],
    why: 'the screens know the contract and the words, and nothing behind them',
    typesOnly: ['node/api'],
  },
}

/** Packages that some files of a layer may load and no other, not even for their types. */
export const ENTRIES_ONLY: Readonly<
  Record<string, { readonly files: readonly string[]; readonly why: string }>
> = {
  electron: {
    files: ['src/main/index.ts', 'src/main/preload.ts'],
    why: 'under plain Node its module downloads Electron: everything else gets it handed in',
  },
}

/** Sources that are no TypeScript for Node, or not written by hand: read by their own tools. */
export const NOT_READ: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /^src\/node\/codec\/assembly\//, why: 'AssemblyScript ends in .ts and is not TypeScript' },
  { pattern: /\/generated\//, why: 'written by a generator; a test proves it fresh' },
]
