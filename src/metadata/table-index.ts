import { ConfigurationError } from '../errors/usage-error.js'
import type { AnyColumn } from './column.js'
import { indexKey, leadingName, type IndexKey } from './index-key.js'
import { sqlText, type SqlExpression } from './sql-expression.js'
import type { IndexDefinition, StorageParameters, TableExtra } from './table-extra.js'

/** An index being declared. Every method gives a new builder. Performs no I/O. */
export class IndexBuilder implements TableExtra {
  /** What it was declared with so far. */
  readonly def: IndexDefinition

  /** @internal */
  constructor(def: IndexDefinition) {
    this.def = Object.freeze(def)
  }

  /** Refuses the same key in two rows. */
  unique(): IndexBuilder {
    return this.#with({ unique: true })
  }

  /** Indexes only the rows for which the condition holds (a partial index). */
  where(condition: string | SqlExpression): IndexBuilder {
    return this.#with({ where: sqlText(condition) })
  }

  /** The access method: `btree` (default), `hash`, `gin`, `gist`, `spgist`, `brin` or an extension's. */
  using(method: string): IndexBuilder {
    return this.#with({ method })
  }

  /** Columns stored beside the key, so that reading them needs no visit to the table. */
  include(...columns: readonly AnyColumn[]): IndexBuilder {
    return this.#with({ include: columns.map((column) => column.def) })
  }

  /** Lets a unique index refuse a second NULL (PostgreSQL 15). */
  nullsNotDistinct(): IndexBuilder {
    return this.#with({ nullsNotDistinct: true })
  }

  /** Storage parameters, such as `{ fillfactor: 70 }`. */
  with(parameters: StorageParameters): IndexBuilder {
    return this.#with({ with: parameters })
  }

  /** Where its file lies. */
  tablespace(name: string): IndexBuilder {
    return this.#with({ tablespace: name })
  }

  /** COMMENT ON INDEX. */
  comment(text: string): IndexBuilder {
    return this.#with({ comment: text })
  }

  #with(change: Partial<IndexDefinition>): IndexBuilder {
    return new IndexBuilder({ ...this.def, ...change })
  }
}

/**
 * Declares an index, in the third parameter of `table()`. Performs no I/O.
 *
 * @param keys - Optionally its name first; then columns, `sql` templates, or either with its order as
 * `{ on: t.createdAt, order: 'desc' }`. Without a name the naming convention gives one.
 * @returns A builder for everything else.
 * @throws {@link ConfigurationError} if there is no key, or a key is neither a column nor a `sql` template.
 * @example
 * ```ts
 * import { index, table, text, timestamptz } from 'async-database'
 * import { sql } from 'kysely'
 *
 * export const users = table('users', { email: text().notNull(), leftAt: timestamptz() }, (t) => [
 *   index('users_email_ci', sql`lower(${t.email})`).unique().where(sql`${t.leftAt} is null`),
 *   index({ on: t.leftAt, order: 'desc', nulls: 'last' }),
 * ])
 * ```
 */
export function index(...keys: readonly (IndexKey | string)[]): IndexBuilder {
  const { name, rest } = leadingName(keys)
  const where = name === undefined ? 'An index' : `The index ${JSON.stringify(name)}`
  if (rest.length === 0)
    throw new ConfigurationError({ message: `${where} is over nothing; expected a column or more.` })
  return new IndexBuilder({
    kind: 'index',
    name,
    keys: rest.map((key) => indexKey(key, where)),
    unique: false,
    method: 'btree',
    where: undefined,
    include: [],
    nullsNotDistinct: false,
    with: {},
    tablespace: undefined,
    comment: undefined,
  })
}
