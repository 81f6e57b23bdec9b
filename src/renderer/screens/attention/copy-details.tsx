/** Copies everything that is known of one item, for a search or a question to others. */
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { announce } from '../../parts/announce.tsx'
import { Button } from '../../parts/button.tsx'
import { copyText } from '../../parts/copy-button.tsx'
import { plain } from '../../parts/name.tsx'
import { t } from '../../words.ts'

const SHOWN_MS = 2_000

export function CopyDetails({ of, text }: { readonly of: string; readonly text: () => string }) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return undefined
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = async (): Promise<void> => {
    await copyText(plain(text()))
    setCopied(true)
    announce(t('attention.detailsCopied'))
  }
  return (
    <Button
      kind="quiet"
      aria-label={plain(t('attention.copyDetailsFor', { thing: of }))}
      onPress={() => void copy()}
    >
      {isCopied ? <Check size={16} aria-hidden="true" /> : <Copy size={16} aria-hidden="true" />}
      {t('common.copyDetails')}
    </Button>
  )
}
