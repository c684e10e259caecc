import { ConfigurationError } from '../errors/usage-error.js'
import { clipIdentifier } from './clip-identifier.js'
import type { ColumnDefinition } from './column-definition.js'
import type { ObjectName } from './description.js'
import type { NameRegistry } from './name-registry.js'

/** What turning definitions into descriptions needs to know about the metadata as a whole. */
export interface DescribeContext {
  readonly defaultSchema: string
  readonly names: NameRegistry
  /** Where each declared table is, by the object that its columns carry as their owner. */
  readonly places: ReadonlyMap<object, ObjectName>
}

/**
 * The name of a column in the database: its own, or the key it was declared under. Pure.
 *
 * @param column - A column of a table.
 * @returns The name, cut as the server cuts it.
 * @internal
 */
export function columnName(column: ColumnDefinition): string {
  return clipIdentifier(column.name ?? column.key ?? '')
}

/**
 * The names of columns, all of one table. Pure.
 *
 * @param columns - The columns.
 * @param owner - What their table's columns carry.
 * @param what - What they are for, for the message.
 * @returns The names.
 * @throws {@link ConfigurationError} if one belongs to another table.
 * @internal
 */
export function ownColumnNames(
  columns: readonly ColumnDefinition[],
  owner: object | undefined,
  what: string,
): readonly string[] {
  const stranger = columns.find((column) => column.owner !== owner)
  if (stranger === undefined) return columns.map(columnName)
  throw new ConfigurationError({
    message: `${what} uses the column ${JSON.stringify(columnName(stranger))}, which belongs to another table.`,
    hint: 'Take the columns from the parameter of the function, as in (t) => [index(t.email)].',
  })
}
