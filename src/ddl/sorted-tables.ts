import type { TableBody, TableDescription } from '../metadata/description.js'
import type { Metadata } from '../metadata/metadata.js'
import { dependencyOrder } from './dependency-order.js'

/**
 * Lists the tables so that each comes after those that its foreign keys point at; otherwise in the order of
 * declaration. In a cycle of foreign keys one table has to come before one that it points at. Pure.
 *
 * @param metadata - The declared shape.
 * @returns Every table once. Reversed, it is the order for deleting.
 * @example
 * ```ts
 * import { bigint, Metadata, sortedTables, table } from 'async-database'
 *
 * const songs = table('songs', { ownerId: bigint().references(() => users.id) })
 * const users = table('users', { id: bigint().identity().primaryKey() })
 * export const order = sortedTables(new Metadata({ tables: { songs, users } })).map(({ name }) => name) // users, songs
 * ```
 * @see SQLAlchemy 2.0 `MetaData.sorted_tables`
 */
export function sortedTables(metadata: Metadata): readonly TableDescription[] {
  const { tables } = metadata.description
  const byName = new Map(tables.map((table) => [slot(table), table]))
  return dependencyOrder(tables, (table) => referencedNames(table).flatMap((name) => byName.get(name) ?? []))
}

function referencedNames(table: TableBody): readonly string[] {
  return [
    ...table.foreignKeys.map((key) => slot(key.target)),
    ...table.partitions.flatMap((partition) => referencedNames(partition)),
  ]
}

function slot({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}\0${name}`
}
