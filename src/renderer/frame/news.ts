/**
 * What is worth hearing whatever one is doing: a folder's word changed, the node went or came.
 * Promises words of the node and no percentages.
 */
import { useEffect } from 'react'
import { reasonText, wordText } from '../../node/words/status-words.ts'
import { announce } from '../parts/announce.tsx'
import { plain } from '../parts/name.tsx'
import { useConnection } from '../stores/connection-store.ts'
import { useStatusStore } from '../stores/status-store.ts'
import { t, words } from '../words.ts'

export function useNews(): void {
  useEffect(() => {
    const ends = [followFolders(), followNode()]
    return () => ends.forEach((end) => end())
  }, [])
}

function followFolders(): () => void {
  const last = new Map<string, string>()
  return useStatusStore.subscribe(({ status, isLive }) => {
    if (!status || !isLive) return
    for (const { id, name, status: phrase } of status.folders) {
      const before = last.get(id)
      last.set(id, phrase.word)
      // Syncing comes and goes with every file; what it leads to is the news.
      if (before === undefined || before === phrase.word || phrase.word === 'syncing') continue
      const said = { folder: name, word: wordText(words, phrase.word), reason: reasonText(words, phrase) }
      announce(plain(t('frame.said.folder', said)), id)
    }
  })
}

function followNode(): () => void {
  return useConnection.subscribe(({ phase }, { phase: before }) => {
    if (phase.kind === 'lost' && before.kind === 'live') announce(t('frame.said.lost'), 'node')
    if (phase.kind === 'live' && before.kind === 'lost') announce(t('frame.said.back'), 'node')
  })
}
