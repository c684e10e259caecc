import type { Engine } from '../../../src/engine/engine.js'
import type { Lease } from '../../../src/engine/lease.js'
import type { StatementGroup } from '../../../src/postgres/statement-group.js'
import { statement } from '../../../src/postgres/statement.js'

/** SQL, or SQL and its parameters. */
export type TestStatement = string | readonly [text: string, ...values: unknown[]]

/** Sends statements in one write and waits until they are answered or lost; never rejects for what the server says. */
export async function sendGroup(
  lease: Lease,
  ...statements: readonly TestStatement[]
): Promise<StatementGroup> {
  return await new Promise((resolve) => {
    lease.send(
      statements.map((each) => {
        const [text, ...values] = typeof each === 'string' ? ([each] as const) : each
        return statement(text, values)
      }),
      resolve,
    )
  })
}

/** Runs one statement and gives its rows; throws what went wrong. */
export async function rowsOf<Row = Record<string, unknown>>(
  lease: Lease,
  text: string,
  ...values: readonly unknown[]
): Promise<Row[]> {
  const group = await sendGroup(lease, [text, ...values])
  if (group.error !== undefined) throw group.error
  const [outcome] = group.outcomes
  if (outcome === undefined || !('rows' in outcome)) throw outcome
  return outcome.rows as Row[]
}

/** Runs work on a connection of its own and gives it back. */
export async function withLease<Result>(
  engine: Engine,
  work: (lease: Lease) => Promise<Result>,
): Promise<Result> {
  const lease = await engine.acquire()
  try {
    return await work(lease)
  } finally {
    lease.release()
  }
}
