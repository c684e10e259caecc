import { UsageError } from '../errors/usage-error.js'
import type { Statement } from './statement.js'

/**
 * A COPY … FROM STDIN together with the rows that it reads. No I/O.
 *
 * The rows leave in the same write as the statement, behind BEGIN if that has not left yet, rather than after the
 * server has said that it is ready for them: one round trip instead of two, and a failure skips what follows as that
 * of any other statement does.
 *
 * @param text - The statement, reading from STDIN.
 * @param data - The rows in the format that it reads: text, each row with its line end, or bytes.
 * @throws {@link UsageError} if the rows hold text that can't be sent as it is.
 * @see PostgreSQL manual, Message Flow, COPY Operations; COPY, File Formats
 * @internal
 */
export function copyIn(text: string, data: Buffer | string): Statement {
  if (typeof data === 'string' && (data.includes('\u0000') || !data.isWellFormed())) {
    throw new UsageError({
      message:
        'A row holds text with a NUL character or a lone surrogate, which PostgreSQL cannot store as it is',
      hint: 'Clean the text, or store it as bytea.',
    })
  }
  return { text, values: [], copyData: data }
}
