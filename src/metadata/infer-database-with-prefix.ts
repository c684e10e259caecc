import type { InferColumns } from './infer-database.js'
import type { AnyTable } from './table.js'

/** Evaluates a remapped type once: Kysely asks for its keys everywhere, and TypeScript would remap them each time. */
type Drained<T> = [T] extends [infer X] ? { [K in keyof X]: X[K] } : never

/**
 * Like `InferDatabase`, with a prefix before every key: for one Kysely over several schemas, whose tables it knows as
 * `app.users`.
 *
 * @example
 * ```ts
 * import { bigint, table, type InferDatabaseWithPrefix } from 'async-database'
 *
 * const users = table('users', { id: bigint().identity().primaryKey() }, { schema: 'app' })
 * const tables = { users }
 * export interface DB extends InferDatabaseWithPrefix<typeof tables, 'app.'> {}
 * export const id: keyof DB = 'app.users'
 * ```
 */
export type InferDatabaseWithPrefix<
  T extends Readonly<Record<string, AnyTable>>,
  P extends string,
> = Drained<{
  [K in keyof T & string as `${P}${K}`]: InferColumns<T[K]['$']['columns']>
}>
