import { ConfigurationError } from '../errors/usage-error.js'
import type { AnyColumn } from './column.js'
import { changed } from './column-builder.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import type { StorageParameters, TableExtra, TableExtraDefinition } from './table-extra.js'

/** Options of a table. */
export interface TableOptions {
  /** The schema it lives in. @defaultValue the metadata's */
  readonly schema?: string | undefined
  /** COMMENT ON TABLE. */
  readonly comment?: string | undefined
  /** Applies its policies; `'force'` applies them to the table's owner too. @defaultValue false */
  readonly rowLevelSecurity?: boolean | 'force' | undefined
  /** Not written to the write-ahead log: faster, and emptied after a crash. @defaultValue false */
  readonly unlogged?: boolean | undefined
  /** Storage parameters, such as `{ fillfactor: 70, autovacuum_enabled: false }`. */
  readonly with?: StorageParameters | undefined
  /** Where its file lies. */
  readonly tablespace?: string | undefined
  /** The access method. @defaultValue the server's, `heap` */
  readonly method?: string | undefined
  /** What UPDATE and DELETE write to the log for logical replication: an index by name, `full` or `nothing`. */
  readonly replicaIdentity?: 'full' | 'nothing' | { readonly index: string } | undefined
  /** The table's former name: a migration then renames it instead of dropping it and making another. */
  readonly renamedFrom?: string | undefined
}

/** What a table was declared with. `C` carries its columns' types, `N` its name. */
export interface TableDefinition<out C = Readonly<Record<string, AnyColumn>>, out N extends string = string> {
  readonly kind: 'materializedView' | 'table' | 'view'
  readonly name: N
  /** Undefined means the metadata's own. */
  readonly schema: string | undefined
  readonly columns: C
}

/** What a table made by `table()` holds beyond its columns. `X` carries the types of what stands beside them. */
export interface DeclaredTable<
  out C = Readonly<Record<string, AnyColumn>>,
  out N extends string = string,
  out X = unknown,
> extends TableDefinition<C, N> {
  readonly kind: 'table'
  /** Phantom: indexes, constraints and the rest of what stands beside the columns. */
  readonly $extra: X
  readonly extras: readonly TableExtraDefinition[]
  readonly options: TableOptions
}

/** A declared table: its columns by key, and everything else under `$`. */
export type Table<C, N extends string = string, X = unknown> = C & {
  /** What the table was declared with. */
  readonly $: DeclaredTable<C, N, X>
}

/** Any table or view. */
export interface AnyTable {
  /** What it was declared with. */
  readonly $: TableDefinition
}

const OPTIONS: readonly (keyof TableOptions)[] = [
  'schema',
  'comment',
  'rowLevelSecurity',
  'unlogged',
  'with',
  'tablespace',
  'method',
  'replicaIdentity',
  'renamedFrom',
]

/**
 * Declares a table. Performs no I/O; `createAll()` of the database makes it.
 *
 * @param name - Its name in the database.
 * @param columns - Its columns, in order. Their keys are what Kysely sees.
 * @param extras - Gives indexes, constraints over several columns, policies and partitions, out of the columns. Called
 * once, at once. Where there are none, the options may stand here.
 * @param options - See {@link TableOptions}.
 * @returns The columns by key, to be used in indexes and references, and the declaration under `$`.
 * @throws {@link ConfigurationError} if a column is called `$`, a value is no column, there are two version columns, or
 * an option is unknown.
 * @example
 * ```ts
 * import { bigint, index, table, text } from 'async-database'
 *
 * export const users = table('users', {
 *   id: bigint().identity().primaryKey(),
 *   email: text().notNull().unique(),
 * })
 * export const songs = table(
 *   'songs',
 *   {
 *     id: bigint().identity().primaryKey(),
 *     name: text().notNull(),
 *     ownerId: bigint().notNull().references(() => users.id, { onDelete: 'cascade' }),
 *   },
 *   (t) => [index(t.ownerId)],
 * )
 * ```
 */
export function table<
  C extends Readonly<Record<string, AnyColumn>>,
  N extends string,
  X extends readonly TableExtra[] = readonly never[],
>(name: N, columns: C, extras?: TableOptions | ((columns: C) => X), options?: TableOptions): Table<C, N, X> {
  const given = options ?? (typeof extras === 'object' ? extras : {})
  refuseUnknownKeys(given, OPTIONS, `The table ${JSON.stringify(name)}`)
  // Completed below: the columns carry this object, so that a reference finds the table it points into.
  const definition = { kind: 'table', name, schema: given.schema, columns: {}, extras: [], options: given }
  const bound = boundColumns(name, columns, definition)
  definition.columns = bound
  if (typeof extras === 'function') {
    Object.assign(definition, { extras: extras(bound as C).map((extra) => extra.def) })
  }
  const result = Object.assign(Object.create(null) as object, bound, { $: Object.freeze(definition) })
  return Object.freeze(result) as unknown as Table<C, N, X>
}

function boundColumns(
  table: string,
  columns: Readonly<Record<string, AnyColumn>>,
  owner: object,
): Readonly<Record<string, AnyColumn>> {
  // Without a prototype, keys such as `constructor` and `__proto__` are columns like any other.
  const bound = Object.create(null) as Record<string, AnyColumn>
  for (const [key, column] of Object.entries(columns)) {
    if (key === '$') {
      throw new ConfigurationError({
        message: `The table ${JSON.stringify(table)} has a column under the key "$", which holds the table's own declaration.`,
        hint: "Declare it under another key and name it with .named('$').",
      })
    }
    if (!isColumn(column)) {
      throw new ConfigurationError({
        message: `The column ${JSON.stringify(key)} of the table ${JSON.stringify(table)} is a ${typeof column}; expected a column such as text().`,
        hint: typeof column === 'function' ? `Call it: ${key}: ${key}().` : undefined,
        context: { table, key },
      })
    }
    bound[key] = changed(column, { key, owner })
  }
  refuseSecondVersion(table, bound)
  return Object.freeze(bound)
}

function refuseSecondVersion(table: string, columns: Readonly<Record<string, AnyColumn>>): void {
  const keys = Object.keys(columns).filter((key) => columns[key]?.def.isVersion === true)
  if (keys.length < 2) return
  throw new ConfigurationError({
    message: `The table ${JSON.stringify(table)} has the version columns ${keys.join(', ')}; a row has one version.`,
    context: { table, columns: keys },
  })
}

function isColumn(value: unknown): value is AnyColumn {
  return typeof value === 'object' && value !== null && 'def' in value
}
