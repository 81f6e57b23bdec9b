/**
 * The English catalogue: every sentence that a person reads on a screen or as a folder's status,
 * one file for each part of the app. Promises that its keys are types, so that a sentence that does
 * not exist does not compile. Never holds logic; plurals and contexts are suffixes of i18next's
 * JSON v4 (_one, _other, _never, _away).
 */
import attention from './en/attention.json' with { type: 'json' }
import common from './en/common.json' with { type: 'json' }
import desktop from './en/desktop.json' with { type: 'json' }
import devices from './en/devices.json' with { type: 'json' }
import error from './en/error.json' with { type: 'json' }
import files from './en/files.json' with { type: 'json' }
import folders from './en/folders.json' with { type: 'json' }
import frame from './en/frame.json' with { type: 'json' }
import held from './en/held.json' with { type: 'json' }
import history from './en/history.json' with { type: 'json' }
import notice from './en/notice.json' with { type: 'json' }
import signIn from './en/sign-in.json' with { type: 'json' }
import status from './en/status.json' with { type: 'json' }
import transfers from './en/transfers.json' with { type: 'json' }

export const ENGLISH = {
  attention,
  common,
  desktop,
  devices,
  error,
  files,
  folders,
  frame,
  held,
  history,
  notice,
  signIn,
  status,
  transfers,
}

/** Error codes have underscores of their own, so only these suffixes are cut. */
type Suffix = 'one' | 'other' | 'never' | 'away'
type Stem<K extends string> = K extends `${infer S}_${Suffix}` ? Stem<S> : K
type Keys<T, Before extends string> = {
  [K in keyof T & string]: T[K] extends string ? `${Before}${Stem<K>}` : Keys<T[K], `${Before}${K}.`>
}[keyof T & string]

/** Every sentence by its path, "folders.dialog.addTitle". */
export type TextKey = Keys<typeof ENGLISH, ''>
