import { OptionsReader, MAX_MILLIS } from '../config/options-reader.js'
import { DatabaseError } from '../errors/database-error.js'
import { OperationAbortedError } from '../errors/operational-error.js'
import { InitializationError, type InitializationStep } from '../errors/initialization-error.js'
import { Deadline } from '../foundation/deadline.js'
import type { AsyncDatabase } from './async-database.js'
import { createMissing, type CreateReport } from './schema-run.js'
import { waitForServer } from './wait-for-server.js'

/** How {@link initializeDatabase} waits. */
export interface InitializeOptions {
  /**
   * Longest wait for the server to answer and for the lock of another instance, in milliseconds (1 … 2³¹−1).
   *
   * @defaultValue 60_000
   */
  readonly timeoutMillis?: number | undefined
  /** Ends the wait for the server. */
  readonly signal?: AbortSignal | undefined
}

/** What {@link initializeDatabase} found and did. */
export interface InitializationReport extends CreateReport {
  /** How often the server was asked until it answered. */
  readonly attempts: number
  /** How long all of it took, in milliseconds. */
  readonly durationMillis: number
}

/**
 * Makes a database ready at start-up: waits for the server, creates the schema, and the tables that are missing.
 *
 * Safe when many instances start at once: one works, under an advisory lock, the others wait for it and find
 * everything there. What exists is left as it is. All is created in one transaction, or nothing. Steps are written to
 * the database's logger.
 *
 * @param database - What to make ready; its metadata says what should be there.
 * @param options - How long to wait.
 * @returns What was created and what was there.
 * @throws {@link InitializationError} naming the step that failed; the reason is its cause.
 * @throws {@link ConfigurationError} if an option is unknown or out of range.
 * @example
 * ```ts run
 * import { initializeDatabase } from 'async-database'
 *
 * const report = await initializeDatabase(database)
 * console.log(report.created, report.existing)
 * ```
 * @see SQLAlchemy 2.0, `MetaData.create_all`
 */
export async function initializeDatabase<DB>(
  database: AsyncDatabase<DB>,
  options: InitializeOptions = {},
): Promise<InitializationReport> {
  const reader = new OptionsReader(options, ['timeoutMillis', 'signal'], 'initializeDatabase')
  const timeoutMillis = reader.integer('timeoutMillis', { min: 1, max: MAX_MILLIS, fallback: 60_000 })
  const { metadata, engine } = database
  const { logger } = engine
  const deadline = Deadline.after(timeoutMillis, options.signal)
  const fields = { schema: metadata.schema }
  const timeout = AbortSignal.timeout(timeoutMillis)
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal])
  let step: InitializationStep = 'wait'
  logger.info(fields, 'database: starting')
  try {
    const attempts = await waitForServer(
      async () => {
        const lease = await engine.acquire(undefined, signal)
        try {
          await deadline.race(engine.adviseOnCapacity(lease), outOfTime)
        } catch (error) {
          // The server took the connection and does not answer.
          lease.destroy(error as DatabaseError)
          throw error
        }
        lease.release()
      },
      deadline,
      (error, attempt) => {
        logger.info({ ...fields, attempt, err: error }, 'database: not ready, waiting')
      },
    )
    step = 'lock'
    const { created, existing } = await createMissing({
      sessions: database.sessions,
      metadata,
      serverVersion: () => engine.serverVersion,
      lockTimeoutMillis: Math.max(1, Math.ceil(deadline.remainingMillis)),
      onLocked: () => {
        step = 'tables'
        logger.info(fields, 'database: lock held, looking at what is there')
      },
      onProgress: (done, total) =>
        logger.info({ ...fields, done, total }, `database: ${done} of ${total} statements`),
    })
    const durationMillis = Math.round(deadline.elapsedMillis)
    const report = Object.freeze({ created, existing, attempts, durationMillis })
    logger.info({ ...fields, ...report }, 'database: initialized')
    return report
  } catch (error) {
    logger.error({ ...fields, err: error }, 'database: not initialized')
    throw asInitializationError(error, step)
  }
}

function outOfTime(): DatabaseError {
  return new OperationAbortedError({
    message: 'The server took a connection and did not answer in time',
    phase: 'query',
  })
}

function asInitializationError(error: unknown, step: InitializationStep): unknown {
  if (InitializationError.is(error)) return error
  return new InitializationError({
    message: `The database could not be initialized: the step ${step} failed, and nothing was kept`,
    hint: DatabaseError.is(error) ? error.message : undefined,
    step,
    cause: error,
  })
}
