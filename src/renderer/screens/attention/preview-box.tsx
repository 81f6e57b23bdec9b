/** What is in one version: a few lines of text with what differs marked, or a small picture. */
import { shown } from '../../../node/words/shown.ts'
import { plain } from '../../parts/name.tsx'
import { t } from '../../words.ts'
import type { Excerpt, Line } from './line-diff.ts'
import type { SidePreview } from './use-previews.ts'

interface BoxProps {
  /** Undefined while it is being fetched, or where nothing is fetched at all. */
  readonly preview: SidePreview | undefined
  readonly device: string
}

export function PreviewBox({ preview, device }: BoxProps) {
  switch (preview?.kind) {
    case 'text':
      return <TextBox excerpt={preview.excerpt} />
    case 'image':
      return (
        <img
          className="preview-image"
          src={preview.url}
          alt={plain(t('attention.preview.image', { device }))}
        />
      )
    case 'loading':
      return <p className="preview-note">{t('attention.preview.loading')}</p>
    case 'changed':
      return <p className="preview-note">{t('attention.preview.changed')}</p>
    default:
      return null
  }
}

function TextBox({ excerpt: { before, lines, after, afterDiffers } }: { readonly excerpt: Excerpt }) {
  if (lines.length === 0 && before + after === 0)
    return <p className="preview-note">{t('attention.preview.empty')}</p>
  return (
    <div className="preview">
      {before > 0 && <p className="preview-rest">{t('attention.preview.before', { count: before })}</p>}
      <pre className="preview-text" dir="auto">
        {lines.map((line, at) => (
          <TextLine key={at} {...line} />
        ))}
      </pre>
      {after > 0 && (
        <p className="preview-rest">
          {t(afterDiffers ? 'attention.preview.moreDiffers' : 'attention.preview.more', { count: after })}
        </p>
      )}
    </div>
  )
}

function TextLine({ text, differs }: Line) {
  // Tabs have no width of their own once control characters are shown as escapes.
  const content = <bdi>{shown(text.replaceAll('\t', '    ')) || ' '}</bdi>
  if (!differs)
    return (
      <span className="preview-line">
        {content}
        {'\n'}
      </span>
    )
  return (
    <mark className="preview-line preview-differs">
      <span className="preview-mark" aria-hidden="true">
        ▸
      </span>
      {content}
      {'\n'}
    </mark>
  )
}
