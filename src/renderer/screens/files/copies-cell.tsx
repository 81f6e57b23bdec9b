/**
 * Who has a copy, in a cell and as a list. Promises that both say for every device what the node
 * said, the list in whole sentences.
 */
import type { BrowsedFile, FileCopy } from '../../../node/api/node-port.ts'
import { Name, plain } from '../../parts/name.tsx'
import { useStatusStore } from '../../stores/status-store.ts'
import { t } from '../../words.ts'
import { hasCopyCell, sumOf } from './copies.ts'
import { CopyShape } from './copy-shape.tsx'

/** More sheets than these are a pattern and not a statement. */
const SHAPES_LIMIT = 4

export function CopiesCell({ entry }: { readonly entry: BrowsedFile }) {
  if (!hasCopyCell(entry)) return null
  const { copies } = entry
  return (
    <span
      className="entry-copies"
      title={copies
        .map(({ device, state }) =>
          plain(
            t('files.copies.device', { device: nameNow(device), state: t(`files.copies.state.${state}`) }),
          ),
        )
        .join('\n')}
    >
      {copies.length <= SHAPES_LIMIT && (
        <span className="entry-copies-shapes">
          {copies.map(({ device, state }) => (
            <CopyShape key={device} state={state} />
          ))}
        </span>
      )}
      <span className="entry-copies-text">{sumText(copies)}</span>
    </span>
  )
}

function sumText(copies: readonly FileCopy[]): string {
  const { has, wanted, beside } = sumOf(copies)
  if (beside !== undefined)
    return t('files.copies.some', { has, wanted, state: t(`files.copies.short.${beside}`) })
  return copies.length === 1 ? t('files.copies.alone') : t('files.copies.all', { has, wanted })
}

/** What a device that is away said last may not be so any more: since when is said with it. */
function stateText(device: string, state: FileCopy['state']): string {
  const said = t(`files.copies.state.${state}`)
  const known = useStatusStore.getState().status?.devices.find(({ id }) => id === device)
  if (!known || known.connected) return said
  const { lastSeenMs } = known
  const context = lastSeenMs === 0 ? { context: 'never' } : {}
  return t('files.copies.away', { state: said, sinceMs: lastSeenMs, ...context })
}

export function CopiesList({ entry }: { readonly entry: BrowsedFile }) {
  useStatusStore((state) => state.status?.devices)
  return (
    <section className="detail-copies" aria-label={t('files.copies.title')}>
      <h3 className="detail-heading">{t('files.copies.title')}</h3>
      {!hasCopyCell(entry) && <p className="detail-hint">{t('files.copies.ofEntry')}</p>}
      <ul className="entry-copy-list">
        {entry.copies.map(({ device, state }) => (
          <li key={device} className="entry-copy">
            <CopyShape state={state} />
            <span className="entry-copy-device">
              <Name of={nameNow(device)} />
            </span>
            <span className="entry-copy-said">{stateText(device, state)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** A device's name as the status has it; its id when the status does not know it (any more). */
function nameNow(id: string): string {
  const { status } = useStatusStore.getState()
  if (!status) return id
  if (status.device.id === id) return t('common.thisDevice')
  return status.devices.find((device) => device.id === id)?.name ?? id
}
