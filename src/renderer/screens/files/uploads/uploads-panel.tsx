/**
 * What is being added, with progress and cancel for each file. Promises to show what failed before
 * what waits, to move its bars by transform, and to be gone once it was read. Says the end aloud,
 * never the way there.
 */
import { RotateCw, X } from 'lucide-react'
import { useEffect } from 'react'
import { useStore } from 'zustand'
import { errorWords } from '../../../../node/words/error-words.ts'
import { announce } from '../../../parts/announce.tsx'
import { Button } from '../../../parts/button.tsx'
import { Name, plain } from '../../../parts/name.tsx'
import { ErrorNote } from '../../../parts/notes.tsx'
import { t, words } from '../../../words.ts'
import { dismissImport, type Import, imports, uploader } from './arrivals.ts'
import { sumsOf, type Upload, type UploadSums } from './uploader.ts'

/** Lines that are shown; the others are counted. */
const SHOWN = 8
const ORDER: Readonly<Record<Upload['state'], number>> = {
  failed: 0,
  sending: 1,
  waiting: 2,
  done: 3,
  cancelled: 4,
}

export function UploadsPanel() {
  const { uploads } = useStore(uploader.store)
  const running = useStore(imports)
  const sums = sumsOf(uploads)
  useEffect(() => {
    if (!sums.busy && sums.ended > 0) announce(resultOf(sums), 'uploads')
  }, [sums.busy, sums.ended, sums.failed])
  if (uploads.length === 0 && running.length === 0) return null
  return (
    <section className="uploads" aria-label={t('files.upload.title')}>
      {running.map((one) => (
        <ImportLine key={one.id} one={one} />
      ))}
      {uploads.length > 0 && <Sum sums={sums} />}
      <ul className="upload-list">
        {linesOf(uploads).map((upload) => (
          <UploadLine key={upload.id} upload={upload} />
        ))}
      </ul>
      {uploads.length > SHOWN && (
        <p className="upload-more">{t('files.upload.more', { count: uploads.length - SHOWN })}</p>
      )}
    </section>
  )
}

function linesOf(uploads: readonly Upload[]): Upload[] {
  return uploads.toSorted((one, other) => ORDER[one.state] - ORDER[other.state]).slice(0, SHOWN)
}

function resultOf({ ended, failed }: UploadSums): string {
  if (ended === 0 && failed === 0) return t('files.upload.none')
  return failed > 0
    ? t('files.upload.doneSome', { count: ended, failed })
    : t('files.upload.done', { count: ended })
}

function Sum({ sums }: { readonly sums: UploadSums }) {
  const { busy, ended, files, sent, bytes } = sums
  return (
    <header className="upload-head">
      <h2 className="upload-title">
        {busy ? t('files.upload.sum', { ended, count: files, sent, bytes }) : resultOf(sums)}
      </h2>
      {busy ? (
        <Button kind="quiet" onPress={() => uploader.cancelAll()}>
          {t('files.upload.cancelAll')}
        </Button>
      ) : (
        <Button kind="quiet" onPress={() => uploader.dismiss()}>
          {t('common.close')}
        </Button>
      )}
    </header>
  )
}

function UploadLine({ upload }: { readonly upload: Upload }) {
  const { id, path, size, sent, state, code } = upload
  const isOver = state === 'failed' || state === 'cancelled'
  return (
    <li className="upload" data-state={state}>
      <span className="upload-name">
        <Name of={path} />
      </span>
      <span className="upload-state">
        {state === 'failed' && code !== undefined
          ? errorWords(words, code).what
          : t(`files.upload.state.${state}`, { sent, bytes: size })}
      </span>
      {(state === 'waiting' || state === 'sending') && (
        <Button
          kind="icon"
          aria-label={plain(t('files.upload.cancelOne', { name: path }))}
          onPress={() => uploader.cancel(id)}
        >
          <X size={16} aria-hidden="true" />
        </Button>
      )}
      {isOver && (
        <Button
          kind="icon"
          needsNode
          aria-label={plain(t('files.upload.retryOne', { name: path }))}
          onPress={() => uploader.retry(id)}
        >
          <RotateCw size={16} aria-hidden="true" />
        </Button>
      )}
      {state === 'sending' && <Bar share={size === 0 ? 0 : sent / size} />}
    </li>
  )
}

function Bar({ share }: { readonly share: number }) {
  return (
    <span className="upload-bar" aria-hidden="true">
      <span style={{ transform: `scaleX(${Math.min(1, share)})` }} />
    </span>
  )
}

function ImportLine({ one }: { readonly one: Import }) {
  const { id, progress, error, cancel } = one
  const isOver = error !== undefined || progress?.finished === true
  return (
    <div className="import">
      <header className="upload-head">
        <h2 className="upload-title">
          {progress
            ? t('files.upload.copied', { count: progress.files, bytes: progress.bytes })
            : t('files.upload.title')}
        </h2>
        <Button kind="quiet" onPress={isOver ? () => dismissImport(id) : cancel}>
          {isOver ? t('common.close') : t('common.cancel')}
        </Button>
      </header>
      {error && <ErrorNote error={error} />}
      {progress && !isOver && (
        <p className="upload-more">
          <Name of={progress.path} />
        </p>
      )}
    </div>
  )
}
