/**
 * Both directions in all: how fast, how much is left, how long it takes. Promises no time before the
 * node gives one.
 */
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useShallow } from 'zustand/react/shallow'
import type { Transfers } from '../../../node/api/node-port.ts'
import { useIsLive } from '../../stores/status-store.ts'
import { useTransfersStore } from '../../stores/transfers-store.ts'
import { t, words } from '../../words.ts'
import { useIsMoving } from './use-snapshot.ts'

export function Totals() {
  return (
    <section className="totals" aria-label={t('transfers.totals')}>
      <Way direction="in" />
      <Way direction="out" />
    </section>
  )
}

const TO_GO = { in: 'transfers.toGoIn', out: 'transfers.toGoOut' } as const
const NOTHING = { in: 'transfers.nothingIn', out: 'transfers.nothingOut' } as const

function Way({ direction }: { readonly direction: 'in' | 'out' }) {
  const isLive = useIsLive()
  const { rate, rest, eta } = useTransfersStore(
    useShallow(({ transfers }) => sentencesOf(transfers?.[direction], direction)),
  )
  const isMoving = useIsMoving() && isLive
  const Icon = direction === 'in' ? ArrowDown : ArrowUp
  return (
    <div className="way">
      <h2 className="way-title">
        <Icon size={18} aria-hidden="true" />
        {t(`transfers.${direction}`)}
      </h2>
      {isMoving && rate !== '' ? (
        <p className="way-rate">{rate}</p>
      ) : (
        <p className="way-rate way-still">{t(isLive ? 'transfers.rateNone' : 'frame.unknown')}</p>
      )}
      <p className="way-rest">
        {rest}
        {isMoving && eta !== '' && <span className="way-eta">{t('transfers.eta', { duration: eta })}</span>}
      </p>
    </div>
  )
}

/** As texts: most snapshots change none of them. */
function sentencesOf(way: Transfers['in'] | undefined, direction: 'in' | 'out') {
  if (!way) return { rate: '', rest: '', eta: '' }
  const { rate, items, bytes, etaMs } = way
  return {
    rate: rate > 0 ? words.rate(rate) : '',
    rest: items > 0 || bytes > 0 ? t(TO_GO[direction], { count: items, bytes }) : t(NOTHING[direction]),
    eta: etaMs === undefined ? '' : words.duration(etaMs),
  }
}
