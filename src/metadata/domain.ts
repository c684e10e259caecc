import { ConfigurationError } from '../errors/usage-error.js'
import type { AnyColumn, Column, Flag } from './column.js'
import { columnOf, type ColumnBuilder } from './column-builder.js'
import type { DomainDefinition } from './data-type.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'

/** Options of a domain. */
export interface DomainOptions {
  /** The schema it lives in. @defaultValue the metadata's */
  readonly schema?: string | undefined
  /** COMMENT ON DOMAIN. */
  readonly comment?: string | undefined
}

/** A domain: call it to begin a column of it. */
export interface DomainType<T, W> {
  (): ColumnBuilder<T, W, 'null'>
  /** What it was declared with. */
  readonly def: DomainDefinition
}

/**
 * Declares a domain: a type with checks (`CREATE DOMAIN`). The metadata finds it through the columns that use it.
 * Performs no I/O.
 *
 * @param name - Its name in the database.
 * @param base - The type below it, with `notNull()`, `default()`, `collate()` and `check()` of the domain; the value is
 * called `VALUE` in checks.
 * @param options - See {@link DomainOptions}.
 * @returns A function that begins a column of the domain.
 * @throws {@link ConfigurationError} if `base` declares what only a column of a table can have.
 * @example
 * ```ts
 * import { domain, integer, table } from 'async-database'
 *
 * export const year = domain('year', integer().check('VALUE between 1901 and 2155', 'year_check'))
 * export const films = table('films', { released: year().notNull() })
 * ```
 */
export function domain<T, W, F extends Flag>(
  name: string,
  base: Column<T, W, F>,
  options: DomainOptions = {},
): DomainType<T, W> {
  refuseUnknownKeys(options, ['schema', 'comment'], `The domain ${JSON.stringify(name)}`)
  refuseColumnParts(name, base)
  const { type, notNull, notNullName, collation, checks } = base.def
  const def: DomainDefinition = Object.freeze({
    kind: 'domain',
    name,
    schema: options.schema,
    type,
    notNull,
    notNullName,
    default: base.def.default,
    collation,
    checks: checks.map((check) => ({
      name: check.name,
      expression: check.expression,
      notValid: check.notValid ?? false,
    })),
    comment: options.comment,
  })
  const readAs = type.dimensions > 0 ? 'driver' : type.readAs
  const begin = (): ColumnBuilder<T, W, 'null'> => columnOf({ name, declared: def, dimensions: 0, readAs })
  return Object.freeze(Object.assign(begin, { def }))
}

function refuseColumnParts(name: string, base: AnyColumn): void {
  const { identity, serial, generated, primaryKey, reference, uniques } = base.def
  const parts = { identity, serial, generated, primaryKey, references: reference, unique: uniques[0] }
  const met = Object.entries(parts).find(([, part]) => part !== undefined)
  if (met === undefined) return
  throw new ConfigurationError({
    message: `The domain ${JSON.stringify(name)} is based on a column with ${met[0]}, which a domain can't have.`,
    hint: `Declare ${met[0]} on the columns that use the domain.`,
    context: { name },
  })
}
