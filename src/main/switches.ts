/**
 * With which arguments, and as whom, the app may start. Promises that a packaged app cannot be
 * opened to a debugger or robbed of its sandbox by its command line, and that nobody runs it as
 * root. Pure; never reads the process.
 */

/** Switches that weaken every build. */
const NEVER = ['no-sandbox', 'disable-setuid-sandbox', 'disable-seccomp-filter-sandbox', 'single-process']

/** Switches that are for developers, and for whoever wants to get at a user's node. */
const NOT_PACKAGED = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-debugging-address',
  'remote-allow-origins',
  'inspect',
  'inspect-brk',
  'inspect-port',
  'inspect-publish-uid',
  'inspect-wait',
  'debug',
  'debug-brk',
  'debug-port',
  'auto-open-devtools-for-tabs',
  'enable-automation',
  'disable-web-security',
  'disable-site-isolation-trials',
  'allow-file-access-from-files',
  'ignore-certificate-errors',
  'load-extension',
  'renderer-cmd-prefix',
  'utility-cmd-prefix',
  'gpu-launcher',
  'js-flags',
]

export interface StartFacts {
  /** Without the executable. */
  readonly argv: readonly string[]
  readonly isPackaged: boolean
  /** undefined where the system has none. */
  readonly uid: number | undefined
}

/** A sentence for the person when the app must not start like this. */
export function startRefusal({ argv, isPackaged, uid }: StartFacts): string | undefined {
  if (uid === 0)
    return 'The desktop window does not run as root. Start it as yourself, or use "peerfold serve".'
  const names = argv.map(switchName).filter((name) => name !== undefined)
  const weak = names.find((name) => NEVER.includes(name) || (isPackaged && NOT_PACKAGED.includes(name)))
  return weak === undefined ? undefined : `The desktop window does not start with --${weak}.`
}

/** Chromium takes "--x" and "-x", on Windows "/x", too, and compares without case there. */
function switchName(argument: string): string | undefined {
  return /^(?:--?|\/)([A-Za-z][A-Za-z-]*)(?:[=\s]|$)/.exec(argument)?.[1]?.toLowerCase()
}
