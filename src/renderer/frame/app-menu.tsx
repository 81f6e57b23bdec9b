/** Appearance, and signing out where one signs in. */
import { Check, LogOut, Monitor, Moon, SunMedium } from 'lucide-react'
import { Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover } from 'react-aria-components'
import { useApi } from '../connection/api-context.ts'
import { findDesktop } from '../connection/desktop.ts'
import { signOut } from '../connection/session.ts'
import { Button } from '../parts/button.tsx'
import { t } from '../words.ts'
import { setTheme, type Theme, THEMES, useTheme } from './theme.ts'

const ICONS = { system: Monitor, light: SunMedium, dark: Moon } as const
const NAMES = { system: 'frame.themeSystem', light: 'frame.themeLight', dark: 'frame.themeDark' } as const

export function AppMenu() {
  const api = useApi()
  const theme = useTheme((state) => state.theme)
  const Icon = ICONS[theme]
  const label = t(findDesktop() ? 'frame.theme' : 'frame.themeAndSession')
  const leave = async (): Promise<void> => {
    await signOut()
    api.restart()
  }
  return (
    <MenuTrigger>
      <Button kind="icon" aria-label={label}>
        <Icon size={20} aria-hidden="true" />
        <span className="nav-text nav-text-long">{label}</span>
      </Button>
      <Popover className="popover" placement="top start">
        <Menu
          className="menu"
          aria-label={label}
          onAction={(id) => (id === 'sign-out' ? void leave() : undefined)}
        >
          <MenuSection
            selectionMode="single"
            selectedKeys={[theme]}
            disallowEmptySelection
            onSelectionChange={(keys) => {
              const chosen = THEMES.find((one) => keys === 'all' || keys.has(one))
              if (chosen) setTheme(chosen)
            }}
          >
            <Header className="menu-header">{t('frame.theme')}</Header>
            {THEMES.map((one) => (
              <ThemeItem key={one} theme={one} />
            ))}
          </MenuSection>
          {!findDesktop() && (
            <MenuItem id="sign-out" className="menu-item" textValue={t('frame.signOut')}>
              <span className="menu-icon">
                <LogOut size={16} aria-hidden="true" />
              </span>
              {t('frame.signOut')}
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

function ThemeItem({ theme }: { readonly theme: Theme }) {
  return (
    <MenuItem id={theme} className="menu-item" textValue={t(NAMES[theme])}>
      {({ isSelected }) => (
        <>
          <span className="menu-icon">{isSelected && <Check size={16} aria-hidden="true" />}</span>
          {t(NAMES[theme])}
        </>
      )}
    </MenuItem>
  )
}
