import { ConfigurationError, UsageError } from '../errors/usage-error.js'
import type { ObjectName, TableDescription } from '../metadata/description.js'
import type { Metadata } from '../metadata/metadata.js'
import type { Relation } from '../metadata/relation.js'
import type { AnyTable } from '../metadata/table.js'
import { statement } from '../postgres/statement.js'
import type { StatementRunner } from './statement-runner.js'
import { ObjectEvents } from './object-events.js'
import { relationMapping } from './relation-mapping.js'
import { TableMapping } from './table-mapping.js'

const SHOW_VERSION = statement('show server_version_num', [])

/**
 * The metadata as the unit of work uses it. Made once for each database and shared by its sessions.
 *
 * @internal
 */
export class Mapper {
  readonly metadata: Metadata
  /** Hooks of all sessions. */
  readonly events = new ObjectEvents<unknown>((table) => this.mapping(table))
  readonly #mappingByDefinition = new Map<object, TableMapping>()
  readonly #toldVersion: () => number | undefined
  #serverVersion: number | undefined

  /**
   * @param metadata - The declared tables.
   * @param toldVersion - The server's version, once a connection was told it.
   */
  constructor(metadata: Metadata, toldVersion: () => number | undefined = () => undefined) {
    this.metadata = metadata
    this.#toldVersion = toldVersion
    const mappingByName = new Map<string, TableMapping>()
    const described: [TableDescription, TableMapping][] = []
    for (const table of Object.values(metadata.tables)) {
      if (table.$.kind !== 'table') continue
      const description = metadata.describe(table)
      const mapping = new TableMapping(table.$, description)
      described.push([description, mapping])
      this.#mappingByDefinition.set(table.$, mapping)
      mappingByName.set(fullName(description), mapping)
    }
    for (const [description, mapping] of described)
      mapping.link(description.foreignKeys, (key) => mappingByName.get(fullName(key.target)) as TableMapping)
    this.#relate(described.map(([, mapping]) => mapping))
  }

  /** The mapping of a declared table whose rows are objects. Throws {@link UsageError} if they can't be told apart. */
  mapping(table: AnyTable): TableMapping {
    const mapping = this.declared(table)
    if (mapping.primaryKey.length === 0) {
      throw new UsageError({
        message: `The table ${mapping.key} has no primary key, so its rows can't be told apart`,
        hint: 'Declare one, or write its rows with plain queries.',
      })
    }
    return mapping
  }

  /** The mappings of all tables. */
  get mappings(): Iterable<TableMapping> {
    return this.#mappingByDefinition.values()
  }

  /** The mapping of a declared table. Throws {@link UsageError} for one that the metadata does not have. */
  declared(table: AnyTable): TableMapping {
    const mapping = this.#mappingByDefinition.get(table.$)
    if (mapping === undefined) {
      throw new UsageError({
        message: `${JSON.stringify(table.$.name)} is not a table of this database's metadata`,
        hint:
          table.$.kind === 'table'
            ? 'List it in the tables of new Metadata({ tables }), and give that metadata to the database.'
            : 'Rows of a view are read with plain queries: they have no primary key.',
      })
    }
    return mapping
  }

  #relate(mappings: readonly TableMapping[]): void {
    const mappingByKey = new Map(mappings.map((mapping) => [mapping.key, mapping]))
    const declared = this.metadata.relations as Readonly<Record<string, Readonly<Record<string, Relation>>>>
    const tableOf = (key: string): TableMapping => {
      const mapping = mappingByKey.get(key)
      if (mapping !== undefined) return mapping
      throw new ConfigurationError({
        message: `The relations of the metadata lead to ${JSON.stringify(key)}, which is not one of its tables`,
        hint: 'Give relations() the same tables as new Metadata({ tables, relations }).',
      })
    }
    for (const [key, relations] of Object.entries(declared)) {
      const source = tableOf(key)
      const mapped = Object.entries(relations).map(([name, { def }]) =>
        relationMapping(name, def, source, tableOf),
      )
      source.relate(mapped)
      for (const { cascade, kind, through, target, foreign } of mapped) {
        if (cascade === 'deleteOrphan' && kind === 'many' && through === undefined)
          target.owners.push(foreign)
      }
    }
  }

  /**
   * The server's version, such as 170004: as a connection was told when it was opened. Only if there was none yet it is
   * asked for, once, in one round trip inside the session's transaction.
   */
  async serverVersion(runner: StatementRunner): Promise<number> {
    const known = this.#toldVersion()
    if (known !== undefined) return known
    if (this.#serverVersion === undefined) {
      const { rows } = await runner.execute(SHOW_VERSION)
      const [row] = rows as { readonly server_version_num: string }[]
      this.#serverVersion = Number(row?.server_version_num)
    }
    return this.#serverVersion
  }
}

function fullName({ schema, name }: ObjectName): string {
  return JSON.stringify([schema, name])
}
