import type { Metadata } from '../../metadata/metadata.js'
import { MappedTable } from './mapped-table.js'

/**
 * The tables of a metadata as queries use them.
 *
 * @internal
 */
export class MappedTables {
  readonly #byKey: ReadonlyMap<string, MappedTable>
  readonly #byName: ReadonlyMap<string, MappedTable>

  constructor(metadata: Metadata) {
    const tables = Object.entries(metadata.tables).map(
      ([key, table]) => new MappedTable(key, table, metadata),
    )
    this.#byKey = new Map(tables.map((table) => [table.key, table]))
    // Of two with one name, in two schemas, neither is meant for certain.
    const isUnique = ({ name }: MappedTable): boolean =>
      tables.filter((other) => other.name === name).length === 1
    this.#byName = new Map(tables.filter(isUnique).map((table) => [table.name, table]))
  }

  /** Whether any query can need what Kysely does not do by itself. */
  get areSpecial(): boolean {
    return [...this.#byKey.values()].some((table) => table.isSpecial)
  }

  /** The table under a key, or, where another plugin has turned keys into names already, of a name. */
  table(keyOrName: string): MappedTable | undefined {
    return this.#byKey.get(keyOrName) ?? this.#byName.get(keyOrName)
  }
}
