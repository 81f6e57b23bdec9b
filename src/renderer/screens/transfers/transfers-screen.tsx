/** The screen "transfers". */
import { Screen } from '../../frame/screen.tsx'
import { t } from '../../words.ts'

export function TransfersScreen() {
  return (
    <Screen title={t('transfers.title')} name={t('transfers.title')}>
      {null}
    </Screen>
  )
}
