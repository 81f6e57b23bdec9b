/**
 * A small file that knows whether it is whole: a line with the SHA-256 of the rest stands before it.
 * Promises that damaged bytes are told and then count as absent. Never for what has no other source:
 * its absence must mean something safe.
 */
import { createHash } from 'node:crypto'

/** As much of a HomeFile as is needed here. */
export interface WholeFile {
  read(): Promise<Uint8Array | undefined>
  replace(bytes: Uint8Array): Promise<void>
}

export function checkedFile(file: WholeFile, onDamage: () => void): WholeFile {
  return {
    async read() {
      const bytes = await file.read()
      if (bytes === undefined) return undefined
      const end = bytes.indexOf(0x0a)
      const content = bytes.subarray(end + 1)
      if (Buffer.from(bytes.subarray(0, end + 1)).toString('latin1') === headOf(content)) return content
      onDamage()
      return undefined
    },
    replace: (bytes) => file.replace(Buffer.concat([Buffer.from(headOf(bytes)), bytes])),
  }
}

function headOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}\n`
}
