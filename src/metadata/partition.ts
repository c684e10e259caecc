import { indexKey, type IndexKey } from './index-key.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import type {
  NotNullNames,
  PartitionByDefinition,
  PartitionDefinition,
  StorageParameters,
  TableExtra,
} from './table-extra.js'

/** Options of a partition. */
export interface PartitionOptions {
  /** The schema it lives in. @defaultValue that of its parent */
  readonly schema?: string | undefined
  /** What it has beyond its parent: indexes, constraints, `partitionBy` and partitions of its own. */
  readonly extras?: readonly TableExtra[] | undefined
  /** Storage parameters, such as `{ fillfactor: 70 }`. */
  readonly with?: StorageParameters | undefined
  /** Not written to the write-ahead log: emptied after a crash. @defaultValue false */
  readonly unlogged?: boolean | undefined
  /** Where its file lies. */
  readonly tablespace?: string | undefined
  /**
   * Names of its NOT NULL constraints by column (PostgreSQL 18); `'own'` stands for those it would have as a table, which
   * an attached partition keeps.
   *
   * @defaultValue those of the table
   */
  readonly notNullNames?: NotNullNames | undefined
  /** COMMENT ON TABLE. */
  readonly comment?: string | undefined
}

/**
 * Splits a table into partitions, in the third parameter of `table()`. Performs no I/O.
 *
 * @param strategy - `range`, `list` or `hash`.
 * @param keys - Columns, or expressions as `sql` templates.
 * @returns The partition key.
 * @example
 * ```ts
 * import { date, partition, partitionBy, table } from 'async-database'
 *
 * export const visits = table('visits', { day: date().notNull() }, (t) => [
 *   partitionBy('range', t.day),
 *   partition('visits_2026', "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"),
 *   partition('visits_rest', 'DEFAULT'),
 * ])
 * ```
 */
export function partitionBy(
  strategy: PartitionByDefinition['strategy'],
  ...keys: readonly IndexKey[]
): TableExtra {
  const def = {
    kind: 'partitionBy',
    strategy,
    keys: keys.map((key) => indexKey(key, 'A partition key')),
  } as const
  return Object.freeze({ def: Object.freeze(def) })
}

/**
 * Declares one partition of the table, in its third parameter. Performs no I/O.
 *
 * @param name - Its name in the database.
 * @param bound - The rows it holds, in SQL: `FOR VALUES FROM (…) TO (…)`, `FOR VALUES IN (…)`,
 * `FOR VALUES WITH (modulus 4, remainder 0)` or `DEFAULT`.
 * @param options - See {@link PartitionOptions}.
 * @returns The partition.
 * @throws {@link ConfigurationError} if an option is unknown.
 */
export function partition(name: string, bound: string, options: PartitionOptions = {}): TableExtra {
  const known = ['schema', 'extras', 'with', 'unlogged', 'tablespace', 'notNullNames', 'comment']
  refuseUnknownKeys(options, known, `The partition ${JSON.stringify(name)}`)
  const def: PartitionDefinition = {
    kind: 'partition',
    name,
    schema: options.schema,
    bound,
    extras: (options.extras ?? []).map((extra) => extra.def),
    with: options.with ?? {},
    unlogged: options.unlogged ?? false,
    tablespace: options.tablespace,
    notNullNames: options.notNullNames,
    comment: options.comment,
  }
  return Object.freeze({ def: Object.freeze(def) })
}
