import type { Watchman } from './watchman.js'
import { ACCOUNTS, OPENING_BALANCE } from './transfer.js'

/** What the callers of all operations were told. */
export interface Told {
  /** Done: the ledger has it once. */
  readonly done: ReadonlySet<number>
  /** Not done: the ledger does not have it. */
  readonly notDone: ReadonlySet<number>
  /** Nobody knows. */
  readonly unknown: ReadonlySet<number>
}

/** What was promised and does not hold. Anything but zero is a bug of the entrant. */
export interface Violations {
  /** Money made or lost. */
  readonly money: number
  /** Accounts whose balance is not what the ledger says. */
  readonly accounts: number
  /** Told to be done, and the ledger does not have it. */
  readonly ackedMissing: number
  /** Told to have failed, and the ledger has it. */
  readonly failedButCommitted: number
  /** In the ledger more than once. */
  readonly duplicates: number
  /** In the ledger, and nobody asked for it. */
  readonly unexplained: number
  /** Operations without an end. */
  readonly hangs: number
  /** Errors that no caller could have caught. */
  readonly uncaught: number
}

export const BANK_SCHEMA = `
  create table bank_account (id integer primary key, balance bigint not null);
  insert into bank_account select id, ${OPENING_BALANCE} from generate_series(1, ${ACCOUNTS}) as id;
  -- No key: a second row for an operation must be seen, not prevented.
  create table bank_ledger (operation integer not null, source integer, target integer, amount integer);
`

/** Compares what the database holds with what callers were told. */
export async function audit(
  watchman: Watchman,
  told: Told,
): Promise<Omit<Violations, 'hangs' | 'uncaught'> & { readonly unknownAndDone: number }> {
  const [balances] = await watchman.insist<{ sum: string; wrong: string }>(
    `select sum(balance) as sum,
            count(*) filter (where balance <> $1 - coalesce(paid, 0) + coalesce(received, 0)) as wrong
       from bank_account
       left join (select source as id, sum(amount) as paid from bank_ledger group by source) as debits using (id)
       left join (select target as id, sum(amount) as received from bank_ledger group by target) as credits using (id)`,
    [OPENING_BALANCE],
  )
  const ledger = await watchman.insist<{ operation: number; times: string }>(
    'select operation, count(*) as times from bank_ledger group by operation',
  )
  const written = new Set(ledger.map(({ operation }) => operation))
  const countIn = (operations: ReadonlySet<number>): number =>
    [...operations].filter((operation) => written.has(operation)).length
  const doneAndWritten = countIn(told.done)
  const failedButCommitted = countIn(told.notDone)
  const unknownAndDone = countIn(told.unknown)
  return {
    money: Number(balances?.sum) - ACCOUNTS * OPENING_BALANCE,
    accounts: Number(balances?.wrong),
    ackedMissing: told.done.size - doneAndWritten,
    failedButCommitted,
    duplicates: ledger.filter(({ times }) => Number(times) > 1).length,
    unexplained: written.size - doneAndWritten - failedButCommitted - unknownAndDone,
    unknownAndDone,
  }
}
