import { setTimeout as sleep } from 'node:timers/promises'
import type { CommitOutcome } from '../errors/transaction-error.js'
import { disconnectedError } from '../postgres/server-error.js'
import { backoffMillis } from '../foundation/backoff.js'
import { Deadline } from '../foundation/deadline.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import { statement, type Statement } from '../postgres/statement.js'
import type { Lease } from './lease.js'

/** What identifies a transaction beyond the life of its connection. */
export interface CommitTrace {
  readonly xid: string
  /** Where that id means this transaction. */
  readonly server: string
}

/** How a resolver reaches the server. */
export interface CommitResolverOptions {
  /** Longest time for one transaction, in milliseconds. */
  readonly timeoutMillis: number
  readonly acquire: (signal: AbortSignal) => Promise<Lease>
}

/** What one question gave; `undefined` when it was not answered. */
type Answer = CommitOutcome | 'in progress' | undefined

const ASK_XID = statement(
  'select pg_catalog.pg_current_xact_id_if_assigned()::text as xid /* async-database */',
  [],
)
/** How long a COMMIT may still be at work before the backend that seems to wait for it is ended, in milliseconds. */
const IN_PROGRESS_MILLIS = 500
/** The upper bound of the pauses between two questions, in milliseconds. */
const LONGEST_PAUSE_MILLIS = 250

/**
 * Finds out, on another connection, what became of a transaction whose COMMIT was not answered (R6, I-RESOLVE).
 *
 * Only `pg_xact_status` of the same server in the same timeline counts. A transaction that is still in progress is one
 * whose COMMIT never arrived: its backend is ended, after which it is aborted for certain.
 *
 * @see PostgreSQL manual, Transaction ID and Snapshot Information Functions; RELIABILITY, E13
 * @internal
 */
export class CommitResolver {
  /** To be sent along with what writes, until the transaction has an id. It assigns none itself. */
  readonly askXid: Statement = ASK_XID
  readonly #options: CommitResolverOptions

  constructor(options: CommitResolverOptions) {
    this.#options = options
  }

  /** Reads the answer to {@link askXid}. No I/O. */
  traceOf(outcome: StatementGroup['outcomes'][number] | undefined, lease: Lease): CommitTrace | undefined {
    const row = outcome !== undefined && 'rows' in outcome ? outcome.rows[0] : undefined
    const { xid } = (row ?? {}) as { xid?: string | null }
    const { server } = lease
    return typeof xid === 'string' && server !== undefined ? { xid, server } : undefined
  }

  /** Asks until there is an answer or the time is up. Never rejects. */
  async resolve(trace: CommitTrace): Promise<CommitOutcome> {
    const deadline = Deadline.after(this.#options.timeoutMillis)
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#ask(trace, deadline)
      if (answer !== undefined && answer !== 'in progress') return answer
      const pauseMillis = backoffMillis(attempt, { baseMillis: 20, maxMillis: LONGEST_PAUSE_MILLIS })
      if (pauseMillis >= deadline.remainingMillis) return 'unknown'
      await sleep(pauseMillis)
    }
  }

  async #ask(trace: CommitTrace, deadline: Deadline): Promise<Answer> {
    const isOver = new AbortController()
    const stop = deadline.watch(() => {
      isOver.abort()
    })
    try {
      const lease = await this.#options.acquire(isOver.signal)
      const onTimeUp = (): void => {
        lease.destroy(disconnectedError(undefined))
      }
      isOver.signal.addEventListener('abort', onTimeUp)
      const answer = await answerOf(lease, trace)
      // Only where it is certain that the id means this transaction.
      if (answer === 'in progress' && deadline.elapsedMillis >= IN_PROGRESS_MILLIS) {
        await send(lease, endBackend(trace))
      }
      isOver.signal.removeEventListener('abort', onTimeUp)
      lease.release()
      return answer
    } catch {
      // No connection: the server may be starting again.
      return undefined
    } finally {
      stop()
    }
  }
}

function send(lease: Lease, question: Statement): Promise<StatementGroup> {
  return new Promise((resolve) => {
    lease.send([question], resolve)
  })
}

async function answerOf(lease: Lease, trace: CommitTrace): Promise<Answer> {
  lease.askWhichServer()
  const { isLost, error, outcomes } = await send(lease, status(trace))
  if (isLost) return undefined
  // On another server the id is another transaction's. An error: that server has not got so far.
  if (lease.server !== trace.server || error !== undefined) return 'unknown'
  const [outcome] = outcomes
  const row = outcome !== undefined && 'rows' in outcome ? outcome.rows[0] : undefined
  const { status: answer } = (row ?? {}) as { status?: string | null }
  // NULL: so long ago that the server has forgotten it.
  return answer === 'committed' || answer === 'aborted' || answer === 'in progress' ? answer : 'unknown'
}

function status({ xid }: CommitTrace): Statement {
  return statement('select pg_catalog.pg_xact_status($1::xid8) as status', [xid])
}

/** The process is found by the transaction that it is in, so that no other one can be hit (S17). */
function endBackend({ xid }: CommitTrace): Statement {
  return statement(
    `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
      where backend_xid = $1::xid8::xid and pid <> pg_catalog.pg_backend_pid()`,
    [xid],
  )
}
