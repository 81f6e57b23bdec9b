/**
 * Everything that needs a person, by cause, each with what happened, where, and one thing to do.
 * Promises that an item leaves when the node says so and never before, and that the focus then goes
 * to the one that took its place.
 */
import {
  FileWarning,
  FolderX,
  GitFork,
  Hand,
  Info,
  type LucideIcon,
  MonitorX,
  TriangleAlert,
} from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import type { NodeStatus } from '../../../node/api/node-port.ts'
import { errorWords } from '../../../node/words/error-words.ts'
import { Screen } from '../../frame/screen.tsx'
import { Button } from '../../parts/button.tsx'
import { Empty, Skeleton } from '../../parts/notes.tsx'
import { useIsLive, useStatus } from '../../stores/status-store.ts'
import { t, words } from '../../words.ts'
import { type AttentionGroup, type AttentionItem, attentionOf, type Cause } from './attention.ts'
import { ConflictCard } from './conflict-card.tsx'
import { HeldCard } from './held-card.tsx'
import { NoticeRow } from './notice-row.tsx'
import { ProblemRow } from './problem-row.tsx'
import { useFocusFollows } from './use-focus-follows.ts'
import './attention.css'

/** Items of a group that are shown at first. */
const SHOWN = 20

const ICONS: Readonly<Record<Cause, LucideIcon>> = {
  broken: FolderX,
  held: Hand,
  error: FileWarning,
  conflict: GitFork,
  device: MonitorX,
  other: TriangleAlert,
  notice: Info,
}

export function AttentionScreen() {
  const status = useStatus((all) => all)
  const groups = useMemo(() => status && attentionOf(status), [status])
  const place = useRef<HTMLDivElement>(null)
  useFocusFollows(place, groups?.flatMap(({ items }) => items.map(({ key }) => key)) ?? [])
  return (
    <Screen title={t('attention.title')} name={t('attention.title')}>
      {!groups && <Skeleton />}
      {groups?.length === 0 && <NothingToDo />}
      <div className="panels" ref={place}>
        {status && groups?.map((group) => <Group key={group.key} group={group} status={status} />)}
      </div>
    </Screen>
  )
}

function NothingToDo() {
  const isLive = useIsLive()
  return (
    <Empty title={t(isLive ? 'attention.empty.title' : 'frame.unknown')}>
      <p>{t(isLive ? 'attention.empty.text' : 'attention.empty.unknown')}</p>
    </Empty>
  )
}

interface GroupProps {
  readonly group: AttentionGroup
  readonly status: NodeStatus
}

function Group({ group, status }: GroupProps) {
  const { key, cause, items, count } = group
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? items : items.slice(0, SHOWN)
  const Icon = ICONS[cause]
  const id = `attention ${key}`.replaceAll(' ', '-')
  const { title, text } = wordsOf(group)
  return (
    <section className="panel attention-group" aria-labelledby={id}>
      <header className="attention-head">
        <Icon className="attention-icon" size={20} aria-hidden="true" />
        <div>
          <h2 id={id} className="attention-title">
            {t('attention.count', { title, count })}
          </h2>
          <p className="panel-note">{text}</p>
        </div>
      </header>
      {shown.length > 0 && (
        <ul className="rows rows-inner">
          {shown.map((item) => (
            <Item key={item.key} item={item} status={status} />
          ))}
        </ul>
      )}
      {shown.length < items.length && (
        <p className="attention-more">
          <Button onPress={() => setWhole(true)}>
            {t('attention.showAll', { count: items.length - shown.length })}
          </Button>
        </p>
      )}
      {count > items.length && (
        <p className="attention-more panel-note">
          {t('attention.unlisted', { count: count - items.length })}
        </p>
      )}
    </section>
  )
}

function Item({ item, status }: { readonly item: AttentionItem; readonly status: NodeStatus }) {
  if (item.cause === 'notice') return <NoticeRow item={item} device={status.device.name} />
  const { folder, key } = item
  const common = { folder, itemKey: key, status }
  if (item.cause === 'conflict') return <ConflictCard {...common} conflict={item.conflict} />
  if (item.cause === 'held') return <HeldCard {...common} group={item.group} />
  return <ProblemRow item={item} status={status} />
}

/** Files that cannot be synced say why in the title of their group: one sentence for all of them. */
function wordsOf({ cause, code }: AttentionGroup): { title: string; text: string } {
  if (code !== undefined) {
    const { what, next } = errorWords(words, code)
    return { title: what.replace(/\.$/, ''), text: next }
  }
  return { title: t(`attention.group.${cause}Title`), text: t(`attention.group.${cause}Text`) }
}
