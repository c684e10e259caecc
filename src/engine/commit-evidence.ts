import type { DatabaseError } from '../errors/database-error.js'
import type { CommitOutcome } from '../errors/transaction-error.js'
import type { ServerIdentity } from '../postgres/server-identity.js'
import { statement, type Statement } from '../postgres/statement.js'

/** What a server said of a transaction, and in which of its lives compared with the transaction's own. */
export interface Sighting {
  /** What `pg_xact_status` gave: `null` for a transaction so long ago that the server has forgotten it. */
  readonly status: string | null | undefined
  readonly error: DatabaseError | undefined
  /** Where the transaction was. */
  readonly then: ServerIdentity
  /** Who said it; `undefined` when that server tells nobody which one it is. */
  readonly now: ServerIdentity | undefined
}

/** What follows; `'ask the checkpoint'` when only {@link ASK_CHECKPOINT} can tell. */
export type Conclusion = CommitOutcome | 'in progress' | 'in progress or gone' | 'ask the checkpoint'

/** pg_xact_status of an id that the server has not given yet. */
const IN_THE_FUTURE = '22023'

/**
 * What is known of a transaction from what a server says of its id.
 *
 * An id is not durable until something that carries it has been flushed: after a crash the server gives the ids that it
 * lost once more. So `committed` may then be said of somebody else's transaction, and `in progress` surely is. What did
 * commit keeps its id for ever; whatever else is said of the id, ours is not committed.
 *
 * @see PostgreSQL source, src/backend/access/transam/README, "Transaction and Subtransaction IDs"; pgsql-hackers,
 *   "Is txid_status() actually safe?" (2021)
 * @internal
 */
export function conclude({ status, error, then, now }: Sighting): Conclusion {
  if (now === undefined || now.history !== then.history) return 'unknown'
  const isRestarted = now.startedAt !== then.startedAt
  const mayHaveCrashed = now.statisticsSince !== then.statisticsSince
  // Behind a pooler another life may be another server.
  if (now.history === undefined && (isRestarted || mayHaveCrashed)) return 'unknown'
  if (error !== undefined) return mayHaveCrashed && error.sqlState === IN_THE_FUTURE ? 'aborted' : 'unknown'
  switch (status) {
    case 'aborted':
      return 'aborted'
    case 'committed':
      return mayHaveCrashed ? 'ask the checkpoint' : 'committed'
    case 'in progress':
      // No transaction survives a restart (one that was prepared would, and a session prepares none).
      if (isRestarted) return 'aborted'
      return mayHaveCrashed ? 'in progress or gone' : 'in progress'
    default:
      return 'unknown'
  }
}

/**
 * Asks whether an id was lost in the last crash. Recovery ends with a checkpoint that knows the next id to give: what is
 * below it was not lost. It is told from a later checkpoint by having nothing between its start and itself, and from
 * the one of an orderly stop by the statistics, which are younger than the server's start only after a crash.
 *
 * Two columns: `is_first` (the latest checkpoint is that one) and `survived` (the id is below).
 *
 * @see PostgreSQL source, CreateCheckPoint in src/backend/access/transam/xlog.c
 * @internal
 */
export function askCheckpoint(xid: string): Statement {
  return statement(
    `select redo_lsn = checkpoint_lsn
        and pg_catalog.pg_stat_get_bgwriter_stat_reset_time() >= pg_catalog.pg_postmaster_start_time()
        and (pg_catalog.current_setting('wal_level') <> 'minimal'
          or pg_catalog.current_setting('server_version_num')::int >= 170000) as is_first,
      $1::pg_catalog.numeric < pg_catalog.split_part(next_xid, ':', 1)::pg_catalog.numeric * 4294967296
        + pg_catalog.split_part(next_xid, ':', 2)::pg_catalog.numeric as survived
      from pg_catalog.pg_control_checkpoint()`,
    [xid],
  )
}

/**
 * What the answer to {@link askCheckpoint} makes of an id of which `committed` is said.
 *
 * @internal
 */
export function concludeFromCheckpoint(
  answer: { is_first?: boolean; survived?: boolean } | undefined,
  { then, now }: Pick<Sighting, 'then' | 'now'>,
): CommitOutcome {
  if (answer?.is_first !== true) return 'unknown'
  if (answer.survived === true) return 'committed'
  // Somebody may have reset the statistics of a server that never stopped: there a newer id is no lost one.
  return now?.startedAt === then.startedAt ? 'unknown' : 'aborted'
}
