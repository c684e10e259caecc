import { ConfigurationError } from '../errors/usage-error.js'
import { identifierFlaw } from '../foundation/quote-identifier.js'
import { columnOf, type ColumnBuilder } from './column-builder.js'
import type { EnumDefinition } from './data-type.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'

/** Options of an enum. */
export interface EnumTypeOptions {
  /** The schema it lives in. @defaultValue the metadata's */
  readonly schema?: string | undefined
  /** COMMENT ON TYPE. */
  readonly comment?: string | undefined
}

/** An enum: call it to begin a column of it. */
export interface EnumType<V extends string> {
  (): ColumnBuilder<V, V, 'null'>
  /** The values, in the order that `<` and `ORDER BY` follow. */
  readonly values: readonly V[]
  /** What it was declared with. */
  readonly def: EnumDefinition
}

/**
 * Declares an enum (`CREATE TYPE … AS ENUM`). The metadata finds it through the columns that use it. Performs no I/O.
 *
 * @param name - Its name in the database.
 * @param values - Its values in order, each at most 63 bytes long. None at all is possible, as on the server.
 * @param options - See {@link EnumTypeOptions}.
 * @returns A function that begins a column of the enum.
 * @throws {@link ConfigurationError} if a value occurs twice, or is not a possible label.
 * @example
 * ```ts
 * import { enumType, table } from 'async-database'
 *
 * export const mood = enumType('mood', ['sad', 'ok', 'happy'])
 * export const people = table('people', { mood: mood().notNull().default('ok') })
 * ```
 */
export function enumType<const V extends string>(
  name: string,
  values: readonly V[],
  options: EnumTypeOptions = {},
): EnumType<V> {
  refuseUnknownKeys(options, ['schema', 'comment'], `The enum ${JSON.stringify(name)}`)
  checkValues(name, values)
  const def: EnumDefinition = Object.freeze({
    kind: 'enum',
    name,
    schema: options.schema,
    values: Object.freeze([...values]),
    comment: options.comment,
  })
  const begin = (): ColumnBuilder<V, V, 'null'> =>
    columnOf({ name, declared: def, dimensions: 0, readAs: 'string' })
  return Object.freeze(Object.assign(begin, { values: def.values as readonly V[], def }))
}

function checkValues(name: string, values: readonly string[]): void {
  // Unlike a name, a label may be empty.
  const flawed = values.find((value) => value !== '' && identifierFlaw(value) !== undefined)
  const repeated = values.find((value, position) => values.indexOf(value) !== position)
  const met = flawed ?? repeated
  if (met === undefined) return
  const reason = flawed === undefined ? 'occurs twice' : (identifierFlaw(flawed) ?? '')
  throw new ConfigurationError({
    message: `The enum ${JSON.stringify(name)} has the value ${JSON.stringify(met)}, which ${reason}.`,
    hint: 'An enum needs different values of at most 63 bytes.',
    context: { name },
  })
}
