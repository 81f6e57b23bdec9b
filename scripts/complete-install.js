/**
 * Runs after `npm ci` and installs what an older Node made npm leave out. Promises to do nothing
 * where npm itself runs on the Node of this project. Never changes package.json or its lock file.
 *
 * Debian 12 brings npm 9 on Node 18. That npm silently skips optional packages whose "engines"
 * exclude the Node it runs on, and the native parts of oxlint and of Vitest's bundler are such
 * packages; but they will run on the Node that was just installed beside them (devDependency
 * "node"). npm once had a setting for this (node-version) and lost it, so the same npm runs again
 * and is told the version it should check against.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const { npm_config_user_agent: agent = '', npm_execpath: npm, npm_node_execpath: npmsNode } = process.env
const major = /^npm\/\S+ node\/v(\d+)\./.exec(agent)?.[1]

if (
  npm !== undefined &&
  npmsNode !== undefined &&
  major !== undefined &&
  major !== process.versions.node.split('.')[0]
) {
  const shim = fileURLToPath(new URL('./claim-node-version.cjs', import.meta.url))
  const { status } = spawnSync(
    // Not the new Node: Debian's npm finds its own modules only under Debian's Node.
    npmsNode,
    ['--require', shim, npm, 'install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'],
    { stdio: 'inherit', env: { ...process.env, PEERFOLD_NODE_VERSION: process.version } },
  )
  process.exitCode = status ?? 1
}
