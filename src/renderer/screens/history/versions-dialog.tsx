/**
 * All contents that a path had, as this and all connected devices remember it. Promises to say of
 * each when, by whom, how large and who keeps it; that what is restored is said to replace what is
 * there before anything is pressed; and that nothing is offered that nobody keeps.
 */
import { RotateCcw } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { PastContent, PathHistory } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { toCallError } from '../../connection/call-error.ts'
import { announce } from '../../parts/announce.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { plain, Said } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useStatus } from '../../stores/status-store.ts'
import { listed, t, words } from '../../words.ts'
import { nameOf } from '../files/copies.ts'
import './history.css'
import { authorKey, canRestore, holdersOf, isOfOneHolder, timeKey } from './past.ts'
import { useAsked } from './use-asked.ts'
import { type DeviceNames, useDeviceNames } from './use-device-names.ts'

interface VersionsDialogProps {
  readonly folder: string
  readonly path: string
  readonly onClose: () => void
}

export function VersionsDialog({ folder, path, onClose }: VersionsDialogProps) {
  const { calls } = useApi()
  const names = useDeviceNames()
  const asked = useAsked(path, (signal) => calls.versions.history({ folder, path }, { signal }))
  const [wanted, setWanted] = useState<PastContent>()
  const list = useRef<HTMLDivElement>(null)
  const restore = useAction(async (content: PastContent) => {
    setWanted(content)
    await restoreFromAny(content, names.self, ({ device, version }) =>
      calls.versions.restore({ folder, version, device }),
    )
    announce(t('history.versions.done'))
    // The button that was pressed goes with the row's state.
    list.current?.focus()
    asked.again()
  })
  const restored = restore.isRunning || restore.error ? undefined : wanted
  useAskUntil(isThere(restored, asked.answer), folder, asked.again)
  const name = nameOf(path)
  return (
    <Dialog title={<Said>{t('history.versions.title', { name })}</Said>} onClose={onClose}>
      <p className="dialog-text">{t('history.versions.before')}</p>
      {restore.error && <ErrorNote error={restore.error} />}
      {restored && <p className="history-result">{t('history.versions.done')}</p>}
      {asked.error && <ErrorNote error={asked.error} onRetry={asked.again} />}
      {!asked.answer && !asked.error && <p role="status">{t('history.versions.asking')}</p>}
      {asked.answer && (
        <div ref={list} tabIndex={-1} className="history-focus">
          <Contents
            history={asked.answer}
            name={name}
            names={names}
            coming={restore.isRunning ? wanted : undefined}
            onRestore={(content) => void restore.run(content)}
          />
        </div>
      )}
      <div className="dialog-buttons">
        <Button onPress={onClose}>{t('common.close')}</Button>
      </div>
    </Dialog>
  )
}

function isThere(restored: PastContent | undefined, history: PathHistory | undefined): boolean {
  if (!restored || !history) return true
  return history.entries.some(({ state, hash }) => state === 'current' && hash === restored.hash)
}

/** What was restored is history when the folder's next scan has seen it: its revision tells. */
function useAskUntil(isThere: boolean, folder: string, again: () => void): void {
  const revision = useStatus(({ folders }) => folders.find(({ id }) => id === folder)?.revision)
  const last = useRef(revision)
  useEffect(() => {
    if (last.current !== revision && !isThere) again()
    last.current = revision
  }, [revision, isThere, again])
}

/** From one holder after the other, for as long as the trouble is the holder's. */
async function restoreFromAny(
  content: PastContent,
  self: string,
  restore: (holder: PastContent['copies'][number]) => Promise<unknown>,
): Promise<void> {
  let last: unknown
  for (const holder of holdersOf(content, self))
    try {
      await restore(holder)
      return
    } catch (error) {
      if (!isOfOneHolder(toCallError(error).code)) throw error
      last = error
    }
  throw last
}

interface ContentsProps {
  readonly history: PathHistory
  readonly name: string
  readonly names: DeviceNames
  /** It is being restored now. */
  readonly coming: PastContent | undefined
  readonly onRestore: (content: PastContent) => void
}

function Contents({ history: { entries, missing }, name, names, coming, onRestore }: ContentsProps) {
  return (
    <>
      {entries.length === 0 && <p>{t('history.versions.none')}</p>}
      <ol className="past-list" aria-label={plain(t('history.versions.list', { name }))}>
        {entries.map((content, at) => (
          <li
            key={`${content.state} ${content.hash} ${content.sinceMs}`}
            className={`past past-${content.state}`}
          >
            <Content content={content} nameOf={names.nameOf} />
            {canRestore(content) && (
              <Button
                needsNode
                isPending={content === coming}
                aria-label={restoreLabel(at + 1, content)}
                onPress={() => onRestore(content)}
              >
                <RotateCcw size={16} aria-hidden="true" />
                {t('history.versions.restore')}
              </Button>
            )}
          </li>
        ))}
      </ol>
      {missing.length > 0 && (
        <p className="history-soft">
          <Said>{t('history.versions.missing', { devices: listed(missing.map(names.nameOf)) })}</Said>
        </p>
      )}
    </>
  )
}

function restoreLabel(number: number, { sinceMs }: PastContent): string {
  const context = sinceMs === undefined ? { context: 'never' } : {}
  return t('history.versions.restoreOne', { number, sinceMs, ...context })
}

interface ContentProps {
  readonly content: PastContent
  readonly nameOf: DeviceNames['nameOf']
}

function Content({ content, nameOf }: ContentProps) {
  const { state, kind, size, sinceMs, untilMs, author, copies } = content
  const devices = listed(copies.map(({ device }) => nameOf(device)))
  return (
    <div className="past-said">
      <p className="past-state">
        <Said>{t(`history.state.${state}`, { devices })}</Said>
      </p>
      <p>{t(timeKey(content), { sinceMs, untilMs })}</p>
      <p className="history-soft">
        <Said>{t(authorKey(content), { author: author?.name })}</Said>
      </p>
      {state !== 'deleted' && (kind !== 'file' || size !== undefined) && (
        <p className="history-soft">{kind === 'file' ? words.bytes(size ?? 0) : t(`files.kind.${kind}`)}</p>
      )}
    </div>
  )
}
