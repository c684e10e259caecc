/**
 * What the server answered to one statement.
 *
 * Structurally a Kysely `QueryResult`, so that a session can hand it to a query builder without copying.
 *
 * @internal
 */
export interface StatementResult<R = unknown> {
  /** First word of the command tag: `SELECT`, `INSERT`, `COMMIT` … Empty for an empty statement. */
  readonly command: string
  /** Rows sent or touched, or `null` for commands that count none. */
  readonly rowCount: number | null
  readonly rows: R[]
  /** Present for INSERT, UPDATE, DELETE and MERGE only, as Kysely's builders expect. */
  readonly numAffectedRows?: bigint
}

/**
 * Reads a CommandComplete tag into the result of its statement.
 *
 * @see PostgreSQL manual, Message Formats, CommandComplete
 * @internal
 */
export function statementResult(tag: string, rows: unknown[]): StatementResult {
  const space = tag.indexOf(' ')
  const command = space === -1 ? tag : tag.slice(0, space)
  const rowCount = space === -1 ? null : countIn(tag)
  switch (command) {
    case 'INSERT':
    case 'UPDATE':
    case 'DELETE':
    case 'MERGE':
      return { command, rowCount, rows, numAffectedRows: BigInt(rowCount ?? 0) }
    default:
      return { command, rowCount, rows }
  }
}

/** The last word, when it is a number: `INSERT 0 5`, `SELECT 12`, but `CREATE TABLE`. */
function countIn(tag: string): number | null {
  const count = Number(tag.slice(tag.lastIndexOf(' ') + 1))
  return Number.isNaN(count) ? null : count
}
