import pg from 'pg'
import { createStatements } from '../../../src/ddl/create-statements.js'
import type { DdlStatement } from '../../../src/ddl/ddl-statement.js'
import { dropStatements } from '../../../src/ddl/drop-statements.js'
import { existingObjectsQuery, type ExistingObject } from '../../../src/ddl/existing-objects.js'
import type { Metadata } from '../../../src/metadata/metadata.js'

/** Runs the statements in one transaction; a failing one is named in the error. */
export async function runStatements(
  url: string,
  metadata: Metadata,
  statements: readonly DdlStatement[],
): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('begin')
    await client.query(`set local search_path to ${pg.escapeIdentifier(metadata.schema)}, public`)
    for (const { sql } of statements) {
      await client.query(sql).catch((cause: unknown) => {
        throw new Error(`${String(cause)}\n${sql}`, { cause })
      })
    }
    await client.query('commit')
  } finally {
    await client.end()
  }
}

/** Creates everything in the metadata. */
export async function createIn(url: string, metadata: Metadata): Promise<void> {
  await runStatements(url, metadata, createStatements(metadata))
}

/** Drops everything in the metadata, schemas and extensions too. */
export async function dropIn(url: string, metadata: Metadata): Promise<void> {
  await runStatements(url, metadata, dropStatements(metadata, { schemas: true, extensions: true }))
}

/** What of the metadata is there. */
export async function existingIn(url: string, metadata: Metadata): Promise<readonly ExistingObject[]> {
  const { sql, parameters } = existingObjectsQuery(metadata)
  return await rowsOf<ExistingObject>(url, sql, [parameters[0]])
}

/** Runs one query on a connection of its own. */
export async function rowsOf<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql, parameters)).rows
  } finally {
    await client.end()
  }
}
