/** A bug that somebody might bring back, as a change of the source text, and the tests that must notice. */
export interface Mutant {
  readonly name: string
  readonly file: string
  /** Found exactly once in the file, else the gate fails: whoever has rewritten the place writes the bug anew. */
  readonly find: string
  readonly replace: string
  /** Vitest's arguments: files, and `-t` with a pattern where a few of their tests are enough. */
  readonly killers: readonly string[]
}

const POOL_MODEL = ['test/faults/pool/pool-model.test.ts', '-t', 'seed 20261121']

/** RELIABILITY §4, mutation gate. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no gate before the end of a transaction',
    file: 'src/session/session-standing.ts',
    find: '    this.ending = ending\n',
    replace: '    void ending\n',
    killers: ['test/faults/session/session-model.test.ts', '-t', 'seed 20261120'],
  },
  {
    name: 'the tag ROLLBACK in answer to COMMIT is ignored',
    file: 'src/session/commit-attempt.ts',
    find: 'return saysCommitted(outcomes[0]) ? undefined : rolledBack(undefined)',
    replace: 'return saysCommitted(outcomes[0]) ? undefined : undefined',
    killers: ['test/integration/session/commit.test.ts'],
  },
  {
    name: 'a connection is given back on a stale status',
    file: 'src/postgres/connection.ts',
    find: "return this.#group === undefined && this.#status === 'I'",
    replace: "return this.#status === 'I'",
    killers: POOL_MODEL,
  },
  {
    name: 'a cancel is not awaited',
    file: 'src/session/stop-flight.ts',
    find: 'const isTaken = await lease.cancel(CANCEL_MILLIS)',
    replace: 'void lease.cancel(CANCEL_MILLIS)\n  const isTaken = CANCEL_MILLIS > 0',
    killers: ['test/integration/session/late-cancel.test.ts', 'test/integration/session/abort.test.ts'],
  },
  {
    name: 'work is run again after a connection was lost',
    file: 'src/session/session-factory.ts',
    find: 'DatabaseError.is(error) && error.isRetryable &&',
    replace:
      "DatabaseError.is(error) && (error.isRetryable || error.code === 'COMMIT_UNKNOWN' || error.code === 'DISCONNECTED') &&",
    killers: ['test/faults/session/retry-under-faults.test.ts'],
  },
  {
    name: 'nobody is served when a broken connection has made room',
    file: 'src/engine/connection-pool.ts',
    find: '    if (this.#loans.size === 0) this.#allReturned?.resolve(undefined)\n    this.onRoom()\n',
    replace: '    if (this.#loans.size === 0) this.#allReturned?.resolve(undefined)\n',
    killers: POOL_MODEL,
  },
  {
    name: 'no listener for the errors of a lent client',
    file: 'src/postgres/connection.ts',
    find: "    client.on('error', (error: unknown) => this.#onLost(error))\n",
    replace: '',
    killers: ['test/integration/engine/process.test.ts', '-t', 'killed'],
  },
  {
    name: 'a connection keeps the async context of the request that opened it',
    file: 'src/foundation/neutral-scope.ts',
    find: "export const neutralScope = new AsyncResource('AsyncDatabase')",
    replace:
      'export const neutralScope = { runInAsyncScope: <T>(work: () => T): T => work() }\nvoid AsyncResource',
    killers: ['test/integration/engine/async-context.test.ts'],
  },
  {
    name: 'prepared statements are remembered that the server has dropped',
    file: 'src/postgres/statement-group.ts',
    find: "    if (message.code === '26000') this.#connection?.cache.forgetAll()\n",
    replace: '',
    killers: ['test/integration/postgres/prepared-statements.test.ts'],
  },
  {
    name: 'the end of the pool forgets those who wait',
    file: 'src/engine/connection-pool.ts',
    find: '    for (const waiter of this.#line) this.#line.leave(waiter).onError(poolClosed())\n',
    replace: '',
    killers: ['test/integration/engine/pool-close.test.ts'],
  },
]
