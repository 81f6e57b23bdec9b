/**
 * What a window showed of the folders' state, at every change of its content. Promises that no
 * moment is missed, however short: the page itself looks after each change, before it is painted.
 * Never judges; truth.ts does.
 */
import type { Page } from '@playwright/test'

/** One verdict as it stood on the screen: a word, or the shape beside it. */
export interface Sight {
  /** Milliseconds since 1970, by the clock of the page, which is this machine's. */
  readonly atMs: number
  /** "safe", "syncing", "waiting", "needs-you", or "unknown" where the screen says that it does not know. */
  readonly word: string
  /** What a person reads; "" of a shape. */
  readonly text: string
  /** Whether anything of it was green. */
  readonly green: boolean
}

/** Collects from the first document on; call it before the window goes anywhere. */
export async function watchSights(page: Page): Promise<readonly Sight[]> {
  const sights: Sight[] = []
  await page.exposeBinding('sawVerdict', (_source, sight: Sight) => void sights.push(sight))
  await page.addInitScript(lookAtEveryChange)
  return sights
}

/** Runs in the page. */
function lookAtEveryChange(): void {
  const { sawVerdict } = window as never as { sawVerdict: (sight: Sight) => Promise<void> }
  const isGreen = (colour: string): boolean => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    if (!canvas) throw new Error('there is no canvas to read a colour with')
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
    // Whatever a person would call green: clearly more of it than of both others.
    return alpha > 0 && green > red * 1.15 && green > blue * 1.1
  }
  const known = new Map<string, boolean>()
  const isGreenOnce = (colour: string): boolean => {
    const found = known.get(colour) ?? isGreen(colour)
    known.set(colour, found)
    return found
  }
  const hasGreen = (element: Element): boolean =>
    [element, ...element.querySelectorAll('*')].some((part) => {
      const style = getComputedStyle(part)
      return [style.color, style.backgroundColor, style.fill, style.stroke].some(isGreenOnce)
    })
  let last = ''
  const look = (): void => {
    const atMs = performance.timeOrigin + performance.now()
    const sights = [...document.querySelectorAll('.state-text, .state-icon')].map((element) => {
      const word = /\bstate-(safe|syncing|waiting|needs-you|unknown)\b/.exec(
        element.getAttribute('class') ?? '',
      )?.[1]
      const text = (element.textContent ?? '').trim()
      return { atMs, word: word ?? 'none', text, green: hasGreen(element) }
    })
    const seen = JSON.stringify(sights.map(({ atMs: _atMs, ...sight }) => sight))
    if (seen === last) return
    last = seen
    for (const sight of sights) void sawVerdict(sight)
  }
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  })
}
