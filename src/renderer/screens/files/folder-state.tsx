/** What the node says of the folder whose files are on screen, word for word, with the one thing to do. */
import type { FolderView } from '../../../node/api/node-port.ts'
import { reasonText } from '../../../node/words/status-words.ts'
import { Said } from '../../parts/name.tsx'
import { LiveStateIcon, StateText } from '../../parts/state.tsx'
import { hrefOf } from '../../routes.ts'
import { useIsLive } from '../../stores/status-store.ts'
import { t, words } from '../../words.ts'

export function FolderState({ view }: { readonly view: FolderView }) {
  const isLive = useIsLive()
  const { word } = view.status
  return (
    <p className="files-state">
      <LiveStateIcon word={word} />
      <StateText word={word} />
      {isLive && (
        <span className="files-reason">
          <Said>{reasonText(words, view.status)}</Said>
        </span>
      )}
      {isLive && word === 'needs-you' && <a href={hrefOf('attention')}>{t('folders.action.attention')}</a>}
    </p>
  )
}
