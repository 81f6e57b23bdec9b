/**
 * The streamed routes of content.ts as OpenAPI. Promises that every header and query they know is
 * listed. Never describes what the contract already does.
 */
import type { OpenAPI } from '@orpc/contract'
import { CODES, type ErrorCode } from '../base/errors.ts'

const PATH = '/folders/{folder}/content/{path}'
const BINARY = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } as const

const PARAMETERS: OpenAPI.ParameterObject[] = [
  { name: 'folder', in: 'path', required: true, schema: { type: 'string' }, description: 'Folder id' },
  {
    name: 'path',
    in: 'path',
    required: true,
    schema: { type: 'string' },
    description: 'Path inside the folder; "/" may be sent as it is or as %2F',
  },
]

const UPLOAD_PARAMETERS: OpenAPI.ParameterObject[] = [
  {
    name: 'mtime_ns',
    in: 'query',
    schema: { type: 'string', pattern: '^-?[0-9]+$' },
    description: 'Modification time, nanoseconds since 1970; now when absent',
  },
  {
    name: 'mode',
    in: 'query',
    schema: { type: 'integer', minimum: 0, maximum: 0o777 },
    description: 'Permission bits, decimal',
  },
  {
    name: 'upload',
    in: 'query',
    schema: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    description: 'The sender’s id, by chance: when the line breaks, what has arrived is kept for ten minutes',
  },
  {
    name: 'offset',
    in: 'query',
    schema: { type: 'integer', minimum: 0 },
    description: 'Bytes that are here already (see files.uploaded): the body is the rest',
  },
  {
    name: 'If-None-Match',
    in: 'header',
    schema: { type: 'string', enum: ['*'] },
    description: 'Write only when nothing has the name yet; else FILE_EXISTS',
  },
]

type Ref = { $ref: string }

export function contentPaths(problem: Ref): Record<string, Record<string, OpenAPI.OperationObject>> {
  return { [PATH]: { put: uploadOperation(problem), get: downloadOperation(problem) } }
}

function uploadOperation(problem: Ref): OpenAPI.OperationObject {
  return {
    operationId: 'files.upload',
    tags: ['files'],
    summary: 'Write a file',
    description: 'The body is the content, of any size. The file appears whole or not at all.',
    parameters: [...PARAMETERS, ...UPLOAD_PARAMETERS],
    requestBody: { required: true, content: BINARY },
    responses: {
      200: {
        description: 'Written',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/FileEntry' } } },
      },
      ...errors(
        ['BAD_PATH', 'UNAUTHORIZED', 'FORBIDDEN', 'FOLDER_NOT_FOUND', 'FILE_EXISTS', 'DISK_FULL'],
        problem,
      ),
    },
  }
}

function downloadOperation(problem: Ref): OpenAPI.OperationObject {
  const mtime = {
    description: 'Modification time, nanoseconds since 1970',
    schema: { type: 'string' },
  } as const
  const etag = { description: 'Hash of the content, when it is known', schema: { type: 'string' } } as const
  return {
    operationId: 'files.download',
    tags: ['files'],
    summary: 'Read a file',
    description: 'HEAD answers with the headers alone.',
    parameters: PARAMETERS,
    responses: {
      200: { description: 'The content', headers: { 'x-peerfold-mtime-ns': mtime, etag }, content: BINARY },
      ...errors(['BAD_PATH', 'UNAUTHORIZED', 'FORBIDDEN', 'FILE_NOT_FOUND', 'FILE_CHANGED'], problem),
    },
  }
}

function errors(codes: readonly ErrorCode[], problem: Ref): Record<string, OpenAPI.ResponseObject> {
  const content = { 'application/json': { schema: problem } }
  return Object.fromEntries(codes.map((code) => [CODES[code].status, { description: code, content }]))
}
