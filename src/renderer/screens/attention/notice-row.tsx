/** What happened once: what, when, what a person may want to look at, and the way to say that it is known. */
import { Check } from 'lucide-react'
import { noticeWords } from '../../../node/words/notice-words.ts'
import { useApi } from '../../connection/api-context.ts'
import { announce } from '../../parts/announce.tsx'
import { Button } from '../../parts/button.tsx'
import { plain, Said } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { useAction } from '../../parts/use-action.ts'
import { filesHref } from '../../routes.ts'
import { t, words } from '../../words.ts'
import type { AttentionItem } from './attention.ts'
import { CopyDetails } from './copy-details.tsx'

interface RowProps {
  readonly item: Extract<AttentionItem, { readonly cause: 'notice' }>
  readonly device: string
}

export function NoticeRow({ item: { key, notice, folder }, device }: RowProps) {
  const { calls } = useApi()
  const { what, next } = noticeWords(words, notice, folder?.name)
  const since = t('notice.since', { sinceMs: notice.sinceMs })
  const dismiss = useAction(async () => {
    await calls.notices.dismiss({ notice: notice.id })
    announce(t('notice.dismissed'))
  })
  return (
    <li className="problem" data-item={key} tabIndex={-1}>
      <div className="row-main">
        <h3 className="row-title">
          <Said>{what}</Said>
        </h3>
        <p>
          <Said>{next}</Said>
        </p>
        <p className="note-code">{since}</p>
        {dismiss.error && <ErrorNote error={dismiss.error} />}
      </div>
      <div className="problem-actions">
        <Button
          needsNode
          isPending={dismiss.isRunning}
          aria-label={plain(t('notice.dismissFor', { what }))}
          onPress={() => void dismiss.run()}
        >
          <Check size={16} aria-hidden="true" />
          {t('notice.dismiss')}
        </Button>
        {folder && (
          <a className="button button-plain" href={filesHref(folder.id)}>
            {t('attention.toFiles')}
          </a>
        )}
        <CopyDetails of={notice.code} text={() => [device, what, next, since, notice.id].join('\n')} />
      </div>
    </li>
  )
}
