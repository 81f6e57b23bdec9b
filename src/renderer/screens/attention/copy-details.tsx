/** Copies everything that is known of one item, for a search or a question to others. */
import { Button } from '../../parts/button.tsx'
import { useCopy } from '../../parts/copy-button.tsx'
import { plain } from '../../parts/name.tsx'
import { t } from '../../words.ts'

export function CopyDetails({ of, text }: { readonly of: string; readonly text: () => string }) {
  const { icon, copy } = useCopy(() => plain(text()), t('attention.detailsCopied'))
  return (
    <Button kind="quiet" aria-label={plain(t('attention.copyDetailsFor', { thing: of }))} onPress={copy}>
      {icon}
      {t('common.copyDetails')}
    </Button>
  )
}
