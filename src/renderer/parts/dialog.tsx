/**
 * Dialogs: questions to answer, never news. Promises that Esc and Cancel leave everything as it
 * was, and that the focus returns to where it came from.
 */
import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'

interface DialogProps {
  readonly title: ReactNode
  readonly onClose: () => void
  /** A question about losing something: read out as an alert. */
  readonly isAlert?: boolean
  readonly children: ReactNode
}

/** Open for as long as it is rendered. */
export function Dialog({ title, onClose, isAlert = false, children }: DialogProps) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable={!isAlert}
      onOpenChange={(isOpen) => isOpen || onClose()}
    >
      <Modal className="modal">
        <AriaDialog className="dialog" role={isAlert ? 'alertdialog' : 'dialog'}>
          <Heading slot="title" className="dialog-title">
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
