/**
 * The routes of session.ts as OpenAPI. Promises that what they set and what they ask for is
 * listed. Never describes what the contract already does.
 */
import type { OpenAPI } from '@orpc/contract'
import { CODES, type ErrorCode } from '../base/errors.ts'

type Ref = { $ref: string }

const SESSION: OpenAPI.ResponseObject = {
  description: 'Whether there is a session, and when it ends',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          signedIn: { type: 'boolean' },
          expiresMs: { type: 'integer', description: 'Milliseconds since 1970; absent without a session' },
        },
        required: ['signedIn'],
      },
    },
  },
}

const COOKIE: OpenAPI.HeaderObject = { description: 'The session', schema: { type: 'string' } }

/** None of them asks for a token: the first answers without, the second takes a code instead. */
export function sessionPaths(problem: Ref): Record<string, Record<string, OpenAPI.OperationObject>> {
  const common = { tags: ['session'], security: [] }
  return {
    '/session': {
      get: {
        ...common,
        operationId: 'session.get',
        summary: 'Whether this browser is signed in',
        responses: { 200: SESSION, ...errors(['FORBIDDEN'], problem) },
      },
      post: {
        ...common,
        operationId: 'session.open',
        summary: 'Sign a browser in',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: { code: { type: 'string', description: 'A one-time code' } },
                required: ['code'],
              },
            },
          },
        },
        responses: {
          200: { ...SESSION, headers: { 'set-cookie': COOKIE } },
          ...errors(['BAD_INPUT', 'SIGN_IN_CODE_INVALID', 'FORBIDDEN', 'TOO_MANY_TRIES'], problem),
        },
      },
      delete: {
        ...common,
        operationId: 'session.close',
        summary: 'Sign a browser out',
        description: 'Takes the cookie back. A copy of it stays good until its end.',
        responses: {
          204: { description: 'Signed out', headers: { 'set-cookie': COOKIE } },
          ...errors(['FORBIDDEN'], problem),
        },
      },
    },
  }
}

function errors(codes: readonly ErrorCode[], problem: Ref): Record<string, OpenAPI.ResponseObject> {
  const content = { 'application/json': { schema: problem } }
  return Object.fromEntries(codes.map((code) => [CODES[code].status, { description: code, content }]))
}
