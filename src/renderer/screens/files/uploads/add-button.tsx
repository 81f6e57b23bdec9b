/** Adding by button, the keyboard's twin of dropping. Promises files and whole directories alike. */
import { FilePlus2, FolderPlus } from 'lucide-react'
import { type ChangeEvent, useRef } from 'react'
import { findDesktop } from '../../../connection/desktop.ts'
import { Button } from '../../../parts/button.tsx'
import { t } from '../../../words.ts'
import { chosenOf } from './dropped.ts'
import type { Adding } from './use-adding.ts'

export function AddButtons({ adding }: { readonly adding: Adding }) {
  const files = useRef<HTMLInputElement>(null)
  const directory = useRef<HTMLInputElement>(null)
  const take = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const chosen = chosenOf(target.files ?? [])
    // The same file may be chosen again.
    target.value = ''
    if (chosen.length > 0) adding.addChosen(chosen)
  }
  const chooseDirectory = async (): Promise<void> => {
    const desktop = findDesktop()
    if (!desktop) return directory.current?.click()
    const path = await desktop.chooseDirectory()
    if (path !== undefined) adding.addPaths([path])
  }
  return (
    <>
      <Button kind="primary" needsNode onPress={() => files.current?.click()}>
        <FilePlus2 size={16} aria-hidden="true" />
        {t('files.action.add')}
      </Button>
      <Button needsNode onPress={() => void chooseDirectory()}>
        <FolderPlus size={16} aria-hidden="true" />
        <span className="files-wide-text">{t('files.action.addDirectory')}</span>
      </Button>
      <input ref={files} type="file" multiple hidden onChange={take} data-testid="add-files" />
      <input
        ref={(input) => {
          // Not among React's properties: a browser's own.
          if (input) input.webkitdirectory = true
          directory.current = input
        }}
        type="file"
        hidden
        onChange={take}
        data-testid="add-directory"
      />
    </>
  )
}
