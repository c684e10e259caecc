import { ConfigurationError } from '../errors/usage-error.js'
import type { AnyColumn } from './column.js'
import type { Deferrable } from './column-definition.js'
import { indexKey, leadingName, type IndexKeyOptions } from './index-key.js'
import { sqlText, type SqlExpression } from './sql-expression.js'
import type { ExclusionDefinition, StorageParameters, TableExtra } from './table-extra.js'

/** One element of an exclusion constraint: a key and the operator that must not hold for two rows. */
export interface ExclusionKey extends IndexKeyOptions {
  /** The operator, such as `=` or `&&`. */
  readonly with: string
}

/** An exclusion constraint being declared. Every method gives a new builder. Performs no I/O. */
export class ExclusionBuilder implements TableExtra {
  /** What it was declared with so far. */
  readonly def: ExclusionDefinition

  /** @internal */
  constructor(def: ExclusionDefinition) {
    this.def = Object.freeze(def)
  }

  /** The access method of its index. @defaultValue 'gist' */
  using(method: string): ExclusionBuilder {
    return this.#with({ method })
  }

  /** Looks only at the rows for which the condition holds. */
  where(condition: string | SqlExpression): ExclusionBuilder {
    return this.#with({ where: sqlText(condition) })
  }

  /** Columns stored beside the key in its index. */
  include(...columns: readonly AnyColumn[]): ExclusionBuilder {
    return this.#with({ include: columns.map((column) => column.def) })
  }

  /** Lets the check wait: until the end of the statement, or with `'initially deferred'` until COMMIT. */
  deferrable(deferrable: Exclude<Deferrable, false> = true): ExclusionBuilder {
    return this.#with({ deferrable })
  }

  /** Storage parameters of its index. */
  with(parameters: StorageParameters): ExclusionBuilder {
    return this.#with({ with: parameters })
  }

  /** Where its index lies. */
  tablespace(name: string): ExclusionBuilder {
    return this.#with({ tablespace: name })
  }

  /** COMMENT ON CONSTRAINT. */
  comment(text: string): ExclusionBuilder {
    return this.#with({ comment: text })
  }

  #with(change: Partial<ExclusionDefinition>): ExclusionBuilder {
    return new ExclusionBuilder({ ...this.def, ...change })
  }
}

/**
 * Declares an exclusion constraint, in the third parameter of `table()`: for no two rows do all operators hold.
 * Performs no I/O.
 *
 * @param keys - Optionally its name first; then the keys with their operators.
 * @returns A builder for everything else.
 * @throws {@link ConfigurationError} if there is no key, or one has no operator.
 * @example
 * ```ts
 * import { exclude, integer, table, tstzrange } from 'async-database'
 *
 * export const bookings = table('bookings', { room: integer(), during: tstzrange() }, (t) => [
 *   exclude({ on: t.room, with: '=' }, { on: t.during, with: '&&' }), // needs the extension btree_gist for integer
 * ])
 * ```
 */
export function exclude(...keys: readonly (ExclusionKey | string)[]): ExclusionBuilder {
  const { name, rest } = leadingName(keys)
  const where =
    name === undefined ? 'An exclusion constraint' : `The exclusion constraint ${JSON.stringify(name)}`
  if (rest.length === 0)
    throw new ConfigurationError({ message: `${where} has no key; expected one or more.` })
  return new ExclusionBuilder({
    kind: 'exclusion',
    name,
    keys: rest.map(({ with: operator, ...key }) => ({
      ...indexKey(key, where),
      operator: checked(operator, where),
    })),
    method: 'gist',
    where: undefined,
    include: [],
    deferrable: false,
    with: {},
    tablespace: undefined,
    comment: undefined,
  })
}

/** An operator can't be quoted, so only what PostgreSQL calls an operator passes, with or without its schema. */
const OPERATOR = /^(?:[+\-*/<>=~!@#%^&|`?]+|OPERATOR\([\w".]+\.[+\-*/<>=~!@#%^&|`?]+\))$/

function checked(operator: string, where: string): string {
  if (OPERATOR.test(operator)) return operator
  throw new ConfigurationError({
    message: `${where} has the operator ${JSON.stringify(operator)}; expected one such as = or &&.`,
  })
}
