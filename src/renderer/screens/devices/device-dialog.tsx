/** Adds a device by its id, or changes name and address of a known one. */
import { useState } from 'react'
import type { DeviceView } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { Field } from '../../parts/field.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { useAction } from '../../parts/use-action.ts'
import { t } from '../../words.ts'

const FIELD_OF_CODE = { BAD_DEVICE_ID: 'id', OWN_DEVICE: 'id', BAD_ADDRESS: 'addresses' }
const FIELDS = ['id', 'name', 'addresses']

interface DeviceDialogProps {
  /** Absent when a new one is added. */
  readonly device?: DeviceView
  readonly onClose: () => void
}

export function DeviceDialog({ device, onClose }: DeviceDialogProps) {
  const { calls } = useApi()
  const [id, setId] = useState(device?.id ?? '')
  const [name, setName] = useState(device?.name ?? '')
  const [addresses, setAddresses] = useState(device?.addresses.join(' ') ?? '')
  const isNew = device === undefined
  const save = useAction(async () => {
    const given = addresses.split(/[\s,]+/).filter((address) => address !== '')
    const named = name.trim() === '' ? {} : { name: name.trim() }
    // Nothing given for a new device leaves the node to find it; for a known one it takes them away.
    await calls.devices.add({
      id: id.trim(),
      ...named,
      ...(isNew && given.length === 0 ? {} : { addresses: given }),
    })
    onClose()
  })
  return (
    <FormDialog
      title={t(isNew ? 'devices.dialog.addTitle' : 'devices.dialog.editTitle')}
      onClose={onClose}
      action={save}
      fieldOfCode={FIELD_OF_CODE}
      fields={FIELDS}
      submit={t(isNew ? 'devices.dialog.submit' : 'devices.dialog.save')}
      isComplete={id.trim() !== ''}
    >
      <Field
        label={t('devices.dialog.id')}
        name="id"
        value={id}
        onChange={setId}
        isRequired
        isCode
        isReadOnly={!isNew}
        autoFocus={isNew}
        {...(isNew ? { hint: t('devices.dialog.idHint') } : {})}
      />
      <Field
        label={t('devices.dialog.name')}
        hint={t('devices.dialog.nameHint')}
        name="name"
        value={name}
        onChange={setName}
        isOptional={isNew}
        isRequired={!isNew}
      />
      <Field
        label={t('devices.dialog.address')}
        hint={t('devices.dialog.addressHint')}
        name="addresses"
        value={addresses}
        onChange={setAddresses}
        isOptional
        isCode
      />
      {isNew && <p className="form-note">{t('devices.dialog.both')}</p>}
    </FormDialog>
  )
}
