/** Text fields with label, hint and error, tied together for screen readers. */
import type { ReactNode } from 'react'
import { FieldError, Input, Label, Text, TextField, type TextFieldProps } from 'react-aria-components'
import { t } from '../words.ts'

interface FieldProps extends Omit<TextFieldProps, 'children' | 'className' | 'style'> {
  readonly label: string
  readonly hint?: string
  readonly isOptional?: boolean
  readonly placeholder?: string
  /** Beside the input, such as a button that fills it. */
  readonly beside?: ReactNode
  /** For ids and paths. */
  readonly isCode?: boolean
}

export function Field({
  label,
  hint,
  isOptional = false,
  placeholder,
  beside,
  isCode = false,
  ...rest
}: FieldProps) {
  return (
    <TextField {...rest} className="field" autoComplete="off" spellCheck="false">
      <Label className="field-label">
        {label}
        {isOptional && <span className="field-optional"> {t('common.optional')}</span>}
      </Label>
      <div className="field-row">
        <Input
          className={isCode ? 'input input-code' : 'input'}
          {...(placeholder === undefined ? {} : { placeholder })}
        />
        {beside}
      </div>
      <FieldError className="field-error" />
      {hint !== undefined && (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
    </TextField>
  )
}
