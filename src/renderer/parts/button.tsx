/**
 * Buttons. Promises targets of at least 32 px, a name for every icon button, and that what needs
 * the node is disabled while the node is away.
 */
import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps as AriaProps } from 'react-aria-components'
import { useIsLive } from '../stores/status-store.ts'

export interface ButtonProps extends Omit<AriaProps, 'children' | 'className' | 'style'> {
  readonly children: ReactNode
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger' | 'icon'
  /** It changes or asks something of the node. */
  readonly needsNode?: boolean
}

export function Button({ kind = 'plain', needsNode = false, isDisabled = false, ...rest }: ButtonProps) {
  const isLive = useIsLive()
  return (
    <AriaButton
      {...rest}
      isDisabled={isDisabled || (needsNode && !isLive)}
      className={`button button-${kind}`}
    />
  )
}
