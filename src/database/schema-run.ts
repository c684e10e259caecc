import { createStatements } from '../ddl/create-statements.js'
import type { DdlStatement } from '../ddl/ddl-statement.js'
import { dropStatements, type DropStatementsOptions } from '../ddl/drop-statements.js'
import { existingObjectsQuery, type ExistingObject } from '../ddl/existing-objects.js'
import type { Metadata } from '../metadata/metadata.js'
import { rawQuery } from '../engine/raw-query.js'
import type { SessionFactory } from '../session/session-factory.js'
import type { Session } from '../session/session.js'
import { runDdl, type DdlProgress } from './run-ddl.js'

/** What `createAll` found and did. */
export interface CreateReport {
  /** Qualified names of the schemas, types, tables and other objects that were created, in that order. */
  readonly created: readonly string[]
  /** Qualified names of those that were there already; they were left as they are. */
  readonly existing: readonly string[]
}

/** What `createAll`, `dropAll` and the initializer work on. */
export interface SchemaRun<DB> {
  readonly sessions: SessionFactory<DB>
  readonly metadata: Metadata
  /** The server's version as in `server_version_num`; known once a connection was opened. */
  readonly serverVersion: () => number | undefined
  /** Longest wait for another instance's lock, or for a table's, in milliseconds. */
  readonly lockTimeoutMillis: number
  readonly onProgress: DdlProgress
  /** Whether `createMissing` looks at what is there. @defaultValue true */
  readonly checkFirst?: boolean | undefined
  /** Told when the lock is held. */
  readonly onLocked: () => void
}

/**
 * Creates what is missing, in one transaction that holds the lock.
 *
 * @internal
 */
export async function createMissing<DB>(run: SchemaRun<DB>): Promise<CreateReport> {
  const { metadata, checkFirst = true } = run
  return await locked(run, async (session) => {
    const found = checkFirst ? await existingObjects(session, metadata) : undefined
    const version = run.serverVersion()
    const serverVersion = version === undefined ? undefined : Math.trunc(version / 10_000)
    const missing = createStatements(metadata, { existing: found, serverVersion })
    await runDdl(session, missing, run.onProgress)
    const created = namesOf(missing)
    const existing = checkFirst ? namesOf(createStatements(metadata, { existing: [] })) : new Set<string>()
    return Object.freeze({
      created: Object.freeze([...created]),
      existing: Object.freeze([...existing].filter((name) => !created.has(name))),
    })
  })
}

/**
 * Drops what is there, in one transaction that holds the lock.
 *
 * @internal
 */
export async function dropExisting<DB>(
  run: SchemaRun<DB>,
  options: DropStatementsOptions,
): Promise<readonly string[]> {
  return await locked(run, async (session) => {
    const statements = dropStatements(run.metadata, options)
    await runDdl(session, statements, run.onProgress)
    return Object.freeze([...namesOf(statements)])
  })
}

/**
 * One at a time: CREATE … IF NOT EXISTS alone fails with a duplicate key when two run it together (E19). The lock is
 * the transaction's, so that it works behind a pooler and can't be left behind.
 */
async function locked<DB, Result>(
  run: SchemaRun<DB>,
  work: (session: Session<DB>) => Promise<Result>,
): Promise<Result> {
  const lockKey = `async-database:${run.metadata.schema}`
  // Read committed, so that what another instance committed while this one waited is seen.
  return await run.sessions.begin(
    async (session) => {
      await session.executeQuery(
        rawQuery(
          "select pg_catalog.set_config('statement_timeout', '0', true), pg_catalog.set_config('lock_timeout', $1, true)",
          [String(run.lockTimeoutMillis)],
        ),
      )
      await session.executeQuery(
        rawQuery('select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))', [lockKey]),
      )
      run.onLocked()
      return await work(session)
    },
    { isolationLevel: 'read committed' },
  )
}

async function existingObjects<DB>(
  session: Session<DB>,
  metadata: Metadata,
): Promise<readonly ExistingObject[]> {
  const { sql, parameters } = existingObjectsQuery(metadata)
  return (await session.executeQuery(rawQuery<ExistingObject>(sql, parameters))).rows
}

/** Objects, not the comments and settings that come with them; each once. */
function namesOf(statements: readonly DdlStatement[]): ReadonlySet<string> {
  const objects = statements.filter(({ kind }) => kind !== 'comment' && kind !== 'setting')
  return new Set(objects.map(({ name }) => name))
}
