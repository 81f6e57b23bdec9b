/**
 * Runs the desktop app and tells whether it came to a window. Promises that what a dying app says
 * before its window shows stays out of the way, that a wish to end is passed on, and that it
 * returns only when the app has ended. Never decides what comes instead.
 */
import { spawn } from 'node:child_process'
import { WINDOW_READY } from '../../api/host-messages.ts'
import { textOf } from '../../base/errors.ts'

export interface DesktopApp {
  readonly executable: string
  /** Directory of the app's package.json. */
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  out(text: string): void
  err(text: string): void
}

export type AppEnd =
  /** It had a window, or handed over to the one that was open; `how` when it did not end by itself. */
  | { readonly kind: 'ended'; readonly how?: string }
  | { readonly kind: 'no-window'; readonly how: string; readonly lastWords: string }

/** Enough to see why; the rest is the same line again and again. */
const LAST_WORDS_LIMIT = 4_096

export async function runDesktopApp(app: DesktopApp): Promise<AppEnd> {
  const child = spawn(app.executable, [app.directory], {
    stdio: ['inherit', 'pipe', 'pipe'],
    env: app.env,
    windowsHide: false,
  })
  let isReady = false
  let held = ''
  child.stdout.on(
    'data',
    byLine((line) => {
      if (line.trimEnd() === WINDOW_READY) {
        isReady = true
        app.err(held)
        held = ''
      } else app.out(line)
    }),
  )
  child.stderr.on('data', (data: Buffer) => {
    if (isReady) app.err(data.toString())
    else held = (held + data.toString()).slice(-LAST_WORDS_LIMIT)
  })
  const end = (): void => void child.kill('SIGTERM')
  app.signal.addEventListener('abort', end, { once: true })
  if (app.signal.aborted) end()
  try {
    const how = await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)))
    })
    // Without a window, 0 means that the app was open already and shows itself.
    if (isReady || how === undefined || app.signal.aborted)
      return { kind: 'ended', ...(how === undefined || app.signal.aborted ? {} : { how }) }
    return { kind: 'no-window', how, lastWords: held }
  } catch (error) {
    return { kind: 'no-window', how: textOf(error), lastWords: '' }
  } finally {
    app.signal.removeEventListener('abort', end)
  }
}

/** Calls `use` with each line, its newline included; what has none yet waits. */
function byLine(use: (line: string) => void): (data: Buffer) => void {
  let rest = ''
  return (data) => {
    const lines = (rest + data.toString()).split(/(?<=\n)/)
    rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '')
    lines.forEach((line) => use(line))
  }
}
