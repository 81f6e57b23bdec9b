/** Light, dark or as the system has it. Kept in this browser alone. */
import { create } from 'zustand'

export type Theme = 'system' | 'light' | 'dark'
export const THEMES: readonly Theme[] = ['system', 'light', 'dark']

const KEY = 'theme'

export const useTheme = create<{ readonly theme: Theme }>(() => ({ theme: 'system' }))

export function setTheme(theme: Theme): void {
  useTheme.setState({ theme })
  applyTheme(theme)
  // Storage is a convenience: private windows may refuse it.
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    return
  }
}

/** Before the first paint. */
export function restoreTheme(): void {
  let theme: Theme = 'system'
  try {
    const kept = localStorage.getItem(KEY)
    theme = THEMES.find((one) => one === kept) ?? 'system'
  } catch {
    // As above.
  }
  useTheme.setState({ theme })
  applyTheme(theme)
}

function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
}
