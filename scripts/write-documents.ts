/** Prints the generated part of the document named on the command line: see documents.ts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { ROOT } from '../test/architecture/read-sources.ts'
import { PRINTED, withPrintedPart } from './documents.ts'

const part = PRINTED.find(({ file }) => file === process.argv[2])
const path = `${ROOT}${part?.file ?? ''}`
const text = part && withPrintedPart(readFileSync(path, 'utf8'), part)
if (text === undefined) {
  process.stderr.write(`give one of: ${PRINTED.map(({ file }) => file).join(', ')}\n`)
  process.exitCode = 2
} else writeFileSync(path, text)
