/** In place of what is shown of the status, until there is one: a skeleton, or why there is none. */
import { useApi } from '../connection/api-context.ts'
import { ErrorNote, Skeleton } from '../parts/notes.tsx'
import { useStatusStore } from '../stores/status-store.ts'

export function StatusLoading() {
  const api = useApi()
  const error = useStatusStore((state) => state.error)
  return error ? <ErrorNote error={error} onRetry={api.restart} /> : <Skeleton />
}
