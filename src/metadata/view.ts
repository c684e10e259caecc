import type { AnyColumn, Column } from './column.js'
import { columnOf, changed } from './column-builder.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import { isSqlExpression } from './sql-expression.js'
import type { Dependency, SqlSource } from './sql-source.js'
import type { TableDefinition } from './table.js'
import type { IndexBuilder } from './table-index.js'
import type { IndexDefinition, StorageParameters } from './table-extra.js'

/** Options of a view. */
export interface ViewOptions {
  /** The schema it lives in. @defaultValue the metadata's */
  readonly schema?: string | undefined
  /** Names for its columns, when they are not those of the query. */
  readonly columns?: readonly string[] | undefined
  /** Such as `{ security_invoker: true }`. */
  readonly with?: StorageParameters | undefined
  /** Refuses writes through the view that it would not show. */
  readonly checkOption?: 'cascaded' | 'local' | undefined
  /** What must exist before it and is not mentioned by name in the query. */
  readonly dependsOn?: readonly Dependency[] | undefined
  /** COMMENT ON VIEW. */
  readonly comment?: string | undefined
}

/** Options of a materialized view. */
export interface MaterializedViewOptions<Row> {
  /** The schema it lives in. @defaultValue the metadata's */
  readonly schema?: string | undefined
  /** Names for its columns, when they are not those of the query. */
  readonly columns?: readonly string[] | undefined
  /** Storage parameters. */
  readonly with?: StorageParameters | undefined
  /** Whether creating it fills it. @defaultValue true */
  readonly withData?: boolean | undefined
  /** Where its file lies. */
  readonly tablespace?: string | undefined
  /** The access method. @defaultValue the server's, `heap` */
  readonly method?: string | undefined
  /** Its indexes: `(column) => [index(column('id')).unique()]`. */
  readonly indexes?:
    ((column: (name: keyof Row & string) => AnyColumn) => readonly IndexBuilder[]) | undefined
  /** What must exist before it and is not mentioned by name in the query. */
  readonly dependsOn?: readonly Dependency[] | undefined
  /** COMMENT ON MATERIALIZED VIEW. */
  readonly comment?: string | undefined
}

/** Columns of a view as types see them: they can be read and not written. */
export type ViewColumns<Row> = { readonly [K in keyof Row]: Column<Row[K], never, 'always'> }

/** The row of a view that was declared with columns: null, as of tables, unless a column says `notNull()`. */
export type ViewRow<C> = {
  [K in keyof C]: C[K] extends { readonly $read: infer T; readonly $flags: infer F }
    ? 'null' extends F
      ? T | null
      : T
    : never
}

/** What a view was declared with. */
export interface ViewDefinition<out C = Readonly<Record<string, AnyColumn>>> extends TableDefinition<C> {
  readonly kind: 'materializedView' | 'view'
  readonly query: SqlSource
  /** Its columns, where it was declared with them; undefined where only the row's type is known. */
  readonly row: Readonly<Record<string, AnyColumn>> | undefined
  readonly options: ViewOptions & Omit<MaterializedViewOptions<unknown>, 'indexes'>
  readonly indexes: readonly IndexDefinition[]
}

/** A declared view; `Row` is what it gives. */
export interface View<Row> {
  /** What the view was declared with. */
  readonly $: ViewDefinition<ViewColumns<Row>>
}

type ColumnsOf = Readonly<Record<string, AnyColumn>>

/**
 * Declares a view. Performs no I/O; `createAll()` of the database makes it, after everything its query mentions.
 *
 * @param name - Its name in the database.
 * @param query - Its SELECT, as SQL text, as a `sql` template, or as a function that writes names with their schema.
 * @param options - See {@link ViewOptions}.
 * @returns The view, to be listed among the metadata's `tables`. `Row` is not checked against the query.
 * @throws {@link ConfigurationError} if an option is unknown.
 * @example
 * ```ts
 * import { bigint, table, view } from 'async-database'
 *
 * export const songs = table('songs', { id: bigint().identity().primaryKey(), ownerId: bigint() })
 * export const songCounts = view<{ ownerId: bigint; songs: bigint }>(
 *   'song_counts',
 *   (name) => `select "ownerId", count(*) as songs from ${name(songs)} group by "ownerId"`,
 * )
 * ```
 */
