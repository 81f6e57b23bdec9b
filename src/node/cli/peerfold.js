#!/usr/bin/env node
/**
 * The entry of the command line. Promises that it runs on any Node that knows import: an older
 * one runs it again with the Node that was installed beside it, and passes signals and the exit
 * code through. Runs the bundle of dist/node when that is exactly what the sources would be, and
 * the sources otherwise. Never does any work itself, and uses no syntax younger than Node 14.
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { isBundleFresh } from '../fs/bundle-stamp.js'

/** The oldest Node that runs the sources as they are. */
const NEEDED = 24
/** The checkout. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..')

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  endWithParent()
  const loaded = isBundleFresh(ROOT) ? import('../../../dist/node/main.js') : import('./main.ts')
  loaded.then(({ main }) => main(process.argv.slice(2)))
} else {
  runAgain(installedNode())
}

/** The executable of the package "node", wherever npm has put it. */
function installedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json')
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  } catch {
    // Not installed: the caller says what to do.
    return undefined
  }
}

function runAgain(node) {
  if (node === undefined || process.env.PEERFOLD_RUN_AGAIN === '1') {
    process.stderr.write(
      'peerfold: Node ' +
        NEEDED +
        ' is needed, and this is ' +
        process.versions.node +
        '.\nRun "npm ci" in the directory of Peerfold: it brings the right one.\n',
    )
    process.exitCode = 6
    return
  }
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], {
    // The fourth stream closes when this process dies, however it dies.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PEERFOLD_RUN_AGAIN: '1' },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both of us; a second one would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    process.stderr.write('peerfold: ' + node + ' cannot be started: ' + error.message + '\n')
    process.exitCode = 6
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    // Dies of what the child died of, so that a shell sees the truth.
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/**
 * Killing the outer process outright must not leave the inner one behind: it dies the same way.
 * That is safe, because a node survives a kill at any moment.
 */
function endWithParent() {
  const isInner = process.env.PEERFOLD_RUN_AGAIN === '1' && process.channel
  // A program that we start in turn is not the inner one.
  delete process.env.PEERFOLD_RUN_AGAIN
  if (!isInner) return
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}
