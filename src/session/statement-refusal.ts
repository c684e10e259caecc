import { UsageError } from '../errors/usage-error.js'
import { outlivesTransaction } from './outlives-transaction.js'
import { endedByStatement } from './session-errors.js'
import { StatementTraits } from './statement-traits.js'

/**
 * Why the text of a statement may not be sent, if so: it would end the transaction behind the session's back, or, behind
 * a pooler that lends its server connections for one transaction, outlive it, where the next one is somebody else's.
 *
 * @internal
 */
export function statementRefusal(text: string, isPooled: boolean): UsageError | undefined {
  if (StatementTraits.of(text).isTransactionControl) return endedByStatement()
  const leftover = isPooled ? outlivesTransaction(text) : undefined
  if (leftover === undefined) return undefined
  return new UsageError({
    message: `A statement was refused: it would leave ${leftover.what} on a server connection that the pooler lends to others next`,
    hint: leftover.instead,
  })
}
