import type { Statement } from '../postgres/statement.js'
import { ServerCursor } from './server-cursor.js'
import type { StatementRunner } from './statement-runner.js'

/**
 * Reads the rows of a query through a server-side cursor inside the session's transaction, so many a round trip.
 *
 * @throws {@link ConfigurationError} if `chunkSize` is no whole number from 1.
 * @throws {@link SessionStateError} if the transaction ends before the rows do.
 * @internal
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what a row is, only the caller knows.
export async function* readCursor<R>(
  runner: StatementRunner,
  query: Statement,
  chunkSize: number,
): AsyncGenerator<{ readonly rows: R[] }, void, void> {
  const cursor = new ServerCursor<R>(runner, query, chunkSize)
  try {
    for (;;) {
      const rows = await cursor.read()
      if (rows.length === 0) return
      yield { rows }
    }
  } finally {
    await cursor.close()
  }
}
