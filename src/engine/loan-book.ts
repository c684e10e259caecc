import type { PoolHolder } from '../errors/operational-error.js'
import type { CallSite } from '../foundation/call-site.js'
import { neutralScope } from '../foundation/neutral-scope.js'
import { Roster, type RosterMember } from '../foundation/roster.js'
import type { Connection } from '../postgres/connection.js'
import { Lease, type Lender } from './lease.js'
import type { Waiter } from './waiter.js'

/** One connection that is lent: who has it, since when, and where it was asked for. */
export interface Loan extends RosterMember {
  readonly connection: Connection
  readonly sessionId: string | undefined
  /** The session that waits until this loan has ended. */
  readonly suspended: string | undefined
  /** On the clock of `performance.now()`. */
  readonly since: number
  readonly caller: CallSite | undefined
  /** It has been held for longer than `leakDetectionMillis`, and that was said. */
  isOverdue: boolean
  overdueTimer: NodeJS.Timeout | undefined
}

/**
 * After so long the record of where a loan was asked for becomes text: that is dear, and most loans are over by then,
 * but until then it holds the session, which could not be garbage-collected.
 */
const SETTLE_MILLIS = 1_000

/** Told of loans that look forgotten. */
export interface LoanBookOwner extends Lender {
  onOverdue(loan: Loan): void
  /** The lease was garbage-collected: nobody can give the connection back any more. */
  onForgotten(loan: Loan): void
}

/**
 * Which connections are lent, and to whom. It holds the connections, never the leases: who drops a lease has lost it,
 * and that is noticed.
 *
 * @internal
 */
export class LoanBook implements Iterable<Loan> {
  /** Not by connection: there are few, and a Map that changes with every loan costs more than to look at them all. */
  readonly #loans = new Roster<Loan>()
  readonly #owner: LoanBookOwner
  readonly #leakDetectionMillis: number
  #settleTimer: NodeJS.Timeout | undefined
  readonly #forgotten: FinalizationRegistry<WeakRef<Connection>>

  constructor(owner: LoanBookOwner, leakDetectionMillis: number) {
    this.#owner = owner
    this.#leakDetectionMillis = leakDetectionMillis
    this.#forgotten = new FinalizationRegistry((lent) => {
      const connection = lent.deref()
      const loan = connection === undefined ? undefined : this.#of(connection)
      if (loan !== undefined && loan.connection.loanToken === undefined) owner.onForgotten(loan)
    })
  }

  get size(): number {
    return this.#loans.size
  }

  [Symbol.iterator](): Iterator<Loan> {
    return this.#loans[Symbol.iterator]()
  }

  /** Writes a loan down. */
  begin(connection: Connection, waiter: Waiter, now: number): { readonly lease: Lease; readonly loan: Loan } {
    const loan: Loan = {
      connection,
      sessionId: waiter.sessionId,
      suspended: waiter.suspended,
      since: now,
      caller: waiter.caller,
      isOverdue: false,
      overdueTimer: undefined,
      place: -1,
    }
    if (this.#leakDetectionMillis > 0) this.#watch(loan)
    if (loan.caller !== undefined) this.#settleLater()
    this.#loans.add(loan)
    const token = connection.loanToken ?? this.#newToken(connection)
    connection.loanToken = undefined
    const lease = new Lease(connection, this.#owner, waiter.sessionId, undefined, token)
    return { lease, loan }
  }

  /** Crosses a loan out; `undefined` if it was crossed out before. */
  end(connection: Connection): Loan | undefined {
    const loan = this.#of(connection)
    if (loan === undefined) return undefined
    this.#loans.remove(loan)
    if (loan.overdueTimer !== undefined) clearTimeout(loan.overdueTimer)
    return loan
  }

  /** Those who have connections, the one who has held it longest first. */
  holders(now: number): readonly PoolHolder[] {
    const holders = [...this.#loans].map((loan) => holderOf(loan, now))
    return Object.freeze(holders.sort((one, other) => other.heldMillis - one.heldMillis))
  }

  /**
   * Whoever has the lease has the token, and the connection has it otherwise: if it dies, a lease was lost that was
   * not given back. One for each connection, because to register one for each loan costs the collector dear.
   */
  #newToken(connection: Connection): object {
    const token = {}
    // Weakly: the connection holds the token, which would never die otherwise.
    this.#forgotten.register(token, new WeakRef(connection))
    return token
  }

  #of(wanted: Connection): Loan | undefined {
    return this.#loans.find(({ connection }) => connection === wanted)
  }

  #settleLater(): void {
    this.#settleTimer ??= after(SETTLE_MILLIS, () => {
      this.#settleTimer = undefined
      const before = performance.now() - SETTLE_MILLIS
      for (const { caller, since } of this.#loans) if (since <= before) caller?.settle()
      if (this.#loans.size > 0) this.#settleLater()
    })
  }

  #watch(loan: Loan): void {
    loan.overdueTimer = after(this.#leakDetectionMillis, () => {
      loan.isOverdue = true
      this.#owner.onOverdue(loan)
    })
  }
}

/** No timer of the book keeps the process alive. */
function after(millis: number, act: () => void): NodeJS.Timeout {
  return neutralScope.runInAsyncScope(() => setTimeout(act, millis).unref())
}

/** A loan as people are told of it. */
export function holderOf(loan: Loan, now: number): PoolHolder {
  return Object.freeze({
    sessionId: loan.sessionId,
    heldMillis: Math.round(now - loan.since),
    where: loan.caller?.where,
  })
}
