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

/** `INSERT 0 5`, `SELECT 12`, `CREATE TABLE`: the first word, and the last number when there is one. */
const COMMAND_TAG = /^([A-Z]+)(?:.* (\d+))?/

/**
 * Reads a CommandComplete tag into the result of its statement.
 *
 * @see PostgreSQL manual, Message Formats, CommandComplete
 * @internal
 */
export function statementResult(tag: string, rows: unknown[]): StatementResult {
  const match = COMMAND_TAG.exec(tag)
  const command = match?.[1] ?? tag
  const rowCount = match?.[2] === undefined ? null : Number(match[2])
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
