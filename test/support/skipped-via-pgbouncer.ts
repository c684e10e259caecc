/** Tests that can't hold behind a pooler in transaction mode, by `file > full name`, each with the reason. */
export const SKIPPED_VIA_PGBOUNCER: readonly (readonly [name: RegExp, reason: string])[] = []
