/**
 * "Nothing is moving", and what that means: for each folder the node's own word and reason. Promises
 * never to call a standstill finished.
 */
import type { FolderView } from '../../../node/api/node-port.ts'
import { reasonText, wordText } from '../../../node/words/status-words.ts'
import { FoldedSheets } from '../../parts/notes.tsx'
import { Name, Said } from '../../parts/name.tsx'
import { LiveStateIcon, StateText } from '../../parts/state.tsx'
import { filesHref, hrefOf } from '../../routes.ts'
import { useIsLive, useStatus } from '../../stores/status-store.ts'
import { t, words } from '../../words.ts'
import { byUrgency, type Rest, restOf } from './movement.ts'

const TITLES: Readonly<Record<Rest, 'title' | 'titleSyncing' | 'titleWaiting' | 'titleNeedsYou'>> = {
  none: 'title',
  safe: 'title',
  syncing: 'titleSyncing',
  waiting: 'titleWaiting',
  'needs-you': 'titleNeedsYou',
}

export function AtRest() {
  const isLive = useIsLive()
  const folders = useStatus((status) => status.folders)
  if (!folders) return null
  const rest = restOf(folders)
  return (
    <section className="panel at-rest">
      <div className="at-rest-head">
        <FoldedSheets />
        <div className="at-rest-text">
          <h2 className="at-rest-title">
            {t(isLive ? `transfers.rest.${TITLES[rest]}` : 'transfers.rest.titleUnknown')}
          </h2>
          {isLive && <Meaning rest={rest} />}
        </div>
      </div>
      {rest !== 'none' && (
        <ul className="at-rest-folders" aria-label={t('transfers.rest.folders')}>
          {byUrgency(folders).map((folder) => (
            <FolderState key={folder.id} folder={folder} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Meaning({ rest }: { readonly rest: Rest }) {
  if (rest === 'safe') return <p className="panel-note">{t('transfers.rest.safe')}</p>
  if (rest === 'none')
    return (
      <p className="panel-note">
        {t('transfers.rest.none')} <a href={hrefOf('folders')}>{t('transfers.rest.toFolders')}</a>
      </p>
    )
  if (rest === 'needs-you')
    return (
      <p>
        <a className="button button-plain" href={hrefOf('attention')}>
          {t('folders.action.attention')}
        </a>
      </p>
    )
  return <p className="panel-note">{t(`transfers.rest.${rest}`)}</p>
}

function FolderState({ folder }: { readonly folder: FolderView }) {
  const isLive = useIsLive()
  const { status } = folder
  return (
    <li className="at-rest-folder">
      <LiveStateIcon word={status.word} />
      <div className="row-main">
        <a href={filesHref(folder.id)} className="at-rest-name">
          <Name of={folder.name} />
        </a>
        <p>
          <StateText word={status.word} />
          {isLive && (
            <>
              {' '}
              <Said>{reasonText(words, status)}</Said>
            </>
          )}
        </p>
        {isLive && status.also && (
          <p className="state-also">
            {wordText(words, status.also.word)}: <Said>{reasonText(words, status.also)}</Said>
          </p>
        )}
      </div>
    </li>
  )
}
