/**
 * What moves now, what has ended since the node started, and, when nothing moves, what waits for
 * whom. Promises to be told of transfers only while it is on screen, and not to be rendered for a
 * percent: rows are made once and written into.
 */
import { useEffect } from 'react'
import { Screen } from '../../frame/screen.tsx'
import { announce } from '../../parts/announce.tsx'
import { Skeleton } from '../../parts/notes.tsx'
import { useFollowTransfers, useTransfersStore } from '../../stores/transfers-store.ts'
import { t } from '../../words.ts'
import { AtRest } from './at-rest.tsx'
import { Ended } from './ended.tsx'
import { newsOf } from './movement.ts'
import { Moving } from './moving.tsx'
import { Totals } from './totals.tsx'
import { useIsMoving } from './use-snapshot.ts'
import './transfers.css'

export function TransfersScreen() {
  useFollowTransfers()
  useResults()
  const isKnown = useTransfersStore(({ transfers }) => transfers !== undefined)
  const isMoving = useIsMoving()
  return (
    <Screen title={t('transfers.title')} name={t('transfers.title')}>
      {!isKnown && <Skeleton />}
      {isKnown && (
        <div className="panels">
          <Totals />
          {isMoving ? <Moving /> : <AtRest />}
          <Ended />
        </div>
      )}
    </Screen>
  )
}

/** Says aloud what has come to an end. */
function useResults(): void {
  useEffect(
    () =>
      useTransfersStore.subscribe(({ transfers }, { transfers: before }) => {
        if (!transfers || !before) return
        const { failed, allDone } = newsOf(before, transfers)
        if (failed > 0) announce(t('transfers.said.failed', { count: failed }), 'transfers')
        else if (allDone) announce(t('transfers.said.allDone'), 'transfers')
      }),
    [],
  )
}
