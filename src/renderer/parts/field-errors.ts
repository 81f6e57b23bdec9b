/**
 * Which field of a dialog an error belongs to. Promises that every error is shown somewhere: what
 * belongs to no field is left over for the dialog itself.
 */
import { errorWords } from '../../node/words/error-words.ts'
import type { CallError } from '../connection/call-error.ts'
import { words } from '../words.ts'

/** Codes and the field they speak of. */
export type FieldsOfCodes = Readonly<Record<string, string>>

export interface FieldErrors {
  /** Field name to sentence, as react-aria's Form takes it. */
  readonly fields: Record<string, string>
  /** The error, when no field shows it. */
  readonly rest: CallError | undefined
}

export function fieldErrors(
  error: CallError | undefined,
  codes: FieldsOfCodes,
  names: readonly string[],
): FieldErrors {
  if (!error) return { fields: {}, rest: undefined }
  // The contract names the field itself, "addresses.0" for one of a list.
  const at = String(error.facts['at'] ?? '').split('.')[0] ?? ''
  const field = codes[error.code] ?? (error.code === 'BAD_INPUT' && names.includes(at) ? at : undefined)
  if (field === undefined) return { fields: {}, rest: error }
  const { what, next } = errorWords(words, error.code, error.facts)
  return { fields: { [field]: `${what} ${next}` }, rest: undefined }
}
