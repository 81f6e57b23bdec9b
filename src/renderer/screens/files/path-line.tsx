/** The way to the directory on screen, each step a link. Promises names as text, never shortened in the middle. */
import { ChevronRight } from 'lucide-react'
import { Name } from '../../parts/name.tsx'
import { filesHref, hrefOf } from '../../routes.ts'
import { t } from '../../words.ts'
import { stepsTo } from './copies.ts'

interface PathLineProps {
  readonly folder: string
  readonly folderName: string
  readonly directory: string
}

export function PathLine({ folder, folderName, directory }: PathLineProps) {
  const steps = [{ name: folderName, path: '' }, ...stepsTo(directory)]
  return (
    <nav className="path-line" aria-label={t('files.path')}>
      <ol>
        <li>
          <a href={hrefOf('folders')}>{t('frame.folders')}</a>
        </li>
        {steps.map(({ name, path }, place) => (
          <li key={path}>
            <ChevronRight size={14} aria-hidden="true" />
            {place === steps.length - 1 ? (
              <span aria-current="page">
                <Name of={name} />
              </span>
            ) : (
              <a href={filesHref(folder, path)}>
                <Name of={name} />
              </a>
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}
