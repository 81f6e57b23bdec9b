/** A group of which one is chosen. */
import { Label, Radio, RadioGroup } from 'react-aria-components'
import type { Choice } from './checks.tsx'

interface RadiosProps<V extends string> {
  readonly label: string
  readonly name: string
  readonly choices: readonly (Choice & { readonly value: V })[]
  readonly value: V
  readonly onChange: (value: V) => void
}

export function Radios<V extends string>({ label, name, choices, value, onChange }: RadiosProps<V>) {
  return (
    <RadioGroup className="field" name={name} value={value} onChange={(chosen) => onChange(chosen as V)}>
      <Label className="field-label">{label}</Label>
      {choices.map((choice) => (
        <Radio key={choice.value} value={choice.value} className="check">
          <span className="check-box check-round">
            <span className="check-dot" />
          </span>
          <span className="check-label">{choice.label}</span>
          {choice.detail !== undefined && <span className="check-detail">{choice.detail}</span>}
        </Radio>
      ))}
    </RadioGroup>
  )
}
