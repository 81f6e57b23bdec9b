/** The screen "attention". */
import { Screen } from '../../frame/screen.tsx'
import { t } from '../../words.ts'

export function AttentionScreen() {
  return (
    <Screen title={t('attention.title')} name={t('attention.title')}>
      {null}
    </Screen>
  )
}
