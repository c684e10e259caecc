import type { AnyColumn, Column } from './column.js'
import { columnOf, changed } from './column-builder.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'
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

/** What a view was declared with. */
export interface ViewDefinition<out C = Readonly<Record<string, AnyColumn>>> extends TableDefinition<C> {
  readonly kind: 'materializedView' | 'view'
  readonly query: SqlSource
  readonly options: ViewOptions & Omit<MaterializedViewOptions<unknown>, 'indexes'>
  readonly indexes: readonly IndexDefinition[]
}

/** A declared view; `Row` is what it gives. */
export interface View<Row> {
  /** What the view was declared with. */
  readonly $: ViewDefinition<ViewColumns<Row>>
}

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
export function view<Row>(name: string, query: SqlSource, options: ViewOptions = {}): View<Row> {
  const known = ['schema', 'columns', 'with', 'checkOption', 'dependsOn', 'comment']
  refuseUnknownKeys(options, known, `The view ${JSON.stringify(name)}`)
  return declared<Row>({ kind: 'view', name, schema: options.schema, query, options, indexes: [] })
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
  { indexes, ...options }: MaterializedViewOptions<Row> = {},
): View<Row> {
  const known = ['schema', 'columns', 'with', 'withData', 'tablespace', 'method', 'dependsOn', 'comment']
  refuseUnknownKeys(options, known, `The materialized view ${JSON.stringify(name)}`)
  const bare = columnOf<unknown>({ name: 'unknown', declared: undefined, dimensions: 0, readAs: 'driver' })
  const made = indexes?.((key) => changed<AnyColumn>(bare, { key })) ?? []
  const definitions = made.map((index) => index.def)
  return declared<Row>({
    kind: 'materializedView',
    name,
    schema: options.schema,
    query,
    options,
    indexes: definitions,
  })
}

function declared<Row>(definition: Omit<ViewDefinition, 'columns'>): View<Row> {
  // The columns are phantoms: only the row's type is known.
  return Object.freeze({ $: Object.freeze({ ...definition, columns: {} as ViewColumns<Row> }) })
}
