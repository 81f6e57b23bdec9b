/** Failures of every kind as one class with a code. */
import { ORPCError } from '@orpc/client'
import { expect, test } from 'vitest'
import { CallError, toCallError } from '../../../src/renderer/connection/call-error.ts'

test.each([
  {
    error: new ORPCError('FOLDER_EXISTS', { data: { hint: 'h', facts: { folder: 'docs' } } }),
    code: 'FOLDER_EXISTS',
    facts: { folder: 'docs' },
  },
  {
    error: new ORPCError('BAD_REQUEST', {
      data: { issues: [{ path: ['addresses', 0], message: 'too long' }] },
    }),
    code: 'BAD_INPUT',
    facts: { at: 'addresses.0', problem: 'too long' },
  },
  { error: new ORPCError('INTERNAL_SERVER_ERROR'), code: 'INTERNAL', facts: {} },
  { error: new ORPCError('BRAND_NEW', { data: 'strange' }), code: 'BRAND_NEW', facts: {} },
  { error: new DOMException('stopped', 'AbortError'), code: 'CANCELLED', facts: {} },
  { error: 'a text', code: 'INTERNAL', facts: {} },
])('$error is $code', ({ error, code, facts }) => {
  expect(toCallError(error)).toMatchObject({ code, facts })
})

test('an error of ours stays the same object', () => {
  const error = new CallError('BAD_PATH')
  expect(toCallError(error)).toBe(error)
})
