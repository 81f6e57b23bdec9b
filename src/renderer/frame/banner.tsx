/**
 * Says that the node cannot be reached, since when, and what happens next. Promises to be there
 * exactly while it is true. The seconds are not announced: the live region says it once.
 */
import { Unplug } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { NodeReport } from '../../node/api/desktop-bridge.ts'
import { errorWords } from '../../node/words/error-words.ts'
import { useApi } from '../connection/api-context.ts'
import { findDesktop } from '../connection/desktop.ts'
import { Button } from '../parts/button.tsx'
import { Said } from '../parts/name.tsx'
import { useConnection } from '../stores/connection-store.ts'
import { t, words } from '../words.ts'

const TICK_MS = 500

export function Banner() {
  const phase = useConnection((state) => state.phase)
  const nodeReport = useConnection((state) => state.nodeReport)
  const api = useApi()
  if (phase.kind === 'refused') {
    const { what, next } = errorWords(words, phase.code)
    return (
      <Bar what={`${what} ${next}`} next={t('common.errorCode', { code: phase.code })} onRetry={api.retry} />
    )
  }
  // Whatever the connection says: a node that failed does not come back by itself.
  if (nodeReport?.state === 'failed') return <NodeFailed report={nodeReport} />
  if (phase.kind !== 'lost') return null
  const what = t('frame.banner.lost', { sinceMs: phase.sinceMs })
  if (nodeReport?.state === 'starting') return <Bar what={what} next={t('frame.banner.starting')} />
  return <Bar what={what} next={<Countdown untilMs={phase.retryAtMs} />} onRetry={api.retry} />
}

/** Desktop only: main has given up, and says where it wrote why. */
function NodeFailed({ report }: { readonly report: NodeReport }) {
  const { code = 'INTERNAL', logPath } = report
  const { what, next } = errorWords(words, code)
  return (
    <Bar
      what={t('frame.banner.failed', { what })}
      next={
        <>
          {next} {logPath !== undefined && <Said>{t('frame.banner.log', { path: logPath })}</Said>}
        </>
      }
      label={t('frame.banner.startNode')}
      onRetry={() => void findDesktop()?.startNode()}
    />
  )
}

interface BarProps {
  readonly what: string
  readonly next: React.ReactNode
  readonly onRetry?: () => void
  /** Of the button; absent: the usual words. */
  readonly label?: string
}

function Bar({ what, next, onRetry, label = t('frame.banner.retryNow') }: BarProps) {
  return (
    <section className="banner" aria-label={what}>
      <Unplug size={18} aria-hidden="true" />
      <p className="banner-text">
        <strong>{what}</strong> <span className="banner-next">{next}</span>
      </p>
      {onRetry && (
        <Button kind="quiet" onPress={onRetry}>
          {label}
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
