import { ConfigurationError } from '../errors/usage-error.js'
import type { AnyColumn } from './column.js'
import type { Deferrable } from './column-definition.js'
import { leadingName } from './index-key.js'
import type { KeyDefinition, StorageParameters, TableExtra } from './table-extra.js'

/** A primary key or unique constraint being declared. Every method gives a new builder. Performs no I/O. */
export class KeyBuilder implements TableExtra {
  /** What it was declared with so far. */
  readonly def: KeyDefinition<'primaryKey'> | KeyDefinition<'unique'>

  /** @internal */
  constructor(def: KeyDefinition) {
    this.def = Object.freeze(def)
  }

  /** Columns stored beside the key in its index. */
  include(...columns: readonly AnyColumn[]): KeyBuilder {
    return this.#with({ include: columns.map((column) => column.def) })
  }

  /** Refuses a second NULL (PostgreSQL 15); only for `unique()`. */
  nullsNotDistinct(): KeyBuilder {
    return this.#with({ nullsNotDistinct: true })
  }

  /** Makes the last column a range whose values must not overlap (PostgreSQL 18). */
  withoutOverlaps(): KeyBuilder {
    return this.#with({ withoutOverlaps: true })
  }

  /** Lets the check wait: until the end of the statement, or with `'initially deferred'` until COMMIT. */
  deferrable(deferrable: Exclude<Deferrable, false> = true): KeyBuilder {
    return this.#with({ deferrable })
  }

  /** Storage parameters of its index, such as `{ fillfactor: 70 }`. */
  with(parameters: StorageParameters): KeyBuilder {
    return this.#with({ with: parameters })
  }

  /** Where its index lies. */
  tablespace(name: string): KeyBuilder {
    return this.#with({ tablespace: name })
  }

  /** COMMENT ON CONSTRAINT. */
  comment(text: string): KeyBuilder {
    return this.#with({ comment: text })
  }

  #with(change: Partial<KeyDefinition>): KeyBuilder {
    return new KeyBuilder({ ...this.def, ...change })
  }
}

/**
 * Declares a unique constraint over one or more columns, in the third parameter of `table()`. Performs no I/O.
 *
 * @param columns - Optionally its name first; then columns of the table.
 * @returns A builder for everything else.
 * @throws {@link ConfigurationError} if there is no column.
 * @example
 * ```ts
 * import { bigint, table, text, unique } from 'async-database'
 *
 * export const songs = table('songs', { ownerId: bigint(), name: text() }, (t) => [
 *   unique(t.ownerId, t.name).nullsNotDistinct(),
 * ])
 * ```
 */
export function unique(...columns: readonly (AnyColumn | string)[]): KeyBuilder {
  return key('unique', columns)
}

/**
 * Declares a primary key over several columns, in the third parameter of `table()`. Its columns become not null in the
 * database; say `notNull()` on them as well, so that their types know. Performs no I/O.
 *
 * @param columns - Optionally its name first; then columns of the table.
 * @returns A builder for everything else.
 * @throws {@link ConfigurationError} if there is no column.
 * @example
 * ```ts
 * import { bigint, primaryKey, table } from 'async-database'
 *
 * export const likes = table('likes', { userId: bigint().notNull(), songId: bigint().notNull() }, (t) => [
 *   primaryKey(t.userId, t.songId),
 * ])
 * ```
 */
export function primaryKey(...columns: readonly (AnyColumn | string)[]): KeyBuilder {
  return key('primaryKey', columns)
}

function key(kind: KeyDefinition['kind'], given: readonly (AnyColumn | string)[]): KeyBuilder {
  const { name, rest } = leadingName(given)
  const word = kind === 'unique' ? 'unique constraint' : 'primary key'
  if (rest.length === 0)
    throw new ConfigurationError({ message: `A ${word} has no column; expected one or more.` })
  return new KeyBuilder({
    kind,
    name,
    columns: rest.map((column) => column.def),
    include: [],
    nullsNotDistinct: false,
    withoutOverlaps: false,
    deferrable: false,
    with: {},
    tablespace: undefined,
    comment: undefined,
  })
}
