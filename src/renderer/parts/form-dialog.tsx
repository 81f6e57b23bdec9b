/**
 * A dialog that is a form. Promises that what the node refuses is said at the field it refused, else
 * below the fields, and that nothing happens before its button is pressed.
 */
import type { FormEventHandler, ReactNode } from 'react'
import { Form } from 'react-aria-components'
import { t } from '../words.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { fieldErrors, type FieldsOfCodes } from './field-errors.ts'
import { ErrorNote } from './notes.tsx'
import type { Action } from './use-action.ts'

interface FormDialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly action: Action<[]>
  /** Codes and the field each speaks of. */
  readonly fieldOfCode: FieldsOfCodes
  /** Names of the fields. */
  readonly fields: readonly string[]
  readonly submit: string
  readonly isComplete: boolean
  readonly children: ReactNode
}

export function FormDialog(props: FormDialogProps) {
  const { title, onClose, action, submit, isComplete, children } = props
  const { fields, rest } = fieldErrors(action.error, props.fieldOfCode, props.fields)
  return (
    <Dialog title={title} onClose={onClose}>
      <Form className="form" validationErrors={fields} onSubmit={submitting(action)}>
        {children}
        {rest && <ErrorNote error={rest} />}
        <div className="dialog-buttons">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button
            kind="primary"
            type="submit"
            needsNode
            isPending={action.isRunning}
            isDisabled={!isComplete}
          >
            {submit}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

/** The browser would load the page anew. */
export function submitting({ run }: Action<[]>): FormEventHandler {
  return (event) => {
    event.preventDefault()
    void run()
  }
}
