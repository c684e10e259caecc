import { ConfigurationError } from '../errors/usage-error.js'
import { statement, type Statement } from '../postgres/statement.js'

/** How strictly a transaction is kept apart from others, spelled as SQL does. */
export type IsolationLevel = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable'

const ISOLATION_LEVELS: readonly IsolationLevel[] = [
  'read uncommitted',
  'read committed',
  'repeatable read',
  'serializable',
]

/** What kind of transaction a session begins. */
export interface TransactionOptions {
  /**
   * How strictly it is kept apart from others.
   *
   * @defaultValue the server's `default_transaction_isolation`, normally `'read committed'`
   */
  readonly isolationLevel?: IsolationLevel | undefined
  /**
   * Whether the server refuses to write.
   *
   * @defaultValue the server's `default_transaction_read_only`, normally `false`
   */
  readonly readOnly?: boolean | undefined
  /**
   * With `serializable` and `readOnly`: wait for a snapshot that can't fail.
   *
   * @defaultValue `false`
   */
  readonly deferrable?: boolean | undefined
}

/** BEGIN with nothing said about the transaction. */
export const PLAIN_BEGIN = statement('begin', [])

/**
 * The BEGIN statement for these options. No I/O.
 *
 * @throws {@link ConfigurationError} if the isolation level is none of PostgreSQL's.
 * @see PostgreSQL manual, BEGIN
 * @internal
 */
export function beginStatement(options: TransactionOptions): Statement {
  const { isolationLevel, readOnly, deferrable } = options
  if (isolationLevel === undefined && readOnly === undefined && deferrable === undefined) return PLAIN_BEGIN
  const modes: string[] = []
  if (isolationLevel !== undefined) {
    if (!ISOLATION_LEVELS.includes(isolationLevel)) {
      throw new ConfigurationError({
        message: `isolationLevel is ${JSON.stringify(isolationLevel)}`,
        hint: `It must be one of: ${ISOLATION_LEVELS.join(', ')}.`,
      })
    }
    modes.push(`isolation level ${isolationLevel}`)
  }
  if (readOnly !== undefined) modes.push(readOnly ? 'read only' : 'read write')
  if (deferrable !== undefined) modes.push(deferrable ? 'deferrable' : 'not deferrable')
  return { ...statement(`begin ${modes.join(', ')}`, []), caller: undefined }
}
