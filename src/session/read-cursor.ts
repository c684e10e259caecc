import { ConfigurationError } from '../errors/usage-error.js'
import type { StatementResult } from '../postgres/statement-result.js'
import { statement, type Statement } from '../postgres/statement.js'
import { streamCutOff } from './session-errors.js'
import type { StatementRunner } from './statement-runner.js'

let lastCursor = 0

/**
 * Reads the rows of a query through a server-side cursor inside the session's transaction, so many a round trip.
 *
 * @throws {@link ConfigurationError} if `chunkSize` is no whole number from 1.
 * @throws {@link SessionStateError} if the transaction ends before the rows do.
 * @internal
 */
export async function* readCursor<R>(
  runner: StatementRunner,
  query: Statement,
  chunkSize: number,
): AsyncGenerator<StatementResult<R>, void, void> {
  assertChunkSize(chunkSize)
  const cursor = `cursor_${++lastCursor}`
  await runner.execute({ ...query, text: `declare ${cursor} no scroll cursor for ${query.text}` })
  const { transaction } = runner
  try {
    for (;;) {
      if (runner.transaction !== transaction) throw streamCutOff()
      const text = `fetch forward ${chunkSize} from ${cursor}`
      const chunk = await runner.execute({ ...query, text, values: [] })
      if (chunk.rows.length > 0) yield chunk as StatementResult<R>
      if (chunk.rows.length < chunkSize) return
    }
  } finally {
    // After a failure, or an end, there is no cursor any more.
    const isOpen = runner.state === 'active' && runner.transaction === transaction
    if (isOpen) await runner.execute(statement(`close ${cursor}`, []))
  }
}

/** Throws {@link ConfigurationError} unless it is a whole number from 1. @internal */
export function assertChunkSize(chunkSize: number): void {
  if (Number.isInteger(chunkSize) && chunkSize >= 1) return
  throw new ConfigurationError({
    message: `chunkSize is ${String(chunkSize)}`,
    hint: 'It must be a whole number from 1.',
  })
}
