/** Where a node is and what it wants to hear. Never logged: the token is a secret. */
export interface ApiAddress {
  /** "http://127.0.0.1:8005", without a path. */
  readonly url: string
  readonly token: string
}
