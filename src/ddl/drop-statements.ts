import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type { Metadata } from '../metadata/metadata.js'
import { ddlPlan, type PlannedObject } from './ddl-plan.js'
import { statement, type DdlStatement } from './ddl-statement.js'
import { qualified } from './name-sql.js'

/** Options of {@link dropStatements}. */
export interface DropStatementsOptions {
  /** Drops the extensions too. They may serve others. @defaultValue false */
  readonly extensions?: boolean | undefined
  /** Drops the schemas too, except public; that fails while they hold anything else. @defaultValue false */
  readonly schemas?: boolean | undefined
}

/**
 * Writes the statements that drop everything in a metadata, in the reverse order of creating it. Each says IF EXISTS, and
 * none says CASCADE: what the metadata does not know is not dropped, it makes the statement fail. Pure.
 *
 * @param metadata - The declared shape.
 * @param options - See {@link DropStatementsOptions}.
 * @returns The statements. Run them in one transaction.
 * @example
 * ```ts
 * import { bigint, dropStatements, Metadata, table } from 'async-database'
 *
 * const users = table('users', { id: bigint().identity().primaryKey() })
 * export const script = dropStatements(new Metadata({ tables: { users } })).map(({ sql }) => `${sql};`)
 * ```
 */
export function dropStatements(
  metadata: Metadata,
  options: DropStatementsOptions = {},
): readonly DdlStatement[] {
  const { extensions } = metadata.description
  const dropped = ddlPlan(metadata).toReversed().flatMap(dropsFor)
  const names = options.schemas === true ? ownSchemas(metadata) : []
  const extensionNames = options.extensions === true ? extensions.map(({ name }) => name).toReversed() : []
  return [
    ...dropped,
    ...extensionNames.map((name) =>
      statement('extension', name, `DROP EXTENSION IF EXISTS ${quoteIdentifier(name)}`),
    ),
    ...names.map((name) => statement('schema', name, `DROP SCHEMA IF EXISTS ${quoteIdentifier(name)}`)),
  ]
}

function ownSchemas({ description }: Metadata): readonly string[] {
  return description.schemas
    .map(({ name }) => name)
    .filter((name) => name !== 'public')
    .toReversed()
}

function dropsFor(planned: PlannedObject): readonly DdlStatement[] {
  switch (planned.kind) {
    case 'enum':
      return [statement('enum', planned.object, `DROP TYPE IF EXISTS ${qualified(planned.object)}`)]
    case 'domain':
      return [statement('domain', planned.object, `DROP DOMAIN IF EXISTS ${qualified(planned.object)}`)]
    case 'sequence':
      return [statement('sequence', planned.object, `DROP SEQUENCE IF EXISTS ${qualified(planned.object)}`)]
    case 'table':
      return [statement('table', planned.object, `DROP TABLE IF EXISTS ${qualified(planned.object)}`)]
    case 'sequenceOwner':
    case 'indexes':
      // They go with their table.
      return []
    case 'policies': {
      // A policy that looks at another table would keep that one from being dropped.
      const target = qualified(planned.object)
      const name = `${planned.object.schema}.${planned.object.name}`
      return planned.object.policies.map((policy) =>
        statement(
          'policy',
          `${name}.${policy.name}`,
          `DROP POLICY IF EXISTS ${quoteIdentifier(policy.name)} ON ${target}`,
        ),
      )
    }
    case 'foreignKey': {
      const { schema, name } = planned.table
      const drop = `ALTER TABLE IF EXISTS ${qualified(planned.table)} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(planned.object.name)}`
      return [statement('foreignKey', `${schema}.${name}.${planned.object.name}`, drop)]
    }
    case 'view': {
      const words = planned.object.kind === 'view' ? 'VIEW' : 'MATERIALIZED VIEW'
      return [
        statement(
          planned.object.kind,
          planned.object,
          `DROP ${words} IF EXISTS ${qualified(planned.object)}`,
        ),
      ]
    }
    case 'object':
      return planned.object.drop === undefined
        ? []
        : [statement('object', planned.object, planned.object.drop)]
  }
}
