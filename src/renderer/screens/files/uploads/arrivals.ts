/**
 * What is being added to folders from this page, whatever screen is on. Promises that leaving the
 * files does not end a sending, and that closing the page while one goes on asks first.
 */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ImportProgress } from '../../../../node/api/node-port.ts'
import type { ApiCalls } from '../../../connection/api.ts'
import { type CallError, toCallError } from '../../../connection/call-error.ts'
import { sendFile } from './send.ts'
import { sumsOf, Uploader } from './uploader.ts'

export const uploader = new Uploader({
  send: sendFile,
  newId: () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
      '',
    ),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  codeOf: (error) => toCallError(error).code,
})

/** A copy made by the node itself, which the desktop asks for by paths. */
export interface Import {
  readonly id: number
  readonly folder: string
  readonly progress: ImportProgress | undefined
  readonly error: CallError | undefined
  readonly cancel: () => void
}

export const imports: StoreApi<readonly Import[]> = createStore(() => [])

let lastId = 0

/** Resolves when everything is there, or rejects with what stopped it; the store says the same. */
export async function importPaths(
  calls: ApiCalls,
  folder: string,
  directory: string,
  paths: readonly string[],
): Promise<void> {
  const id = ++lastId
  const control = new AbortController()
  const { signal } = control
  const cancel = (): void => control.abort()
  imports.setState(
    [...imports.getState(), { id, folder, progress: undefined, error: undefined, cancel }],
    true,
  )
  try {
    for await (const progress of await calls.files.import(
      { folder, directory, paths: [...paths] },
      { signal },
    ))
      change(id, { progress })
  } catch (error) {
    if (signal.aborted) dismissImport(id)
    else change(id, { error: toCallError(error) })
  }
}

function change(id: number, part: Partial<Import>): void {
  imports.setState(
    imports.getState().map((one) => (one.id === id ? { ...one, ...part } : one)),
    true,
  )
}

export function dismissImport(id: number): void {
  imports.setState(
    imports.getState().filter((one) => one.id !== id),
    true,
  )
}

window.addEventListener('beforeunload', (event) => {
  if (sumsOf(uploader.store.getState().uploads).busy) event.preventDefault()
})
