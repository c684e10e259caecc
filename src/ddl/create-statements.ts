import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type { TableBody, TableDescription } from '../metadata/description.js'
import type { Metadata } from '../metadata/metadata.js'
import { ddlPlan, type PlannedObject } from './ddl-plan.js'
import { statement, type DdlStatement } from './ddl-statement.js'
import { ExistingSet, type ExistingObject } from './existing-objects.js'
import { qualified } from './name-sql.js'
import { refuseNewerFeatures } from './refuse-newer-features.js'
import {
  domainStatements,
  enumStatements,
  extensionStatements,
  policyStatements,
  schemaStatements,
  sequenceOwnerStatements,
  sequenceStatements,
  viewStatements,
} from './object-statements.js'
import {
  foreignKeyStatements,
  indexStatements,
  partitionStatements,
  tableStatements,
} from './table-statements.js'

/** Options of {@link createStatements}. */
export interface CreateStatementsOptions {
  /**
   * What is in the database already: the rows of `existingObjectsQuery`. Such objects are left as they are, a table
   * together with its indexes, constraints and policies.
   *
   * @defaultValue nothing but the schema public
   */
  readonly existing?: Iterable<ExistingObject> | undefined
  /**
   * The major version of the server that will run them, such as 14: what it is too old for is then refused here, by name.
   *
   * @defaultValue nothing is refused
   */
  readonly serverVersion?: number | undefined
}

/**
 * Writes the statements that create everything in a metadata, in an order in which each finds what it needs: schemas,
 * extensions, types, sequences, functions, tables in foreign-key order, indexes, foreign keys that close a cycle, views,
 * triggers, policies. Every name is quoted and qualified. Pure.
 *
 * Run them in one transaction, with the metadata's schema in the search path for what SQL texts do not qualify.
 *
 * @param metadata - The declared shape.
 * @param options - See {@link CreateStatementsOptions}.
 * @returns The statements.
 * @throws {@link ConfigurationError} if the metadata uses what a server of `serverVersion` does not have.
 * @example
 * ```ts
 * import { bigint, createStatements, Metadata, table } from 'async-database'
 *
 * const users = table('users', { id: bigint().identity().primaryKey() })
 * export const script = createStatements(new Metadata({ tables: { users } })).map(({ sql }) => `${sql};`)
 * ```
 */
export function createStatements(
  metadata: Metadata,
  options: CreateStatementsOptions = {},
): readonly DdlStatement[] {
  const existing = new ExistingSet(
    options.existing ?? [{ kind: 'schema', schema: '', name: 'public', detail: '' }],
  )
  const { schemas, extensions } = metadata.description
  const planned = ddlPlan(metadata).filter((object) => !exists(object, existing))
  if (options.serverVersion !== undefined) refuseNewerFeatures(planned, options.serverVersion)
  return [
    // Only where missing: CREATE SCHEMA IF NOT EXISTS asks for the right to create even when there is nothing to do.
    ...schemas.filter(({ name }) => !existing.has('schema', '', name)).flatMap(schemaStatements),
    ...extensions.filter(({ name }) => !existing.has('extension', '', name)).flatMap(extensionStatements),
    ...bodyCheckSetting(planned),
    ...metadata.description.tables.flatMap((table) => missingPartitions(table, existing)),
    ...planned.flatMap((object) => statementsFor(object)),
  ]
}

/** Functions may be written before the tables that their bodies mention, as in pg_dump. */
function bodyCheckSetting(planned: readonly PlannedObject[]): readonly DdlStatement[] {
  const hasRoutine = planned.some(
    ({ kind, object }) => kind === 'object' && /function|procedure/.test(object.kind),
  )
  if (!hasRoutine) return []
  return [statement('setting', 'check_function_bodies', 'SET LOCAL check_function_bodies = off')]
}

function exists(planned: PlannedObject, existing: ExistingSet): boolean {
  switch (planned.kind) {
    case 'domain':
    case 'enum':
      return existing.has('type', planned.object.schema, planned.object.name)
    case 'foreignKey':
      return existing.has('relation', planned.table.schema, planned.table.name)
    case 'object': {
      const { kind, schema, name, table } = planned.object
      if (kind === 'alteration' && table !== undefined)
        return existing.has('relation', table.schema, table.name)
      return existing.has(kind, schema, name, planned.object.arguments ?? table?.name)
    }
    default:
      return existing.has('relation', planned.object.schema, planned.object.name)
  }
}

function statementsFor(planned: PlannedObject): readonly DdlStatement[] {
  switch (planned.kind) {
    case 'enum':
      return enumStatements(planned.object)
    case 'domain':
      return domainStatements(planned.object)
    case 'sequence':
      return sequenceStatements(planned.object)
    case 'sequenceOwner':
      return sequenceOwnerStatements(planned.object)
    case 'table':
      return tableStatements(planned.object, planned.inline)
    case 'indexes':
      return [...indexStatements(planned.object), ...replicaIdentity(planned.object)]
    case 'policies':
      return policiesOf(planned.object)
    case 'foreignKey':
      return foreignKeyStatements(planned.table, planned.object)
    case 'view':
      return viewStatements(planned.object)
    case 'object':
      return planned.object.create.map((sql) => statement('object', planned.object, sql))
  }
}

function policiesOf(table: TableBody): readonly DdlStatement[] {
  return [
    ...table.policies.flatMap((policy) => policyStatements(table, policy)),
    ...table.partitions.flatMap(policiesOf),
  ]
}

function replicaIdentity(table: TableDescription): readonly DdlStatement[] {
  const { replicaIdentity: identity } = table
  if (identity === undefined) return []
  const words =
    typeof identity === 'string' ? identity.toUpperCase() : `USING INDEX ${quoteIdentifier(identity.index)}`
  return [statement('table', table, `ALTER TABLE ${qualified(table)} REPLICA IDENTITY ${words}`)]
}

/** Partitions are added over the years: a table that exists may lack the newest. */
function missingPartitions(table: TableBody, existing: ExistingSet): readonly DdlStatement[] {
  if (!existing.has('relation', table.schema, table.name)) return []
  return table.partitions.flatMap((partition) =>
    existing.has('relation', partition.schema, partition.name)
      ? missingPartitions(partition, existing)
      : [...partitionStatements(partition, table), ...indexStatements(partition)],
  )
}
