/** Where one can go: a column at the left, a bar at the bottom where the window is narrow. */
import { ArrowLeftRight, Folder, type LucideIcon, MonitorSmartphone, TriangleAlert } from 'lucide-react'
import { hrefOf, type Place, SCREENS, type Screen } from '../routes.ts'
import { attentionCount } from '../screens/attention/attention.ts'
import { useStatus } from '../stores/status-store.ts'
import { t, words } from '../words.ts'
import { Mark } from '../parts/notes.tsx'
import { AppMenu } from './app-menu.tsx'

const ICONS: Readonly<Record<Screen, LucideIcon>> = {
  folders: Folder,
  transfers: ArrowLeftRight,
  devices: MonitorSmartphone,
  attention: TriangleAlert,
}

export function Navigation({ place }: { readonly place: Place }) {
  return (
    <nav className="nav" aria-label={t('frame.navigation')} data-region tabIndex={-1}>
      <div className="nav-brand">
        <Mark size={30} />
        <span className="nav-title">{t('frame.title')}</span>
      </div>
      <ul className="nav-list">
        {SCREENS.map((screen) => (
          <li key={screen}>
            <NavLink screen={screen} isCurrent={screenOf(place) === screen} />
          </li>
        ))}
      </ul>
      <AppMenu />
    </nav>
  )
}

function screenOf(place: Place): Screen | undefined {
  if (place.screen === 'nowhere') return undefined
  return place.screen === 'files' ? 'folders' : place.screen
}

function NavLink({ screen, isCurrent }: { readonly screen: Screen; readonly isCurrent: boolean }) {
  const Icon = ICONS[screen]
  const count = useStatus(attentionCount) ?? 0
  const isAttention = screen === 'attention'
  const hasCount = isAttention && count > 0
  return (
    <a className="nav-link" href={hrefOf(screen)} {...(isCurrent ? { 'aria-current': 'page' as const } : {})}>
      <Icon size={20} aria-hidden="true" />
      <span className="nav-text nav-text-long">{t(`frame.${screen}`)}</span>
      <span className="nav-text nav-text-short">
        {t(isAttention ? 'frame.attentionShort' : `frame.${screen}`)}
      </span>
      {hasCount && (
        <>
          <span className="nav-count" aria-hidden="true">
            {words.number(count)}
          </span>
          <span className="visually-hidden">{t('frame.attentionItems', { count })}</span>
        </>
      )}
    </a>
  )
}
