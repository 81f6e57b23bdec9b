/** Choosing a moment. Promises to take no moment that is still to come. */
import { useState } from 'react'
import { FieldError, Form, Input, Label, Text, TextField } from 'react-aria-components'
import { Button } from '../../parts/button.tsx'
import { t } from '../../words.ts'
import type { MomentSubject } from './asked.ts'
import { fieldOfMoment, momentOfField } from './moment.ts'

interface MomentChoiceProps {
  readonly kind: MomentSubject['kind']
  readonly field: string
  readonly onField: (text: string) => void
  readonly onPreview: (atMs: number) => void
  readonly onClose: () => void
}

const HOUR_MS = 3_600_000
const AGO = [
  { name: 'hour', ms: HOUR_MS },
  { name: 'day', ms: 24 * HOUR_MS },
  { name: 'week', ms: 7 * 24 * HOUR_MS },
] as const

export function MomentChoice({ kind, field, onField, onPreview, onClose }: MomentChoiceProps) {
  const [isFuture, setFuture] = useState(false)
  const atMs = momentOfField(field)
  const change = (text: string): void => {
    setFuture(false)
    onField(text)
  }
  const preview = (): void => {
    if (atMs === undefined) return
    if (atMs > Date.now()) setFuture(true)
    else onPreview(atMs)
  }
  return (
    <Form
      className="form"
      validationErrors={isFuture ? { moment: t('history.moment.future') } : {}}
      onSubmit={(event) => {
        event.preventDefault()
        preview()
      }}
    >
      <p>{t(`history.moment.what.${kind}`)}</p>
      <TextField
        className="field"
        name="moment"
        type="datetime-local"
        value={field}
        onChange={change}
        isInvalid={isFuture}
        autoFocus
      >
        <Label className="field-label">{t('history.moment.field')}</Label>
        <div className="field-row">
          <Input className="input" step={1} />
        </div>
        <FieldError className="field-error">{t('history.moment.future')}</FieldError>
        <Text slot="description" className="field-hint">
          {t('history.moment.hint')}
        </Text>
      </TextField>
      <div className="moment-ago">
        {AGO.map(({ name, ms }) => (
          <Button key={name} onPress={() => change(fieldOfMoment(Date.now() - ms))}>
            {t(`history.moment.${name}`)}
          </Button>
        ))}
      </div>
      <div className="dialog-buttons">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button kind="primary" type="submit" needsNode isDisabled={atMs === undefined}>
          {t('history.moment.preview')}
        </Button>
      </div>
    </Form>
  )
}
