/**
 * Adds a folder, or changes name and devices of one. Promises that what the node refuses is said
 * at the field it refused, and that nothing is shared before the button is pressed.
 */
import { FolderSearch } from 'lucide-react'
import { useState } from 'react'
import type { DeviceView, FolderMode, FolderView, Guard } from '../../../node/api/node-port.ts'
import { useApi } from '../../connection/api-context.ts'
import { findDesktop } from '../../connection/desktop.ts'
import { Button } from '../../parts/button.tsx'
import { Checks } from '../../parts/checks.tsx'
import { Field } from '../../parts/field.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { Name } from '../../parts/name.tsx'
import { Radios } from '../../parts/radios.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useStatusStore } from '../../stores/status-store.ts'
import { t } from '../../words.ts'
import { lastNameOf, proposedId } from './folder-id.ts'

const FIELD_OF_CODE = {
  FOLDER_PATH_MISSING: 'path',
  FOLDER_PATH_NOT_DIRECTORY: 'path',
  FOLDER_PATH_OVERLAPS: 'path',
  FOLDER_PATH_NOT_WRITABLE: 'path',
  BAD_PATH: 'path',
  BAD_FOLDER_ID: 'id',
  FOLDER_EXISTS: 'id',
  FOLDER_MARKER_FOREIGN: 'id',
  DEVICE_NOT_FOUND: 'devices',
  OWN_DEVICE: 'devices',
}
const FIELDS = ['path', 'id', 'name', 'devices']

interface AddProps {
  /** Filled in when a directory was dropped. */
  readonly path?: string
  readonly onClose: () => void
}

export function AddFolderDialog({ path: given = '', onClose }: AddProps) {
  const { calls } = useApi()
  const [path, setPath] = useState(given)
  const [ownId, setOwnId] = useState<string>()
  const [devices, setDevices] = useState<string[]>([])
  const [mode, setMode] = useState<FolderMode>('send-receive')
  const id = ownId ?? proposedId(path)
  const add = useAction(async () => {
    await calls.folders.add({
      id: id.trim(),
      path: path.trim(),
      name: lastNameOf(path.trim()) || id,
      devices,
      mode,
    })
    onClose()
  })
  return (
    <FormDialog
      title={t('folders.dialog.addTitle')}
      onClose={onClose}
      action={add}
      fieldOfCode={FIELD_OF_CODE}
      fields={FIELDS}
      submit={t('folders.dialog.submit')}
      isComplete={path.trim() !== '' && id.trim() !== ''}
    >
      <Field
        label={t('folders.dialog.path')}
        hint={t('folders.dialog.pathHint')}
        name="path"
        value={path}
        onChange={setPath}
        isRequired
        isCode
        autoFocus
        beside={<ChooseButton onChoose={setPath} />}
      />
      <Field
        label={t('folders.dialog.id')}
        hint={t('folders.dialog.idHint')}
        name="id"
        value={id}
        onChange={setOwnId}
        isRequired
        isCode
      />
      <ShareWith value={devices} onChange={setDevices} />
      <ModeChoice value={mode} onChange={setMode} />
    </FormDialog>
  )
}

export function EditFolderDialog({
  folder,
  onClose,
}: {
  readonly folder: FolderView
  readonly onClose: () => void
}) {
  const { calls } = useApi()
  const [name, setName] = useState(folder.name)
  const [devices, setDevices] = useState<string[]>(folder.devices.map(({ id }) => id))
  const [mode, setMode] = useState(folder.mode)
  const [asks, setAsks] = useState(folder.guard !== null)
  const save = useAction(async () => {
    await calls.folders.set({
      folder: folder.id,
      name: name.trim(),
      devices,
      mode,
      guard: asks ? (folder.guard ?? 'default') : null,
    })
    onClose()
  })
  return (
    <FormDialog
      title={t('folders.dialog.editTitle')}
      onClose={onClose}
      action={save}
      fieldOfCode={FIELD_OF_CODE}
      fields={FIELDS}
      submit={t('folders.dialog.save')}
      isComplete={name.trim() !== ''}
    >
      <Field
        label={t('folders.dialog.name')}
        hint={t('folders.dialog.nameHint')}
        name="name"
        value={name}
        onChange={setName}
        isRequired
      />
      <Field label={t('folders.dialog.id')} value={folder.id} isReadOnly isCode />
      <ShareWith value={devices} onChange={setDevices} />
      <ModeChoice value={mode} onChange={setMode} />
      <GuardChoice guard={folder.guard} value={asks} onChange={setAsks} />
    </FormDialog>
  )
}

const MODES: readonly FolderMode[] = ['send-receive', 'send-only', 'receive-only']

function ModeChoice(props: { readonly value: FolderMode; readonly onChange: (value: FolderMode) => void }) {
  const choices = MODES.map((mode) => ({
    value: mode,
    label: t(`folders.mode.${mode}.name`),
    detail: t(`folders.mode.${mode}.text`),
  }))
  return <Radios label={t('folders.dialog.mode')} name="mode" choices={choices} {...props} />
}

interface GuardChoiceProps {
  /** Null: it is off. */
  readonly guard: Guard | null
  readonly value: boolean
  readonly onChange: (value: boolean) => void
}

function GuardChoice({ guard, value, onChange }: GuardChoiceProps) {
  const choice = {
    value: 'on',
    label: t('folders.dialog.guardOn'),
    ...(guard && { detail: t('folders.dialog.guardOnText', { ...guard }) }),
  }
  return (
    <Checks
      label={t('folders.dialog.guard')}
      name="guard"
      choices={[choice]}
      value={value ? ['on'] : []}
      onChange={(chosen) => onChange(chosen.length > 0)}
    />
  )
}

/** Only the desktop window can ask the system for a directory. */
function ChooseButton({ onChoose }: { readonly onChoose: (path: string) => void }) {
  const desktop = findDesktop()
  if (!desktop) return null
  const choose = async (): Promise<void> => {
    const path = await desktop.chooseDirectory()
    if (path !== undefined) onChoose(path)
  }
  return (
    <Button onPress={() => void choose()}>
      <FolderSearch size={16} aria-hidden="true" />
      {t('folders.dialog.choose')}
    </Button>
  )
}

const NOBODY: readonly DeviceView[] = []

function ShareWith(props: {
  readonly value: readonly string[]
  readonly onChange: (value: string[]) => void
}) {
  const devices = useStatusStore(({ status }) => status?.devices ?? NOBODY)
  if (devices.length === 0) return <p className="form-note">{t('folders.dialog.noDevices')}</p>
  const choices = devices.map(({ id, name, connected, lastSeenMs }) => ({
    value: id,
    label: <Name of={name} />,
    detail: connected
      ? t('devices.connected')
      : t('devices.away', { sinceMs: lastSeenMs, ...(lastSeenMs === 0 ? { context: 'never' } : {}) }),
  }))
  return (
    <>
      <Checks label={t('folders.dialog.devices')} name="devices" choices={choices} {...props} />
      {props.value.length > 0 && <p className="form-note">{t('folders.dialog.needsBoth')}</p>}
    </>
  )
}
