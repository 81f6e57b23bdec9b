/**
 * The application menu. Promises the roles for editing, without which macOS has no copy and paste,
 * and no developer tools in a packaged app. Pure; never knows what its items do.
 */
import type { Words } from '../node/words/words.ts'
import type { MenuItem } from './electron-port.ts'

export interface MenuFacts {
  readonly platform: string
  readonly isPackaged: boolean
}

export interface MenuActions {
  restartNode(): void
  tellAboutKeys(): void
}

const SEPARATOR: MenuItem = { type: 'separator' }

export function menuTemplate(
  { platform, isPackaged }: MenuFacts,
  text: Words['text'],
  actions: MenuActions,
): MenuItem[] {
  const isMac = platform === 'darwin'
  const developer: MenuItem[] = isPackaged ? [] : [SEPARATOR, { role: 'reload' }, { role: 'toggleDevTools' }]
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: text('desktop.menu.file'),
      submenu: [
        { label: text('desktop.menu.restartNode'), click: actions.restartNode },
        SEPARATOR,
        { role: isMac ? 'close' : 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: text('desktop.menu.view'),
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        SEPARATOR,
        { role: 'togglefullscreen' },
        ...developer,
      ],
    },
    { role: 'windowMenu' },
    {
      label: text('desktop.menu.help'),
      submenu: [{ label: text('desktop.menu.keys'), click: actions.tellAboutKeys }],
    },
  ]
}
