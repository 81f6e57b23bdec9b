/** A button with three dots and its menu. Promises that every item is an action, none a link. */
import { Ellipsis } from 'lucide-react'
import type { ReactNode } from 'react'
import { Menu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components'
import { useIsLive } from '../stores/status-store.ts'
import { Button } from './button.tsx'

export interface MenuEntry {
  readonly id: string
  readonly text: string
  readonly icon?: ReactNode
  readonly onAction: () => void
  readonly isDanger?: boolean
  readonly needsNode?: boolean
}

/** `undefined` among the entries is a line between groups. */
export function ActionMenu({
  label,
  entries,
}: {
  readonly label: string
  readonly entries: readonly (MenuEntry | undefined)[]
}) {
  const isLive = useIsLive()
  return (
    <MenuTrigger>
      <Button kind="icon" aria-label={label}>
        <Ellipsis size={18} aria-hidden="true" />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="menu" aria-label={label}>
          {entries.map((entry, at) =>
            entry === undefined ? (
              <Separator key={at} className="menu-line" />
            ) : (
              <MenuItem
                key={entry.id}
                id={entry.id}
                textValue={entry.text}
                className={entry.isDanger === true ? 'menu-item menu-danger' : 'menu-item'}
                isDisabled={entry.needsNode !== false && !isLive}
                onAction={entry.onAction}
              >
                <span className="menu-icon">{entry.icon}</span>
                {entry.text}
              </MenuItem>
            ),
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
