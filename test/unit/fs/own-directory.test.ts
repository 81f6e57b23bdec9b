/** What counts as the engine's own: neither synced nor written by a person through the app. */
import { expect, test } from 'vitest'
import { isOwnName } from '../../../src/node/fs/own-directory.ts'

test.each(['.peerfold', '.peerfold/x'])("%s is the engine's own", (path) => {
  expect(isOwnName(path)).toBe(true)
})

test.each(['a/.peerfold', '.peerfoldignore', '.peerfold-cafe.tmp'])("%s is the user's", (path) => {
  expect(isOwnName(path)).toBe(false)
})
