/**
 * The figures of one transfer, written into its row with every snapshot. Promises that React has
 * nothing to do with it: a bar moves by transform, a text is replaced.
 */
import { useLayoutEffect, useRef } from 'react'
import type { Transfers } from '../../../node/api/node-port.ts'
import { useTransfersStore } from '../../stores/transfers-store.ts'
import { t, words } from '../../words.ts'
import { percentOf, shareOf } from './movement.ts'

export function useFigures(id: string) {
  const bar = useRef<HTMLDivElement>(null)
  const percent = useRef<HTMLSpanElement>(null)
  const done = useRef<HTMLSpanElement>(null)
  const rate = useRef<HTMLSpanElement>(null)
  const reused = useRef<HTMLSpanElement>(null)
  useLayoutEffect(() => {
    const write = (transfers: Transfers | undefined): void => {
      const transfer = transfers?.active.find((one) => one.id === id)
      if (!transfer) return
      const whole = percentOf(transfer)
      bar.current?.setAttribute('aria-valuenow', String(whole))
      bar.current?.style.setProperty('--share', shareOf(transfer).toFixed(4))
      say(percent.current, t('transfers.percent', { percent: whole }))
      say(done.current, t('transfers.doneOf', { done: transfer.done, bytes: transfer.size }))
      say(rate.current, transfer.rate > 0 ? words.rate(transfer.rate) : '')
      say(reused.current, t('transfers.reused', { bytes: transfer.reused }))
    }
    write(useTransfersStore.getState().transfers)
    return useTransfersStore.subscribe(({ transfers }) => write(transfers))
  })
  return { bar, percent, done, rate, reused }
}

function say(element: HTMLElement | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text
}