export function view<Row>(name: string, query: SqlSource, options?: ViewOptions): View<Row>
/**
 * Declares a view with its columns, from which the type of its rows comes.
 *
 * @param name - Its name in the database.
 * @param columns - The type of each column of the query, by name; null unless it says `notNull()`.
 * @param query - Its SELECT.
 * @param options - See {@link ViewOptions}.
 * @returns The view. The columns are not checked against the query.
 * @throws {@link ConfigurationError} if an option is unknown.
 * @example
 * ```ts
 * import { bigint, view } from 'async-database'
 *
 * export const songCounts = view(
 *   'song_counts',
 *   { ownerId: bigint(), songs: bigint().notNull() },
 *   'select "ownerId", count(*) as songs from songs group by "ownerId"',
 * )
 * ```
 */
export function view<C extends ColumnsOf>(
  name: string,
  columns: C,
  query: SqlSource,
  options?: ViewOptions,
): View<ViewRow<C>>
export function view(
  name: string,
  ...rest: readonly (ColumnsOf | SqlSource | ViewOptions | undefined)[]
): View<unknown> {
  const { row, query, options: given } = parameters(rest)
  const options: ViewOptions = given
  const known = ['schema', 'columns', 'with', 'checkOption', 'dependsOn', 'comment']
  refuseUnknownKeys(options, known, `The view ${JSON.stringify(name)}`)
  return declared({ kind: 'view', name, schema: options.schema, query, row, options, indexes: [] })
}

/**
 * Declares a materialized view. Performs no I/O; `createAll()` of the database makes it.
 *
 * @param name - Its name in the database.
 * @param query - Its SELECT; see {@link view}.
 * @param options - See {@link MaterializedViewOptions}.
 * @returns The view, to be listed among the metadata's `tables`. `Row` is not checked against the query.
 * @throws {@link ConfigurationError} if an option is unknown.
 * @example
 * ```ts
 * import { index, materializedView } from 'async-database'
 *
 * export const totals = materializedView<{ day: string; total: bigint }>(
 *   'totals',
 *   'select day, sum(amount) as total from payments group by day',
 *   { indexes: (column) => [index('totals_day', column('day')).unique()] },
 * )
 * ```
 */
export function materializedView<Row>(
  name: string,
  query: SqlSource,
  options?: MaterializedViewOptions<Row>,
): View<Row>
/**
 * Declares a materialized view with its columns; see {@link view}.
 *
 * @param name - Its name in the database.
 * @param columns - The type of each column of the query, by name.
 * @param query - Its SELECT.
 * @param options - See {@link MaterializedViewOptions}.
 * @returns The view. The columns are not checked against the query.
 * @throws {@link ConfigurationError} if an option is unknown.
 */
export function materializedView<C extends ColumnsOf>(
  name: string,
  columns: C,
  query: SqlSource,
  options?: MaterializedViewOptions<ViewRow<C>>,
): View<ViewRow<C>>
export function materializedView(
  name: string,
  ...rest: readonly (ColumnsOf | MaterializedViewOptions<never> | SqlSource | undefined)[]
): View<unknown> {
  const { row, query, options: given } = parameters(rest)
  const { indexes, ...options }: MaterializedViewOptions<Readonly<Record<string, unknown>>> = given
  const known = ['schema', 'columns', 'with', 'withData', 'tablespace', 'method', 'dependsOn', 'comment']
  refuseUnknownKeys(options, known, `The materialized view ${JSON.stringify(name)}`)
  const bare = columnOf<unknown>({ name: 'unknown', declared: undefined, dimensions: 0, readAs: 'driver' })
  const made = indexes?.((key) => changed<AnyColumn>(bare, { key })) ?? []
  return declared({
    kind: 'materializedView',
    name,
    schema: options.schema,
    query,
    row,
    options,
    indexes: made.map((index) => index.def),
  })
}

/** Tells the columns, which may come first, from the query: that is text, a function or a `sql` template. */
function parameters(rest: readonly unknown[]): {
  readonly row: ColumnsOf | undefined
  readonly query: SqlSource
  readonly options: object
} {
  const [first, second, third] = rest
  const hasColumns = typeof first === 'object' && !isSqlExpression(first)
  const [query, options] = hasColumns ? [second, third] : [first, second]
  return {
    row: hasColumns ? boundRow(first as ColumnsOf) : undefined,
    query: query as SqlSource,
    options: options ?? {},
  }
}

function boundRow(columns: ColumnsOf): ColumnsOf {
  const bound = Object.entries(columns).map(
    ([key, column]) => [key, changed<AnyColumn>(column, { key })] as const,
  )
  return Object.freeze(Object.assign(Object.create(null) as object, Object.fromEntries(bound)))
}

function declared(definition: Omit<ViewDefinition, 'columns'>): View<unknown> {
  // The columns are phantoms: of most views only the row's type is known.
  return Object.freeze({ $: Object.freeze({ ...definition, columns: Object.freeze({}) }) })
}
