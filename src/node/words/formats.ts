/**
 * Figures and times as people read them. Promises decimal units, as disks are sold, and one
 * rounding everywhere. Never reads the clock itself: "today" is what `nowMs` says.
 */
export interface FormatSettings {
  /** Language tag of figures and times, for example "en-GB". */
  readonly locale: string
  /** IANA name; the machine's own when absent. */
  readonly timeZone?: string
  /** "full" is "2026-11-20 14:05"; "near" leaves away what today or this year says already. */
  readonly times: 'full' | 'near'
  readonly nowMs: () => number
}

export interface Formats {
  readonly number: (value: number) => string
  /** Bytes: 1,234,567 is "1.2 MB". */
  readonly bytes: (value: number) => string
  /** Milliseconds since 1970, local time. */
  readonly time: (ms: number) => string
}

/**
 * The first tag that can be used, "en" when none can. Tags come from the system: Chromium on a
 * machine without a language says "en-US@posix", and one such tag would end the page.
 */
export function usableLocale(tags: readonly string[]): string {
  const usable = tags.map((tag) => tag.split('@')[0] ?? '').find(isLanguageTag)
  return usable ?? 'en'
}

function isLanguageTag(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0
  } catch {
    // Not even the form of a tag; the next one may be.
    return false
  }
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const
/** The Swedish way of writing dates is the one of ISO 8601. */
const ISO_LOCALE = 'sv-SE'

export function makeFormats(settings: FormatSettings): Formats {
  const plain = new Intl.NumberFormat(settings.locale)
  const sizes = UNITS.map((unit) => [0, 1].map((digits) => sizeFormat(settings.locale, unit, digits)))
  const bytes = (value: number): string => {
    let rest = value
    let unit = 0
    while (rest >= 999.5 && unit < UNITS.length - 1) {
      rest /= 1000
      unit++
    }
    // Short forms of "byte" are words in many languages; the symbol is the same in nearly all.
    if (unit === 0) return `${plain.format(Math.round(rest))} B`
    return sizes[unit]?.[rest >= 99.95 ? 0 : 1]?.format(rest) ?? ''
  }
  return { number: (value) => plain.format(value), bytes, time: timeFormat(settings) }
}

function sizeFormat(locale: string, unit: string, digits: number): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

function timeFormat({ locale, timeZone, times, nowMs }: FormatSettings): Formats['time'] {
  const zone = timeZone === undefined ? {} : { timeZone }
  const format = (language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(language, { ...options, ...zone })
  const full = format(ISO_LOCALE, { dateStyle: 'short', timeStyle: 'short' })
  if (times === 'full') return (ms) => full.format(ms)
  const clock = { hour: 'numeric', minute: '2-digit' } as const
  const today = format(locale, clock)
  const thisYear = format(locale, { month: 'short', day: 'numeric', ...clock })
  const longAgo = format(locale, { year: 'numeric', month: 'short', day: 'numeric' })
  return (ms) => {
    // The full form begins with "2026-11-20".
    const [then, now] = [full.format(ms), full.format(nowMs())]
    if (then.slice(0, 10) === now.slice(0, 10)) return today.format(ms)
    return (then.slice(0, 4) === now.slice(0, 4) ? thisYear : longAgo).format(ms)
  }
}
