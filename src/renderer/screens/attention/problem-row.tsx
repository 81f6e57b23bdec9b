/** One thing that is wrong: what, on which device, in which folder, at which path, and what to do. */
import { FolderOpen, RotateCw } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { FolderView, NodeStatus } from '../../../node/api/node-port.ts'
import { errorWords } from '../../../node/words/error-words.ts'
import { reasonText } from '../../../node/words/status-words.ts'
import { useApi } from '../../connection/api-context.ts'
import { findDesktop } from '../../connection/desktop.ts'
import { announce } from '../../parts/announce.tsx'
import { Button } from '../../parts/button.tsx'
import { Name, plain, Said } from '../../parts/name.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { useAction } from '../../parts/use-action.ts'
import { filesHref, hrefOf } from '../../routes.ts'
import { t, words } from '../../words.ts'
import { type AttentionItem, fullPath, nameOf } from './attention.ts'
import { CopyDetails } from './copy-details.tsx'
import { errorDetails, plainDetails } from './details.ts'

type Problem = Exclude<AttentionItem, { readonly cause: 'conflict' | 'held' | 'notice' }>

export function ProblemRow({ item, status }: { readonly item: Problem; readonly status: NodeStatus }) {
  if ('phrase' in item) return <WholeFolder item={item} status={status} />
  if (item.cause === 'broken') return <Broken item={item} status={status} />
  return <Unsynced item={item} status={status} />
}

interface RowProps {
  readonly itemKey: string
  readonly title: ReactNode
  readonly device: string
  readonly folder: FolderView
  readonly path: string
  readonly actions: ReactNode
  readonly children?: ReactNode
}

function Row({ itemKey, title, device, folder, path, actions, children }: RowProps) {
  return (
    <li className="problem" data-item={itemKey} tabIndex={-1}>
      <div className="row-main">
        <h3 className="row-title">{title}</h3>
        {children}
        <p className="row-path">
          <span>
            <Said>{t('attention.place', { device, folder: folder.name })}</Said>
          </span>
          <Name of={path} className="code" />
        </p>
      </div>
      <div className="problem-actions">{actions}</div>
    </li>
  )
}

interface With<T> {
  readonly item: T
  readonly status: NodeStatus
}
type OfError = Extract<Problem, { readonly error: unknown }>
type OfFolder = Extract<Problem, { readonly phrase: unknown }>

/** For a folder that was there before, these do not mean a slip of the pen. */
const IS_AWAY: ReadonlySet<string> = new Set(['FOLDER_PATH_MISSING', 'FOLDER_PATH_NOT_DIRECTORY'])

function Broken({ item: { key, folder, error }, status }: With<OfError>) {
  const { what, next } = errorWords(words, error.code)
  return (
    <Row
      itemKey={key}
      title={<Name of={folder.name} />}
      device={status.device.name}
      folder={folder}
      path={folder.path}
      actions={
        <>
          <a className="button button-plain" href={hrefOf('folders')}>
            {t('attention.toFolders')}
          </a>
          <CopyDetails of={folder.name} text={() => errorDetails(status, folder, error)} />
        </>
      }
    >
      <p>
        {what} {IS_AWAY.has(error.code) ? t('attention.brokenNext') : next}
      </p>
      <p className="note-code">{t('common.errorCode', { code: error.code })}</p>
    </Row>
  )
}

function Unsynced({ item: { key, folder, error }, status }: With<OfError>) {
  const { calls } = useApi()
  const desktop = findDesktop()
  const [lookedMs, setLooked] = useState<number>()
  const look = useAction(async () => {
    await calls.folders.rescan({ folder: folder.id, wait: true })
    setLooked(Date.now())
    announce(t('attention.looked'))
  })
  return (
    <Row
      itemKey={key}
      title={<Name of={nameOf(error.path)} />}
      device={status.device.name}
      folder={folder}
      path={fullPath(folder.path, error.path)}
      actions={
        <>
          <Button
            needsNode
            isPending={look.isRunning}
            aria-label={plain(t('attention.lookAgainFor', { thing: nameOf(error.path) }))}
            onPress={() => void look.run()}
          >
            <RotateCw size={16} aria-hidden="true" />
            {t('attention.lookAgain')}
          </Button>
          {desktop && (
            <Button
              kind="icon"
              aria-label={t('attention.showFile')}
              onPress={() => void desktop.showFile(folder.id, error.path)}
            >
              <FolderOpen size={16} aria-hidden="true" />
            </Button>
          )}
          <CopyDetails of={error.path} text={() => errorDetails(status, folder, error)} />
        </>
      }
    >
      {lookedMs !== undefined && !look.error && (
        <p className="note-code">{t('attention.still', { lookedMs })}</p>
      )}
      {look.error && <ErrorNote error={look.error} />}
    </Row>
  )
}

/** What the node says of a folder as a whole. */
function WholeFolder({ item: { key, cause, folder, phrase }, status }: With<OfFolder>) {
  const isDevice = cause === 'device'
  const device = isDevice ? String(phrase.params['name'] ?? phrase.params['device']) : status.device.name
  const what = reasonText(words, phrase)
  return (
    <Row
      itemKey={key}
      title={<Name of={isDevice ? device : folder.name} />}
      device={device}
      folder={folder}
      path={folder.path}
      actions={
        <>
          <a className="button button-plain" href={isDevice ? hrefOf('devices') : filesHref(folder.id)}>
            {t(isDevice ? 'attention.toDevices' : 'attention.toFiles')}
          </a>
          <CopyDetails of={folder.name} text={() => plainDetails(status, folder, what)} />
        </>
      }
    >
      <p className="problem-what">
        <Said>{what}</Said>
      </p>
      {isDevice && <p>{t('attention.deviceErrorsNext')}</p>}
    </Row>
  )
}
