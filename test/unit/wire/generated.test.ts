/** The code generated from peerfold.proto is that of the file as it stands. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const wire = join(root, 'src/node/wire')
const bin = join(root, 'node_modules/.bin')

test('the generated messages are fresh', { timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'peerfold-generated-'))
  try {
    execFileSync(join(bin, 'buf'), ['generate', '--template', 'buf.gen.yaml', '--output', directory], {
      cwd: wire,
      // buf finds its plugin by PATH, and must not look for settings outside.
      env: { ...process.env, PATH: [bin, process.env['PATH'] ?? ''].join(delimiter) },
    })
    for (const name of ['peerfold_pb.js', 'peerfold_pb.d.ts']) {
      const fresh = readFileSync(join(directory, 'generated', name), 'utf8')
      expect(readFileSync(join(wire, 'generated', name), 'utf8'), name).toBe(fresh)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
})
