/** Writes docs/openapi.json from the contract. */
import { writeFileSync } from 'node:fs'
import { ROOT } from '../test/architecture/read-sources.ts'
import { openApiText } from './openapi-text.ts'

writeFileSync(`${ROOT}docs/openapi.json`, await openApiText())
