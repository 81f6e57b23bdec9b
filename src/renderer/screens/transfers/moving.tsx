/** What moves now, oldest first: one row each, whose figures are written by the store. */
import { memo } from 'react'
import { plain } from '../../parts/name.tsx'
import { t } from '../../words.ts'
import { useTransfersStore } from '../../stores/transfers-store.ts'
import { FileOfTransfer } from './file-of-transfer.tsx'
import { areSameFacts, type MovingFacts, movingFacts } from './movement.ts'
import { useFigures } from './use-figures.ts'
import { useSnapshot } from './use-snapshot.ts'

export function Moving() {
  const rows = useSnapshot(movingFacts, areSameFacts) ?? []
  const count = useTransfersStore(({ transfers }) => transfers?.activeCount ?? 0)
  return (
    <section className="panel transfers-panel" aria-labelledby="moving-now">
      <h2 id="moving-now" className="panel-title">
        {t('transfers.movingCount', { count })}
      </h2>
      {count === 0 && <p className="panel-empty">{t('transfers.between')}</p>}
      {rows.length > 0 && (
        <ul className="rows rows-inner">
          {rows.map((facts) => (
            <Row key={facts.id} {...facts} />
          ))}
        </ul>
      )}
      {count > rows.length && (
        <p className="transfers-more panel-note">
          {t('transfers.moreMoving', { count: count - rows.length })}
        </p>
      )}
    </section>
  )
}

const Row = memo(function Row({ isReusing, ...facts }: MovingFacts) {
  const { bar, percent, done, rate, reused } = useFigures(facts.id)
  return (
    <li className="transfer">
      <FileOfTransfer transfer={facts}>
        {facts.resumed && <span>{t('transfers.resumed')}</span>}
        {isReusing && <span ref={reused} />}
      </FileOfTransfer>
      <p className="transfer-figures">
        <span className="transfer-percent" ref={percent} />
        <span ref={done} />
        <span className="transfer-rate" ref={rate} />
      </p>
      <div
        className="transfer-bar"
        ref={bar}
        role="progressbar"
        aria-label={plain(t('transfers.progressOf', { path: facts.path }))}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span />
      </div>
    </li>
  )
}, isSameRow)

function isSameRow(one: MovingFacts, other: MovingFacts): boolean {
  return areSameFacts([one], [other])
}
