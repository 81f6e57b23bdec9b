/**
 * What is known of one entry. Promises every fact that the node gave, the copies in whole
 * sentences, and the actions of the row. Never shows content: a file is downloaded or shown in the
 * file manager, not rendered.
 */
import { ArrowDownToLine, FolderOpen, History, RotateCcw, Trash2, X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { BrowsedFile } from '../../../node/api/node-port.ts'
import { findDesktop } from '../../connection/desktop.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Name, plain } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { useAction } from '../../parts/use-action.ts'
import { filesHref, hrefOf } from '../../routes.ts'
import { t, words } from '../../words.ts'
import type { AskedHistory, MomentSubject } from '../history/asked.ts'
import { CopiesList } from './copies-cell.tsx'
import { directoryOf, modeText, nameOf } from './copies.ts'
import { EntryIcon } from './entry-icon.tsx'
import { contentUrl } from './uploads/plan.ts'

interface DetailsProps {
  readonly folder: string
  readonly folderName: string
  readonly entry: BrowsedFile
  readonly onOpen: () => void
  readonly onDelete: () => void
  readonly onHistory: (asked: AskedHistory) => void
  readonly onClose: () => void
}

export function Details(props: DetailsProps) {
  const { folder, folderName, entry, onClose } = props
  const name = nameOf(entry.path)
  return (
    <aside
      className="details"
      aria-label={plain(t('files.detail.title', { name }))}
      data-region
      tabIndex={-1}
    >
      <header className="detail-head">
        <EntryIcon kind={entry.kind} isConflict={entry.conflictOf !== undefined} />
        <h2 className="detail-name">
          <Name of={name} />
        </h2>
        <Button kind="icon" aria-label={t('common.close')} onPress={onClose}>
          <X size={18} aria-hidden="true" />
        </Button>
      </header>
      <Actions {...props} />
      <CopiesList entry={entry} />
      <Facts folder={folder} folderName={folderName} entry={entry} />
    </aside>
  )
}

function Actions({ folder, entry, onOpen, onDelete, onHistory }: DetailsProps) {
  const desktop = findDesktop()
  const show = useAction(async () => desktop?.showFile(folder, entry.path))
  return (
    <>
      <div className="detail-actions">
        {entry.kind === 'directory' && (
          <Button kind="primary" onPress={onOpen}>
            <FolderOpen size={16} aria-hidden="true" />
            {t('files.action.open')}
          </Button>
        )}
        {entry.kind === 'file' && !desktop && entry.here === 'holds' && (
          <a
            className="button button-primary"
            href={contentUrl(folder, entry.path)}
            download={nameOf(entry.path)}
          >
            <ArrowDownToLine size={16} aria-hidden="true" />
            {t('files.action.download')}
          </a>
        )}
        {desktop && (
          <Button onPress={() => void show.run()}>
            <FolderOpen size={16} aria-hidden="true" />
            {t('files.action.showFile')}
          </Button>
        )}
        {entry.kind !== 'directory' && (
          <Button needsNode onPress={() => onHistory({ kind: 'versions', path: entry.path })}>
            <History size={16} aria-hidden="true" />
            {t('history.action.versions')}
          </Button>
        )}
        <Button needsNode onPress={() => onHistory({ kind: 'moment', subject: subjectOf(folder, entry) })}>
          <RotateCcw size={16} aria-hidden="true" />
          {t('history.action.moment')}
        </Button>
        <Button kind="quiet" needsNode onPress={onDelete}>
          <Trash2 size={16} aria-hidden="true" />
          {t('files.action.delete')}
        </Button>
      </div>
      {show.error && <ErrorNote error={show.error} />}
    </>
  )
}

function subjectOf(folder: string, { path, kind }: BrowsedFile): MomentSubject {
  return { folder, path, name: nameOf(path), kind: kind === 'directory' ? kind : 'file' }
}

function Facts({ folder, folderName, entry }: Pick<DetailsProps, 'folder' | 'folderName' | 'entry'>) {
  const { path, kind, size, mtimeMs, mode, hash, linkTarget, conflictOf } = entry
  const directory = directoryOf(path)
  return (
    <dl className="detail-facts">
      <Fact title={t('files.detail.place')}>
        <a href={filesHref(folder, directory)}>
          <Name of={directory === '' ? folderName : directory} />
        </a>
      </Fact>
      <Fact title={t('files.detail.kind')}>{t(`files.kind.${kind}`)}</Fact>
      {linkTarget !== undefined && (
        <Fact title={t('files.detail.target')}>
          <Name of={linkTarget} className="code" />
        </Fact>
      )}
      {conflictOf !== undefined && (
        <Fact title={t('files.detail.conflict')}>
          <Name of={conflictOf} /> <a href={hrefOf('attention')}>{t('files.detail.conflictLink')}</a>
        </Fact>
      )}
      {kind === 'file' && (
        <Fact title={t('files.detail.size')}>
          <span title={t('common.bytes', { number: words.number(size) })}>{words.bytes(size)}</span>
        </Fact>
      )}
      {kind !== 'directory' && (
        <Fact title={t('files.detail.changed')}>
          <time dateTime={isoTime(mtimeMs)}>{words.time(mtimeMs)}</time>
        </Fact>
      )}
      {kind !== 'symlink' && (
        <Fact title={t('files.detail.mode')}>
          <span className="code">{modeText(mode)}</span>
        </Fact>
      )}
      {kind === 'file' && hash !== '' && <HashFact hash={hash} />}
    </dl>
  )
}

function HashFact({ hash }: { readonly hash: string }) {
  const digits = hash.replace(/^sha256:/, '')
  return (
    <Fact title={t('files.detail.hash')}>
      <span className="hash code">{digits}</span>
      <CopyButton text={digits} label={t('files.detail.hashCopy')} said={t('common.copied')} />
    </Fact>
  )
}

function Fact({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="detail-fact">
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** The user's own time stamp: it may be outside of what a date can say. */
function isoTime(ms: number): string | undefined {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
