import { withoutLeadingBlanks } from './without-leading-blanks.js'

/** ROLLBACK TO a savepoint ends nothing. */
const TRANSACTION_CONTROL =
  /^(?:begin|start\s+transaction|commit|end|abort|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b)|prepare\s+transaction)\b/i

/**
 * Whether a statement would begin or end a transaction by itself. What stood behind it in line would then run, and
 * stay, outside the session's transaction (I-GATE).
 *
 * @internal
 */
export function isTransactionControl(text: string): boolean {
  return TRANSACTION_CONTROL.test(withoutLeadingBlanks(text))
}
