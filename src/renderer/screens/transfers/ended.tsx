/**
 * What ended since the node started: what failed, with the reason and the next step, then what
 * arrived. Says that earlier ones are not known rather than looking as if there were none.
 */
import { Check, CircleX } from 'lucide-react'
import { memo, useState } from 'react'
import type { Transfer } from '../../../node/api/node-port.ts'
import { errorWords } from '../../../node/words/error-words.ts'
import { Button } from '../../parts/button.tsx'
import { t, words } from '../../words.ts'
import { FileOfTransfer } from './file-of-transfer.tsx'
import { averageRate, areSameEnded, endedOf, isPartSent } from './movement.ts'
import { useSnapshot } from './use-snapshot.ts'

/** Rows of each kind that are shown at first. */
const SHOWN = 10

export function Ended() {
  const { failed, done } = useSnapshot(
    endedOf,
    (one, other) => areSameEnded(one.failed, other.failed) && areSameEnded(one.done, other.done),
  ) ?? { failed: [], done: [] }
  const isEmpty = failed.length + done.length === 0
  return (
    <section className="panel transfers-panel" aria-labelledby="ended">
      <h2 id="ended" className="panel-title">
        {t('transfers.ended')}
      </h2>
      {isEmpty && <p className="panel-empty">{t('transfers.endedNone')}</p>}
      <List title={t('transfers.failed')} transfers={failed} />
      <List title={t('transfers.done')} transfers={done} />
      {!isEmpty && <p className="transfers-more panel-note">{t('transfers.endedNote')}</p>}
    </section>
  )
}

function List({ title, transfers }: { readonly title: string; readonly transfers: readonly Transfer[] }) {
  const [isWhole, setWhole] = useState(false)
  if (transfers.length === 0) return null
  const shown = isWhole ? transfers : transfers.slice(0, SHOWN)
  return (
    <>
      <ul className="rows rows-inner" aria-label={title}>
        {shown.map((transfer) => (
          <Row key={transfer.id} transfer={transfer} />
        ))}
      </ul>
      {shown.length < transfers.length && (
        <p className="transfers-more">
          <Button onPress={() => setWhole(true)}>
            {t('transfers.showAll', { count: transfers.length - shown.length })}
          </Button>
        </p>
      )}
    </>
  )
}

function outcomeOf(transfer: Transfer): string {
  if (transfer.state === 'failed') return t('transfers.failed')
  return t(isPartSent(transfer) ? 'transfers.sent' : 'transfers.done')
}

const Row = memo(
  function Row({ transfer }: { readonly transfer: Transfer }) {
    const { state, size, done, reused, resumed, endedMs, code } = transfer
    const rate = averageRate(transfer)
    const hasFailed = state === 'failed'
    const Icon = hasFailed ? CircleX : Check
    return (
      <li className={hasFailed ? 'transfer transfer-failed' : 'transfer'}>
        <FileOfTransfer transfer={transfer} icon={<Icon size={18} aria-hidden="true" />}>
          {resumed && <span>{t('transfers.hasResumed')}</span>}
          {reused > 0 && <span>{t('transfers.reused', { bytes: reused })}</span>}
          {rate !== undefined && <span>{t('transfers.averageRate', { rate: words.rate(rate) })}</span>}
        </FileOfTransfer>
        <p className="transfer-figures">
          <strong className="transfer-outcome">{outcomeOf(transfer)}</strong>
          {endedMs !== undefined && (
            <time dateTime={new Date(endedMs).toISOString()}>{words.time(endedMs)}</time>
          )}
          {isPartSent(transfer) && <span>{t('transfers.doneOf', { done, bytes: size })}</span>}
          {!hasFailed && !isPartSent(transfer) && <span>{words.bytes(size)}</span>}
        </p>
        {hasFailed && <Reason code={code ?? 'INTERNAL'} transfer={transfer} />}
      </li>
    )
  },
  (one, other) => one.transfer.id === other.transfer.id && one.transfer.state === other.transfer.state,
)

function Reason({ code, transfer: { done, size } }: { readonly code: string; readonly transfer: Transfer }) {
  const { what, next } = errorWords(words, code)
  return (
    <div className="transfer-reason">
      <p>
        <strong>{what}</strong> {next}
      </p>
      <p className="note-code">
        {done > 0 && <span>{t('transfers.failedAfter', { done, bytes: size })}</span>}
        <span>{t('common.errorCode', { code })}</span>
      </p>
    </div>
  )
}
