/**
 * Takes what is dropped on the list. Promises to read the drop inside its event, and to show where
 * it goes while it hovers. The buttons beside the title do the same without a mouse.
 */
import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import { Said } from '../../../parts/name.tsx'
import { t } from '../../../words.ts'
import { type Dropped, takeDropped } from './dropped.ts'

interface DropZoneProps {
  readonly place: string
  readonly isDisabled: boolean
  readonly onDropped: (dropped: Dropped) => void
  readonly children: ReactNode
}

export function DropZone({ place, isDisabled, onDropped, children }: DropZoneProps) {
  const [isOver, setOver] = useState(false)
  // Entering a child leaves its parent: only when as many were left as entered is the drag gone.
  const depth = useRef(0)
  const isFiles = ({ dataTransfer }: DragEvent): boolean =>
    !isDisabled && dataTransfer.types.includes('Files')
  const move = (event: DragEvent, step: number): void => {
    if (!isFiles(event)) return
    event.preventDefault()
    depth.current = Math.max(0, depth.current + step)
    setOver(depth.current > 0)
  }
  const drop = (event: DragEvent): void => {
    if (!isFiles(event)) return
    event.preventDefault()
    event.stopPropagation()
    depth.current = 0
    setOver(false)
    onDropped(takeDropped(event.dataTransfer.items as Iterable<DataTransferItem> as never))
  }
  return (
    <div
      className="drop-zone"
      onDragEnter={(event) => move(event, 1)}
      onDragOver={(event) => move(event, 0)}
      onDragLeave={(event) => move(event, -1)}
      onDrop={drop}
    >
      {children}
      {isOver && (
        <div className="drop-cover drop-hint">
          <p className="drop-title">
            <Said>{t('files.add.drop', { place })}</Said>
          </p>
          <p>{t('files.add.dropText')}</p>
        </div>
      )}
    </div>
  )
}
