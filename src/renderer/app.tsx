/**
 * Chooses the screen for the address. Promises that a screen that breaks takes only itself down,
 * and that screens beside the first ones are loaded when they are first looked at.
 */
import { Component, lazy, type ReactNode, Suspense } from 'react'
import { useHashLocation } from 'wouter/use-hash-location'
import { Frame } from './frame/frame.tsx'
import { Screen } from './frame/screen.tsx'
import { Button } from './parts/button.tsx'
import { Skeleton } from './parts/notes.tsx'
import { hrefOf, type Place, placeOf } from './routes.ts'
import { DevicesScreen } from './screens/devices/devices-screen.tsx'
import { FoldersScreen } from './screens/folders/folders-screen.tsx'
import { SignInScreen } from './screens/sign-in/sign-in-screen.tsx'
import { useConnection } from './stores/connection-store.ts'
import { t } from './words.ts'

const FilesScreen = lazy(async () => ({
  default: (await import('./screens/files/files-screen.tsx')).FilesScreen,
}))
const TransfersScreen = lazy(async () => ({
  default: (await import('./screens/transfers/transfers-screen.tsx')).TransfersScreen,
}))
const AttentionScreen = lazy(async () => ({
  default: (await import('./screens/attention/attention-screen.tsx')).AttentionScreen,
}))

export function App() {
  const [location] = useHashLocation()
  const isSignedOut = useConnection(({ phase }) => phase.kind === 'signed-out')
  if (isSignedOut) return <SignInScreen />
  const place = placeOf(location)
  return (
    <Frame place={place}>
      <Fence key={place.screen}>
        <Suspense fallback={<Skeleton />}>{screenFor(place)}</Suspense>
      </Fence>
    </Frame>
  )
}

function screenFor(place: Place): ReactNode {
  switch (place.screen) {
    case 'folders':
      return <FoldersScreen />
    case 'files':
      return <FilesScreen folder={place.folder} directory={place.directory} />
    case 'transfers':
      return <TransfersScreen />
    case 'devices':
      return <DevicesScreen />
    case 'attention':
      return <AttentionScreen />
    case 'nowhere':
      return <Nowhere />
  }
}

function Nowhere() {
  return (
    <Screen title={t('frame.nowhere.title')} name={t('frame.nowhere.title')}>
      <p>
        <a href={hrefOf('folders')}>{t('frame.nowhere.back')}</a>
      </p>
    </Screen>
  )
}

/** React knows error boundaries as classes only. */
class Fence extends Component<{ readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true }
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children
    return (
      <Screen title={t('frame.broken.title')} name={t('frame.broken.title')}>
        <p>{t('frame.broken.text')}</p>
        <p>
          <Button kind="primary" onPress={() => location.reload()}>
            {t('frame.broken.reload')}
          </Button>
        </p>
      </Screen>
    )
  }
}
