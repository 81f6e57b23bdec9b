/** The table of error codes and the one error class. */
import { expect, test } from 'vitest'
import { CODES, codeOf, isPeerfoldError, PeerfoldError, textOf } from '../../../src/node/base/errors.ts'

const rows = Object.entries(CODES).map(([code, row]) => ({ code, ...row }))

test.each(rows)(
  '$code has a name, a status, an exit code and a next step',
  ({ code, status, exit, hint }) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect([1, 2, 3, 4, 5, 6, 7]).toContain(exit)
    expect(hint).toMatch(/^[A-Z].*\.$/)
    expect(hint).not.toMatch(/\n|\.\.$/)
  },
)

test('an error carries its code, its facts and its cause', () => {
  const cause = new Error('EACCES')
  const error = new PeerfoldError('FILE_UNREADABLE', 'the file cannot be read', { path: 'a/b' }, cause)
  expect(error).toMatchObject({
    name: 'PeerfoldError',
    code: 'FILE_UNREADABLE',
    facts: { path: 'a/b' },
    cause,
  })
  expect(isPeerfoldError(error)).toBe(true)
  expect(isPeerfoldError(cause)).toBe(false)
})

test('an error without a cause does not pretend to have one', () => {
  expect('cause' in new PeerfoldError('INTERNAL', 'x')).toBe(false)
})

test.each([
  { thrown: 'ours', value: new PeerfoldError('DISK_FULL', 'full'), code: 'DISK_FULL', text: 'full' },
  {
    thrown: 'an abort',
    value: AbortSignal.abort().reason,
    code: 'CANCELLED',
    text: 'This operation was aborted',
  },
  { thrown: 'a foreign error', value: new TypeError('odd'), code: 'INTERNAL', text: 'odd' },
  { thrown: 'a string', value: 'odd', code: 'INTERNAL', text: 'odd' },
  { thrown: 'nothing', value: undefined, code: 'INTERNAL', text: 'undefined' },
])('the code and text of $thrown', ({ value, code, text }) => {
  expect(codeOf(value)).toBe(code)
  expect(textOf(value)).toBe(text)
})
