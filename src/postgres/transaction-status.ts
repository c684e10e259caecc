/**
 * The status byte of ReadyForQuery: idle, in a transaction, in a failed transaction.
 *
 * @see PostgreSQL manual, Message Formats, ReadyForQuery
 * @internal
 */
export type TransactionStatus = 'I' | 'T' | 'E'
