import { MAX_IDENTIFIER_BYTES } from '../foundation/quote-identifier.js'

/**
 * Cuts a name where PostgreSQL would cut it: at most 63 bytes of UTF-8, never inside a character. Pure.
 *
 * @param name - The name as it was declared.
 * @param bytes - Longest result, in bytes.
 * @returns The name that the catalog would hold.
 * @internal
 * @see PostgreSQL source, `truncate_identifier` and `pg_mbcliplen`
 */
export function clipIdentifier(name: string, bytes: number = MAX_IDENTIFIER_BYTES): string {
  if (Buffer.byteLength(name) <= bytes) return name
  let kept = ''
  let length = 0
  for (const character of name) {
    length += Buffer.byteLength(character)
    if (length > bytes) break
    kept += character
  }
  return kept
}
