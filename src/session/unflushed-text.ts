/** How many objects the next flush would write. */
export interface Unflushed {
  readonly added: number
  readonly changed: number
  readonly deleted: number
}

/**
 * Says in words what was not written, such as `2 added and 1 changed objects`; undefined if there is nothing.
 *
 * @internal
 */
export function unflushedText({ added, changed, deleted }: Unflushed): string | undefined {
  const parts = Object.entries({ added, changed, deleted })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
  if (parts.length === 0) return undefined
  const last = parts.pop() ?? ''
  const list = parts.length === 0 ? last : `${parts.join(', ')} and ${last}`
  return `${list} object${added + changed + deleted === 1 ? '' : 's'}`
}
