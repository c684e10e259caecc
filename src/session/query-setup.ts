import type { KyselyPlugin, QueryCompiler } from 'kysely'
import { kyselyCompiler } from '../engine/kysely-dialect.js'
import type { Metadata } from '../metadata/metadata.js'
import { MappedTables } from './mapping/mapped-tables.js'
import { MappingCompiler } from './mapping/mapping-compiler.js'

/**
 * How queries become SQL: one for each database, shared by its sessions, its views and its plain Kysely.
 *
 * @internal
 */
export class QuerySetup {
  readonly compiler: QueryCompiler
  readonly plugins: readonly KyselyPlugin[]

  /**
   * @param metadata - Whose keys queries speak.
   * @param plugins - Of the application.
   */
  constructor(metadata: Metadata, plugins: readonly KyselyPlugin[]) {
    const tables = new MappedTables(metadata)
    // Where every name is its own key, queries pay nothing.
    this.compiler = tables.areSpecial ? new MappingCompiler(tables) : kyselyCompiler
    this.plugins = Object.freeze([...plugins])
  }
}
