/** Copies a text to the clipboard and says so. */
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { t } from '../words.ts'
import { announce } from './announce.tsx'
import { Button } from './button.tsx'

interface CopyButtonProps {
  readonly text: string
  /** "Copy device id" */
  readonly label: string
  readonly said: string
}

const SHOWN_MS = 2_000

export function CopyButton({ text, label, said }: CopyButtonProps) {
  const { isCopied, icon, copy } = useCopy(() => text, said)
  return (
    <Button onPress={copy} aria-label={label}>
      {icon}
      {isCopied ? t('common.copied') : t('common.copy')}
    </Button>
  )
}

/** Copies and says so; the icon of a button that does, which says for a moment that it did. */
export function useCopy(text: () => string, said: string) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return undefined
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = async (): Promise<void> => {
    await copyText(text())
    setCopied(true)
    announce(said)
  }
  const Icon = isCopied ? Check : Copy
  return { isCopied, icon: <Icon size={16} aria-hidden="true" />, copy: () => void copy() }
}

/** Over plain HTTP from another machine the clipboard is closed to pages; a selection always works. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }
}
