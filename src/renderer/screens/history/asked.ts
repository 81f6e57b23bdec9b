/** What a person may ask of the past, as the screens hand it on. */

/** What goes back to a moment. */
export interface MomentSubject {
  readonly folder: string
  /** Path inside the folder; "" is the folder. */
  readonly path: string
  readonly name: string
  readonly kind: 'folder' | 'directory' | 'file'
}

export type AskedHistory =
  | { readonly kind: 'versions'; readonly path: string }
  | { readonly kind: 'moment'; readonly subject: MomentSubject }
