/** One version of a file in conflict: whose, from when, how large, what is in it, and keeping it. */
import { ArrowDownToLine, FileX, FolderOpen } from 'lucide-react'
import { findDesktop } from '../../connection/desktop.ts'
import { Button } from '../../parts/button.tsx'
import { Name, plain, Said } from '../../parts/name.tsx'
import { t, words } from '../../words.ts'
import { contentUrl } from '../files/uploads/plan.ts'
import { type Conflict, nameOf } from './attention.ts'
import { PreviewBox } from './preview-box.tsx'
import type { SidePreview } from './use-previews.ts'

interface SideProps {
  readonly folder: string
  readonly path: string
  /** The name that both claim. */
  readonly file: string
  readonly side: Conflict['copy']
  readonly marks: readonly ('newer' | 'larger')[]
  /** Where it is: under the name, or beside it. */
  readonly place: string
  readonly preview: SidePreview | undefined
  readonly choice: { readonly isPending: boolean; readonly isDisabled: boolean; readonly onPress: () => void }
}

export function ConflictSide({ folder, path, file, side, marks, place, preview, choice }: SideProps) {
  const { device, mtimeMs, size } = side
  return (
    <div className="side" role="group" aria-label={plain(t('attention.conflict.sideTitle', { device }))}>
      <h4 className="side-title">
        <Name of={device} />
      </h4>
      <ul className="side-facts">
        <li>
          {t('attention.conflict.changed', { mtimeMs })}
          {marks.includes('newer') && <Mark text={t('attention.conflict.newer')} />}
        </li>
        <li>
          <span title={t('common.bytes', { number: words.number(size) })}>{words.bytes(size)}</span>
          {marks.includes('larger') && <Mark text={t('attention.conflict.larger')} />}
        </li>
        <li className="side-place">
          <Said>{place}</Said>
        </li>
      </ul>
      <PreviewBox preview={preview} device={device} />
      <div className="side-actions">
        <Button
          kind="primary"
          needsNode
          {...choice}
          aria-label={plain(t('attention.conflict.keepName', { file, device }))}
        >
          {t('attention.conflict.keep')}
        </Button>
        <OpenSide folder={folder} path={path} device={device} />
      </div>
    </div>
  )
}

function Mark({ text }: { readonly text: string }) {
  return <span className="side-mark">{text}</span>
}

function OpenSide({
  folder,
  path,
  device,
}: Pick<SideProps, 'folder' | 'path'> & { readonly device: string }) {
  const desktop = findDesktop()
  if (desktop)
    return (
      <Button
        kind="quiet"
        aria-label={plain(t('attention.showFileSide', { device }))}
        onPress={() => void desktop.showFile(folder, path)}
      >
        <FolderOpen size={16} aria-hidden="true" />
        {t('attention.showFile')}
      </Button>
    )
  return (
    <a
      className="button button-quiet"
      href={contentUrl(folder, path)}
      download={nameOf(path)}
      aria-label={plain(t('attention.downloadSide', { device }))}
    >
      <ArrowDownToLine size={16} aria-hidden="true" />
      {t('attention.download')}
    </a>
  )
}

/** Where the file was that kept the name. */
export function GoneSide({ file }: { readonly file: string }) {
  return (
    <div className="side side-gone">
      <FileX size={20} aria-hidden="true" />
      <h4 className="side-title">
        <Said>{t('attention.conflict.gone', { file })}</Said>
      </h4>
      <p>{t('attention.conflict.goneText')}</p>
    </div>
  )
}
