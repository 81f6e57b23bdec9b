/**
 * From a drop or a choice to files that are sent. Promises that nothing is sent before the answers
 * to what has to be asked: more than a gigabyte, and names that are taken.
 */
import { useRef, useState } from 'react'
import type { ApiCalls } from '../../../connection/api.ts'
import { type CallError, toCallError } from '../../../connection/call-error.ts'
import { useApi } from '../../../connection/api-context.ts'
import { findDesktop } from '../../../connection/desktop.ts'
import { importPaths, uploader } from './arrivals.ts'
import { type Chosen, type Dropped, type LocalFile, readDropped } from './dropped.ts'
import { existingPaths, type LookUp } from './existing.ts'
import { type Planned, pathIn, planOf, takenOf } from './plan.ts'

export type Answer = 'all' | 'free' | 'none'

export type Question =
  | { readonly kind: 'large'; readonly plan: Planned; readonly answer: (answer: Answer) => void }
  | { readonly kind: 'taken'; readonly paths: readonly string[]; readonly answer: (answer: Answer) => void }

export interface Adding {
  readonly addDropped: (dropped: Dropped) => void
  readonly addChosen: (chosen: readonly Chosen[]) => void
  /** Desktop only. */
  readonly addPaths: (paths: readonly string[]) => void
  readonly question: Question | undefined
  /** Names are being looked up. */
  readonly isLooking: boolean
  readonly error: CallError | undefined
  /** The drop held no file. */
  readonly isNothing: boolean
  readonly clear: () => void
}

interface State {
  readonly question?: Question
  readonly isLooking?: boolean
  readonly error?: CallError
  readonly isNothing?: boolean
}

export function useAdding(folder: string, directory: string): Adding {
  const { calls } = useApi()
  const [state, setState] = useState<State>({})
  const busy = useRef(false)
  const ask = (make: (answer: (answer: Answer) => void) => Question): Promise<Answer> =>
    new Promise((resolve) => {
      const answer = (given: Answer): void => {
        setState({})
        resolve(given)
      }
      setState({ question: make(answer) })
    })
  /** One drop after the other: a second question would hide the first. */
  const run = async (work: () => Promise<State>): Promise<void> => {
    if (busy.current) return
    busy.current = true
    setState({ isLooking: true })
    try {
      setState(await work())
    } catch (error) {
      setState({ error: toCallError(error) })
    } finally {
      busy.current = false
    }
  }
  const mayBeLarge = async (chosen: readonly Chosen[]): Promise<boolean> => {
    const plan = planOf(chosen)
    return !plan.large || (await ask((answer) => ({ kind: 'large', plan, answer }))) === 'all'
  }
  const send = async (chosen: readonly Chosen[]): Promise<State> => {
    if (chosen.length === 0) return { isNothing: true }
    if (!(await mayBeLarge(chosen))) return {}
    setState({ isLooking: true })
    const existing = await existingPaths(chosen, directory, lookUpOver(calls, folder, directory))
    const taken = new Set(takenOf(chosen, directory, existing))
    const paths = [...taken].map(({ path }) => path)
    const answer = taken.size === 0 ? 'all' : await ask((give) => ({ kind: 'taken', paths, answer: give }))
    const sent = answer === 'all' ? chosen : answer === 'free' ? chosen.filter((one) => !taken.has(one)) : []
    uploader.add(
      folder,
      sent.map((one) => ({ path: pathIn(directory, one.path), file: one.file, mayReplace: taken.has(one) })),
    )
    return {}
  }
  const copy = async (paths: readonly string[]): Promise<State> => {
    if (paths.length === 0) return { isNothing: true }
    void importPaths(calls, folder, directory, paths)
    return {}
  }
  return {
    addDropped: (dropped) =>
      void run(async () => {
        const paths = pathsOf(dropped.all)
        const reading = readDropped(dropped, new AbortController().signal)
        if (paths === undefined) return send(await reading)
        // The node reads for itself, and names what it cannot read.
        const chosen = await reading.catch(() => [])
        return (await mayBeLarge(chosen)) ? copy(paths) : {}
      }),
    addChosen: (chosen) =>
      void run(async () => {
        const paths = pathsOf(chosen.map(({ file }) => file))
        if (paths === undefined) return send(chosen)
        return (await mayBeLarge(chosen)) ? copy(paths) : {}
      }),
    addPaths: (paths) => void run(() => copy(paths)),
    question: state.question,
    isLooking: state.isLooking ?? false,
    error: state.error,
    isNothing: state.isNothing ?? false,
    clear: () => setState({}),
  }
}

/** Where the files lie, in the desktop window; undefined in a browser, which is not told. */
function pathsOf(files: readonly LocalFile[]): string[] | undefined {
  const desktop = findDesktop()
  if (!desktop) return undefined
  return files.map((file) => desktop.pathForFile(file as File)).filter((path) => path !== '')
}

function lookUpOver(calls: ApiCalls, folder: string, directory: string): LookUp {
  const limit = 1_000
  return {
    browse: (search, offset) =>
      calls.files.browse({ folder, directory, offset, limit, ...(search === '' ? {} : { search }) }),
    list: (under, cursor) =>
      calls.files.list({ folder, under, limit, ...(cursor === undefined ? {} : { cursor }) }),
  }
}
