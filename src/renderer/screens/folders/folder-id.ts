/** Proposes the id of a folder from its directory. Promises what the node accepts, or nothing. */

const LONGEST = 64

/** The last name of a path, with / or \ between the names. */
export function lastNameOf(path: string): string {
  return path.split(/[/\\]/).findLast((name) => name !== '') ?? ''
}

/** "/home/anna/My Photos" is "my-photos"; "" when nothing of the name can be used. */
export function proposedId(path: string): string {
  return lastNameOf(path)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, LONGEST)
}
