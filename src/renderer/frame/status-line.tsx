/**
 * One sentence for all folders. Promises to show what the node said of the folder that matters
 * most, word for word, and no word at all while the node is not reachable.
 */
import { mostUrgent } from '../../node/words/overall.ts'
import { reasonText, wordText } from '../../node/words/status-words.ts'
import { Said } from '../parts/name.tsx'
import { StateIcon } from '../parts/state.tsx'
import { hrefOf } from '../routes.ts'
import { useConnection } from '../stores/connection-store.ts'
import { useIsLive, useStatus } from '../stores/status-store.ts'
import { t, words } from '../words.ts'

export function StatusLine() {
  return (
    <footer className="status-line" aria-label={t('frame.statusLine')} data-region tabIndex={-1}>
      <Sentence />
    </footer>
  )
}

function Sentence() {
  const isLive = useIsLive()
  const isConnecting = useConnection(({ phase }) => phase.kind === 'connecting' || phase.kind === 'live')
  const folders = useStatus((status) => status.folders)
  if (!isLive || !folders)
    return <Line word="unknown" text={t(isConnecting ? 'frame.overall.connecting' : 'frame.overall.lost')} />
  const first = mostUrgent(folders)
  if (!first) return <Line word="unknown" text={t('frame.overall.none')} />
  const { word } = first.status
  if (word === 'safe') {
    const count = folders.reduce((sum, { files }) => sum + files, 0)
    return <Line word={word} label={wordText(words, word)} text={t('frame.overall.safe', { count })} />
  }
  const text = t('frame.overall.folder', { folder: first.name, reason: reasonText(words, first.status) })
  return (
    <>
      <Line word={word} label={wordText(words, word)} text={text} />
      {word === 'needs-you' && (
        <a className="status-link" href={hrefOf('attention')}>
          {t('folders.action.attention')}
        </a>
      )}
    </>
  )
}

interface LineProps {
  readonly word: Parameters<typeof StateIcon>[0]['word']
  readonly label?: string
  readonly text: string
}

function Line({ word, label, text }: LineProps) {
  return (
    <p className="status-sentence">
      <StateIcon word={word} />
      {label !== undefined && <strong className={`state-text state-${word}`}>{label}</strong>}
      <span className="status-reason">
        <Said>{text}</Said>
      </span>
    </p>
  )
}
