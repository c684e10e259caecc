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

/** What the database has of an operation. */
export interface Written {
  readonly times: number
  /** The transactions that wrote it; inside a savepoint, the savepoint's own ids. */
  readonly xids: readonly string[]
}

/** What the audit found. */
export interface Findings {
  readonly violations: Omit<Violations, 'hangs' | 'uncaught'>
  /** The operations behind the counts. */
  readonly operations: Readonly<
    Record<'ackedMissing' | 'failedButCommitted' | 'duplicates' | 'unexplained', readonly number[]>
  >
  readonly accounts: readonly string[]
  readonly unknownAndDone: number
  readonly ledger: ReadonlyMap<number, Written>
}

/** Compares what the database holds with what callers were told. */
export async function audit(watchman: Watchman, told: Told): Promise<Findings> {
  const accounts = await watchman.insist<{ id: number; balance: string; expected: string }>(
    `select id, balance, $1 - coalesce(paid, 0) + coalesce(received, 0) as expected
       from bank_account
       left join (select source as id, sum(amount) as paid from bank_ledger group by source) as debits using (id)
       left join (select target as id, sum(amount) as received from bank_ledger group by target) as credits using (id)
      order by id`,
    [OPENING_BALANCE],
  )
  const rows = await watchman.insist<{ operation: number; times: string; xids: string[] }>(
    `select operation, count(*) as times, array_agg(distinct xmin::text) as xids
       from bank_ledger group by operation`,
  )
  const ledger = new Map(
    rows.map(({ operation, times, xids }) => [operation, { times: Number(times), xids }] as const),
  )
  const wrong = accounts.filter(({ balance, expected }) => balance !== expected)
  const written = [...ledger.keys()]
  const { done, notDone, unknown } = told
  const operations = {
    ackedMissing: [...done].filter((operation) => !ledger.has(operation)),
    failedButCommitted: [...notDone].filter((operation) => ledger.has(operation)),
    duplicates: written.filter((operation) => ledger.get(operation)!.times > 1),
    unexplained: written.filter((one) => !done.has(one) && !notDone.has(one) && !unknown.has(one)),
  }
  return {
    violations: {
      money: accounts.reduce((sum, { balance }) => sum + Number(balance), -ACCOUNTS * OPENING_BALANCE),
      accounts: wrong.length,
      ackedMissing: operations.ackedMissing.length,
      failedButCommitted: operations.failedButCommitted.length,
      duplicates: operations.duplicates.length,
      unexplained: operations.unexplained.length,
    },
    operations,
    accounts: wrong.map(
      ({ id, balance, expected }) => `account ${id} has ${balance}, the ledger says ${expected}`,
    ),
    unknownAndDone: [...unknown].filter((operation) => ledger.has(operation)).length,
    ledger,
  }
}
