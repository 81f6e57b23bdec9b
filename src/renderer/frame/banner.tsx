/**
 * Says that the node cannot be reached, since when, and what happens next. Promises to be there
 * exactly while it is true. The seconds are not announced: the live region says it once.
 */
import { Unplug } from 'lucide-react'
import { useEffect, useState } from 'react'
import { errorWords } from '../../node/words/error-words.ts'
import { useApi } from '../connection/api-context.ts'
import { Button } from '../parts/button.tsx'
import { useConnection } from '../stores/connection-store.ts'
import { t, words } from '../words.ts'

const TICK_MS = 500

export function Banner() {
  const phase = useConnection((state) => state.phase)
  const nodeState = useConnection((state) => state.nodeState)
  const api = useApi()
  if (phase.kind === 'refused') {
    const { what, next } = errorWords(words, phase.code)
    return (
      <Bar what={`${what} ${next}`} next={t('common.errorCode', { code: phase.code })} onRetry={api.retry} />
    )
  }
  if (phase.kind !== 'lost') return null
  const what = t('frame.banner.lost', { sinceMs: phase.sinceMs })
  if (nodeState === 'starting') return <Bar what={what} next={t('frame.banner.starting')} />
  return <Bar what={what} next={<Countdown untilMs={phase.retryAtMs} />} onRetry={api.retry} />
}

interface BarProps {
  readonly what: string
  readonly next: React.ReactNode
  readonly onRetry?: () => void
}

function Bar({ what, next, onRetry }: BarProps) {
  return (
    <section className="banner" aria-label={what}>
      <Unplug size={18} aria-hidden="true" />
      <p className="banner-text">
        <strong>{what}</strong> <span className="banner-next">{next}</span>
      </p>
      {onRetry && (
        <Button kind="quiet" onPress={onRetry}>
          {t('frame.banner.retryNow')}
        </Button>
      )}
    </section>
  )
}

function Countdown({ untilMs }: { readonly untilMs: number | undefined }) {
  const [nowMs, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  if (untilMs === undefined || untilMs <= nowMs) return t('frame.banner.retrying')
  const count = Math.ceil((untilMs - nowMs) / 1_000)
  return t('frame.banner.retryIn', { duration: t('common.seconds', { count }) })
}
