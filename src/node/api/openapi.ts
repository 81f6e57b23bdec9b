/**
 * The OpenAPI 3.1 document of the contract. Promises to describe every route, the streamed ones
 * included, and to be the same every time: docs/openapi.json is this, committed. Never serves it.
 */
import { OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { contract } from './contract.ts'
import { contentPaths } from './openapi-content.ts'
import { sessionPaths } from './openapi-session.ts'
import * as shapes from './shapes.ts'

const PROBLEM = { $ref: '#/components/schemas/Problem' }

/** Every shape with a name becomes a component, so that a generated client has types. */
const COMMON = {
  Problem: shapes.Problem,
  Need: shapes.Need,
  Status: shapes.Status,
  FileError: shapes.FileError,
  Conflict: shapes.Conflict,
  Device: shapes.Device,
  FolderDevice: shapes.FolderDevice,
  Guard: shapes.Guard,
  HeldGroup: shapes.HeldGroup,
  HeldChange: shapes.HeldChange,
  HeldChangePage: shapes.HeldChangePage,
  HeldDecision: shapes.HeldDecision,
  Folder: shapes.Folder,
  NodeStatus: shapes.NodeStatus,
  NearbyDevice: shapes.NearbyDevice,
  FileEntry: shapes.FileEntry,
  FilePage: shapes.FilePage,
  FileCopy: shapes.FileCopy,
  BrowsedFile: shapes.BrowsedFile,
  FileRange: shapes.FileRange,
  IgnoreRules: shapes.IgnoreRules,
  Version: shapes.Version,
  VersionPage: shapes.VersionPage,
  Transfer: shapes.Transfer,
  Transfers: shapes.Transfers,
  ImportProgress: shapes.ImportProgress,
  SignInCode: shapes.SignInCode,
}

export type Document = Awaited<ReturnType<OpenAPIGenerator['generate']>>

export async function openApiDocument(version: string): Promise<Document> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const document = await generator.generate(contract, {
    info: {
      title: 'Peerfold',
      version,
      description: DESCRIPTION,
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: 'http://127.0.0.1:8005/api/v1', description: 'The node of this machine' }],
    tags: TAGS.map(([name, description]) => ({ name, description })),
    security: [{ token: [] }, { session: [] }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token in HOME/api.json' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'peerfold-DEVICE',
          description:
            'Of a browser that signed in. DEVICE is the end of the device id. Good only for requests whose Origin, or Sec-Fetch-Site where there is none, says that they come from our own page.',
        },
      },
    },
    commonSchemas: Object.fromEntries(
      Object.entries(COMMON).map(([name, schema]) => [name, { schema, strategy: 'output' as const }]),
    ),
    customErrorResponseBodySchema: () => PROBLEM,
  })
  const streamed = { ...contentPaths(PROBLEM), ...sessionPaths(PROBLEM) }
  for (const [path, operations] of Object.entries(streamed))
    document.paths = { ...document.paths, [path]: { ...document.paths?.[path], ...operations } }
  return asSent(document)
}

const DESCRIPTION =
  'What a node of Peerfold can be asked. Times are milliseconds since 1970, sizes are bytes. Every error is a problem document whose code has one meaning.'

const TAGS: readonly (readonly [string, string])[] = [
  ['node', 'The node itself'],
  ['devices', 'Devices that this one trusts'],
  ['folders', 'Directories shared with other devices'],
  ['files', 'What is in a folder'],
  ['transfers', 'What moves between devices'],
  ['conflicts', 'Edits that did not know of each other'],
  ['held', 'Changes that wait for a person'],
  ['notices', 'What happened once and a person should know'],
  ['session', 'How a browser gets in'],
  ['ignore', 'What this device leaves out'],
  ['versions', 'Contents that were replaced or deleted here'],
]

/**
 * Errors are sent as application/problem+json, and 204 has no content; the generator knows only
 * application/json.
 */
function asSent(document: Document): Document {
  for (const operations of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(operations ?? {})) {
      if (typeof operation === 'object' && 'responses' in operation) correctContents(operation.responses)
    }
  }
  return document
}

function correctContents(responses: Record<string, unknown> | undefined): void {
  for (const [status, response] of Object.entries(responses ?? {})) {
    const { content } = response as { content?: Record<string, unknown> }
    if (Number(status) === 204) delete (response as { content?: unknown }).content
    if (Number(status) < 400 || !content?.['application/json']) continue
    content['application/problem+json'] = content['application/json']
    delete content['application/json']
  }
}
