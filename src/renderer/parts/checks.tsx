/** A group of boxes to tick. */
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { Checkbox, CheckboxGroup, FieldError, Label } from 'react-aria-components'

export interface Choice {
  readonly value: string
  readonly label: ReactNode
  readonly detail?: ReactNode
}

interface ChecksProps {
  readonly label: string
  readonly name: string
  readonly choices: readonly Choice[]
  readonly value: readonly string[]
  readonly onChange: (value: string[]) => void
}

export function Checks({ label, name, choices, value, onChange }: ChecksProps) {
  return (
    <CheckboxGroup className="field" name={name} value={[...value]} onChange={onChange}>
      <Label className="field-label">{label}</Label>
      {choices.map((choice) => (
        <Checkbox key={choice.value} value={choice.value} className="check">
          <span className="check-box">
            <Check size={14} strokeWidth={3} aria-hidden="true" />
          </span>
          <span className="check-label">{choice.label}</span>
          {choice.detail !== undefined && <span className="check-detail">{choice.detail}</span>}
        </Checkbox>
      ))}
      <FieldError className="field-error" />
    </CheckboxGroup>
  )
}
