/**
 * What surrounds every screen. Promises navigation, the one status sentence, the banner while the
 * node is away, and that old data is greyed and cannot be changed.
 */
import type { ReactNode } from 'react'
import { LiveRegion } from '../parts/announce.tsx'
import type { Place } from '../routes.ts'
import { useConnection } from '../stores/connection-store.ts'
import { useIsLive, useStatusStore } from '../stores/status-store.ts'
import { t } from '../words.ts'
import { Banner } from './banner.tsx'
import { useFrameKeys } from './keys.ts'
import { Navigation } from './navigation.tsx'
import { useNews } from './news.ts'
import { StatusLine } from './status-line.tsx'

export function Frame({ place, children }: { readonly place: Place; readonly children: ReactNode }) {
  useFrameKeys()
  useNews()
  const isLive = useIsLive()
  const hasStatus = useStatusStore(({ status }) => status !== undefined)
  const isLost = useConnection(({ phase }) => phase.kind === 'lost' || phase.kind === 'refused')
  return (
    <div className="frame">
      <a className="skip-link" href="#content" onClick={focusContent}>
        {t('frame.skip')}
      </a>
      <Navigation place={place} />
      <Banner />
      <main
        className="main"
        id="content"
        data-region
        tabIndex={-1}
        {...(isLost && hasStatus && !isLive ? { 'data-stale': '' } : {})}
      >
        {children}
      </main>
      <StatusLine />
      <LiveRegion />
    </div>
  )
}

/** The fragment is the address of the screen: following the link would leave it. */
function focusContent(event: React.MouseEvent): void {
  event.preventDefault()
  document.getElementById('content')?.focus()
}
