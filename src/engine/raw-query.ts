import { CompiledQuery } from 'kysely'

/**
 * SQL text as Kysely's `executeQuery` takes it, for the rooms that do not know Kysely at run time.
 *
 * @internal
 */
export function rawQuery<R = unknown>(text: string, parameters: readonly unknown[] = []): CompiledQuery<R> {
  return CompiledQuery.raw(text, [...parameters])
}
