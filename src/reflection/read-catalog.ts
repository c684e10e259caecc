import type { CompiledQuery } from 'kysely'
import { rawQuery } from '../engine/raw-query.js'
import { InternalError } from '../errors/database-error.js'
import { ReflectionError } from '../errors/reflection-error.js'
import type { Catalog, RelationRow, ServerRow } from './catalog-rows.js'
import { DEPENDENCIES, RESTORE_SETTINGS, SEQUENCES, SERVER, TYPES } from './object-queries.js'
import { ROUTINES, TABLE_OBJECTS } from './raw-queries.js'
import { RARE_OBJECTS } from './rare-object-queries.js'
import { columnsQuery, constraintsQuery, indexesQuery, POLICIES, RELATIONS } from './relation-queries.js'
import { schemaObjectsQuery } from './schema-object-queries.js'

/** What the catalogs are read through: a session, or anything else that runs Kysely's compiled queries. */
export interface CatalogConnection {
  /** Runs one query and gives its rows. */
  executeQuery<R>(query: CompiledQuery<R>): Promise<{ readonly rows: readonly R[] }>
}

/**
 * Reads the catalogs: always the same number of statements, in three round trips where the connection pipelines.
 *
 * The search path is the first schema alone meanwhile, so that the server prints names in it bare and all others with
 * their schema.
 *
 * @param connection - In a transaction.
 * @param schemas - Names of schemas; undefined means the first of the search path.
 * @param goesOn - Whether the transaction goes on, so that its settings must be put back.
 * @returns What the catalogs hold about the schemas.
 * @throws {@link ReflectionError} if a schema is not there or may not be used.
 * @internal
 */
export async function readCatalog(
  connection: CatalogConnection,
  schemas: readonly string[] | undefined,
  goesOn: boolean,
): Promise<Catalog> {
  const rows = async <R>(sql: string, ...parameters: readonly unknown[]): Promise<readonly R[]> =>
    (await connection.executeQuery(rawQuery<R>(sql, parameters))).rows
  const [server] = await rows<ServerRow>(SERVER, schemas ?? null)
  if (server === undefined) throw new InternalError({ message: 'BUG: a SELECT without FROM gave no row' })
  const { version, named, namespaces, extensions } = server
  refuseUnusable(server)
  const relations = await rows<RelationRow>(RELATIONS, named)
  const oids = relations.map(({ oid }) => oid)
  const reached = [...new Set([...named, ...relations.map(({ schema }) => schema)])]
  const [columns, constraints, indexes, types, sequences, policies, raw, dependencies] = await Promise.all([
    rows<Catalog['columns'][number]>(columnsQuery(version), oids),
    rows<Catalog['constraints'][number]>(constraintsQuery(version), oids, named),
    rows<Catalog['indexes'][number]>(indexesQuery(version), oids),
    rows<Catalog['types'][number]>(TYPES, named),
    rows<Catalog['sequences'][number]>(SEQUENCES, named, oids),
    rows<Catalog['policies'][number]>(POLICIES, oids),
    rows<Catalog['raw'][number]>(rawQueries(version), named, oids),
    rows<Catalog['dependencies'][number]>(DEPENDENCIES, reached, oids),
  ])
  if (goesOn) await rows(RESTORE_SETTINGS, server.path, server.jit)
  const schema = named[0] ?? 'public'
  return {
    schema,
    namespaces,
    extensions,
    relations,
    columns,
    constraints,
    indexes,
    types,
    sequences,
    policies,
    raw: raw.filter(({ create }) => create.length > 0),
    unsupported: raw.filter(({ create }) => create.length === 0),
    dependencies,
  }
}

/** Types first, then routines, then what is on tables: the order in which they can be created as a rule. */
function rawQueries(version: number): string {
  return [schemaObjectsQuery(version), ROUTINES, TABLE_OBJECTS, RARE_OBJECTS]
    .map((query) => `(${query})`)
    .join('\nunion all\n')
}

function refuseUnusable({ named, namespaces, database }: ServerRow): void {
  const where = `the database ${JSON.stringify(database)}`
  if (named.length === 0) {
    throw new ReflectionError({
      message: `No schema of the search path exists in ${where}`,
      hint: "Name the schemas: reflect(database, { schemas: ['app'] }).",
    })
  }
  const absent = named.find((name) => namespaces.every((row) => row.name !== name))
  if (absent !== undefined) {
    throw new ReflectionError({
      message: `There is no schema ${JSON.stringify(absent)} in ${where}`,
      hint: 'Names of schemas are case-sensitive here; write them as the catalogs hold them.',
      context: { schema: absent },
    })
  }
  const closed = namespaces.find(({ isUsable }) => !isUsable)
  if (closed !== undefined) {
    throw new ReflectionError({
      message: `The role of this connection may not use the schema ${JSON.stringify(closed.name)} of ${where}`,
      hint: 'GRANT USAGE ON SCHEMA … TO …, or connect as its owner.',
      context: { schema: closed.name },
    })
  }
}
