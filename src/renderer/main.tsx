/**
 * The page's entry: theme, sign-in by the code in the address, connection, screens. Promises that
 * a one-time code never stays in the address or the history.
 */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { ApiProvider } from './connection/api-context.ts'
import { toCallError } from './connection/call-error.ts'
import { connect } from './connection/connect.ts'
import { codeIn, signIn } from './connection/session.ts'
import { restoreTheme } from './frame/theme.ts'
import { hrefOf } from './routes.ts'
import { useConnection } from './stores/connection-store.ts'
import { followStatus } from './stores/status-store.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/frame.css'
import './styles/parts.css'

restoreTheme()
preventStrayDrops()
await signInByAddress()

const api = connect({
  onPhase: (phase) => useConnection.setState({ phase }),
  onNode: (nodeReport) => useConnection.setState({ nodeReport }),
})
followStatus(api)
// A link that is pasted into a tab that shows the page already loads nothing anew.
window.addEventListener('hashchange', () => {
  if (isSignInLink()) void signInByAddress().then(() => api.restart())
})

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <ApiProvider value={api}>
        <App />
      </ApiProvider>
    </StrictMode>,
  )

function isSignInLink(): boolean {
  return location.hash.startsWith('#code=')
}

/** A wrong code is no reason to stop: there may be a session already, and the sign-in screen asks again. */
async function signInByAddress(): Promise<void> {
  if (!isSignInLink()) return
  const code = codeIn(location.hash)
  history.replaceState(null, '', hrefOf('folders'))
  await signIn(code).catch((error: unknown) => useConnection.setState({ signInError: toCallError(error) }))
}

/** A file dropped beside its target would replace the page with the file. */
function preventStrayDrops(): void {
  for (const kind of ['dragover', 'drop'] as const)
    window.addEventListener(kind, (event) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return
      event.preventDefault()
    })
}
