/** docs/openapi.json as it must be: the document of the contract at the version of package.json. */
import { readFileSync } from 'node:fs'
import { openApiDocument } from '../src/node/api/openapi.ts'
import { ROOT } from '../test/architecture/read-sources.ts'

export async function openApiText(): Promise<string> {
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string }
  return `${JSON.stringify(await openApiDocument(version), undefined, 2)}\n`
}
