import type { DdlStatement } from '../ddl/ddl-statement.js'
import { InitializationError } from '../errors/initialization-error.js'
import { rawQuery } from '../engine/raw-query.js'
import type { Session } from '../session/session.js'

/** How many statements leave in one round trip: enough to hide the network, few enough to show progress. */
const BATCH = 50

/** Told after each batch of statements. */
export type DdlProgress = (done: number, total: number) => void

/**
 * Runs statements in order inside a session's transaction, in batches of one round trip. Nothing is committed.
 *
 * @param session - Whose transaction.
 * @param statements - What to run.
 * @param onProgress - Told after each batch.
 * @throws {@link InitializationError} naming the object of the first statement that was refused.
 * @internal
 */
export async function runDdl<DB>(
  session: Session<DB>,
  statements: readonly DdlStatement[],
  onProgress: DdlProgress,
): Promise<void> {
  for (let start = 0; start < statements.length; start += BATCH) {
    const batch = statements.slice(start, start + BATCH)
    const outcomes = await Promise.allSettled(batch.map(({ sql }) => session.executeQuery(rawQuery(sql))))
    const failed = outcomes.findIndex(({ status }) => status === 'rejected')
    if (failed !== -1) throw refused(batch[failed] as DdlStatement, outcomes[failed] as PromiseRejectedResult)
    onProgress(start + batch.length, statements.length)
  }
}

function refused({ kind, name }: DdlStatement, { reason }: PromiseRejectedResult): InitializationError {
  return new InitializationError({
    message: `The ${kind} ${name} could not be created or dropped; nothing of this run was kept`,
    hint: reason instanceof Error ? reason.message : undefined,
    step: kind === 'schema' ? 'schema' : 'tables',
    context: { kind, name },
    cause: reason,
  })
}
