import { setTimeout as sleep } from 'node:timers/promises'
import type { CommitOutcome } from '../errors/transaction-error.js'
import { disconnectedError } from '../postgres/server-error.js'
import { backoffMillis } from '../foundation/backoff.js'
import { Deadline } from '../foundation/deadline.js'
import { LIFE, lifeOf, type ServerIdentity } from '../postgres/server-identity.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import { statement, type Statement } from '../postgres/statement.js'
import { askCheckpoint, conclude, concludeFromCheckpoint, type Conclusion } from './commit-evidence.js'
import type { Lease } from './lease.js'

/** What identifies a transaction beyond the life of its connection. */
export interface CommitTrace {
  readonly xid: string
  /** Where that id means this transaction. */
  readonly server: ServerIdentity
}

/** How a resolver reaches the server. */
export interface CommitResolverOptions {
  /** Longest time for one transaction, in milliseconds. */
  readonly timeoutMillis: number
  /** A connection leads to another server process in each transaction. */
  readonly isPooled: boolean
  readonly acquire: (signal: AbortSignal) => Promise<Lease>
}

/** What one question gave; `undefined` when it was not answered. */
type Answer = Exclude<Conclusion, 'ask the checkpoint'> | undefined

const XID = 'select pg_catalog.pg_current_xact_id_if_assigned()::text as xid'
const ASK_XID = statement(`${XID} /* async-database */`, [])
const ASK_XID_POOLED = statement(`${XID}, ${LIFE} as life /* async-database */`, [])
/** How long a COMMIT may still be at work before the backend that seems to wait for it is ended, in milliseconds. */
const IN_PROGRESS_MILLIS = 500
/** The upper bound of the pauses between two questions, in milliseconds. */
const LONGEST_PAUSE_MILLIS = 250

/**
 * Finds out, on another connection, what became of a transaction whose COMMIT was not answered (R6, I-RESOLVE).
 *
 * Only `pg_xact_status` of the same server in the same timeline counts, and after a crash not all of that
 * ({@link conclude}). A transaction that is still in progress is one whose COMMIT never arrived: its backend is ended,
 * after which it is aborted for certain.
 *
 * @see PostgreSQL manual, Transaction ID and Snapshot Information Functions; RELIABILITY, E13
 * @internal
 */
export class CommitResolver {
  /** To be sent along with what writes, until the transaction has an id. It assigns none itself. */
  readonly askXid: Statement
  readonly #options: CommitResolverOptions

  constructor(options: CommitResolverOptions) {
    this.#options = options
    this.askXid = options.isPooled ? ASK_XID_POOLED : ASK_XID
  }

  /** To be called before a transaction begins. */
  prepare(lease: Lease): void {
    if (!this.#options.isPooled) lease.askWhichServer()
  }

  /** Reads the answer to {@link askXid}. No I/O. */
  traceOf(outcome: StatementGroup['outcomes'][number] | undefined, lease: Lease): CommitTrace | undefined {
    const { xid, life } = rowOf(outcome) as { xid?: string | null; life?: string | null }
    const server = this.#serverOf(lease, life)
    return typeof xid === 'string' && server !== undefined ? { xid, server } : undefined
  }

  /** Asks until there is an answer or the time is up. Never rejects. */
  async resolve(trace: CommitTrace): Promise<CommitOutcome> {
    const deadline = Deadline.after(this.#options.timeoutMillis)
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#ask(trace, deadline)
      if (answer !== undefined && answer !== 'in progress' && answer !== 'in progress or gone') return answer
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
      this.prepare(lease)
      const answer = await this.#answerOf(lease, trace)
      // Only where it is certain that the id means this transaction; a pooler's server process may be another's next.
      const isPatient = this.#options.isPooled || deadline.elapsedMillis < IN_PROGRESS_MILLIS
      if (answer === 'in progress' && !isPatient) {
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

  async #answerOf(lease: Lease, trace: CommitTrace): Promise<Answer> {
    const { isLost, error, outcomes } = await send(lease, askStatus(trace))
    if (isLost) return undefined
    const { status, life } = rowOf(outcomes[0]) as { status?: string | null; life?: string | null }
    const sighting = {
      status,
      error,
      then: trace.server,
      now: this.#serverOf(lease, life),
    }
    const conclusion = conclude(sighting)
    if (conclusion !== 'ask the checkpoint') return conclusion
    const checkpoint = await send(lease, askCheckpoint(trace.xid))
    return checkpoint.isLost ? undefined : concludeFromCheckpoint(rowOf(checkpoint.outcomes[0]), sighting)
  }

  /** Behind a pooler the connection itself may lead to another server at any time. */
  #serverOf(lease: Lease, life: string | null | undefined): ServerIdentity | undefined {
    return this.#options.isPooled ? lifeOf(life ?? '') : lease.server
  }
}

function rowOf(outcome: StatementGroup['outcomes'][number] | undefined): object {
  return (outcome !== undefined && 'rows' in outcome ? outcome.rows[0] : undefined) ?? {}
}

function send(lease: Lease, question: Statement): Promise<StatementGroup> {
  return new Promise((resolve) => {
    lease.send([question], resolve)
  })
}

function askStatus({ xid }: CommitTrace): Statement {
  return statement(`select pg_catalog.pg_xact_status($1::xid8) as status, ${LIFE} as life`, [xid])
}

/** The process is found by the transaction that it is in, so that no other one can be hit (S17). */
function endBackend({ xid }: CommitTrace): Statement {
  return statement(
    `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
      where backend_xid = $1::xid8::xid and pid <> pg_catalog.pg_backend_pid()`,
    [xid],
  )
}
