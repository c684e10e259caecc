import type { DatabaseError } from '../errors/database-error.js'
import { SessionClosedError } from '../errors/usage-error.js'
import type { ServerIdentity } from '../postgres/server-identity.js'
import type { Connection } from '../postgres/connection.js'
import { StatementGroup } from '../postgres/statement-group.js'
import type { Statement } from '../postgres/statement.js'
import type { TransactionStatus } from '../postgres/transaction-status.js'

/** read_only_sql_transaction: the server is no longer, or never was, what a write needs (E14, E18). */
const READ_ONLY = '25006'

/** Who lends: takes the connection back when the loan ends. */
export interface Lender {
  readonly observer: LeaseObserver | undefined
  readonly prePing: boolean
  takeBack(connection: Connection, destroyFor: DatabaseError | undefined): void
}

/** Told how long each group took, when somebody listens. */
export type LeaseObserver = (
  group: StatementGroup,
  durationMillis: number,
  sessionId: string | undefined,
) => void

/**
 * The loan of one connection. It dies when it is released, so that whoever still holds it cannot reach the next
 * borrower's connection (E4i, E4j, I-LEASE).
 *
 * @internal
 */
export class Lease {
  readonly sessionId: string | undefined
  readonly #lender: Lender
  /** The loan that this one was lent on from: it ends with that. */
  readonly #parent: Lease | undefined
  #token: object | undefined
  #connection: Connection | undefined

  /** @param token - Held for as long as the loan lasts, and given back with the connection. */
  constructor(
    connection: Connection,
    lender: Lender,
    sessionId: string | undefined,
    parent?: Lease,
    token?: object,
  ) {
    this.#parent = parent
    this.#token = token
    this.#connection = connection
    this.#lender = lender
    this.isUnproven = lender.prePing && connection.useCount > 1
    this.sessionId = sessionId
  }

  /** The connection has lain idle and was not tested: if its first group finds it dead, another one may be alive. */
  readonly isUnproven: boolean

  /** What the server said last: idle, in a transaction, in a failed one. */
  get status(): TransactionStatus {
    return this.#live('status').status
  }

  /** Which server it leads to, and in which of its lives, once known. */
  get server(): ServerIdentity | undefined {
    return this.#live('server').server
  }

  /** Finds that out with the next statements, in the same write. Precondition: no transaction is open. */
  askWhichServer(): void {
    this.#live('askWhichServer').askWhichServer()
  }

  /** If the server refused a write as read-only, no connection of this one's age is lent again after the loan. */
  noteRefusal({ sqlState }: DatabaseError): void {
    if (sqlState === READ_ONLY) this.#live('noteRefusal').isServerSuspect = true
  }

  /** The server's process that serves this loan. */
  get processId(): number | null {
    return this.#live('processId').processId
  }

  /**
   * Sends statements in one write, with one Sync. I/O begins at once.
   *
   * @param statements - What to run, in order; after the first failure none of the others runs.
   * @param onSettled - Called once, never synchronously, when the server is ready or the connection was lost.
   * @param scope - Statements of another scope are prepared apart, even with the same text.
   * @throws {@link SessionClosedError} if the lease was released.
   */
  send(statements: readonly Statement[], onSettled: (group: StatementGroup) => void, scope = ''): void {
    const connection = this.#live('send')
    const { observer } = this.#lender
    if (observer === undefined) {
      connection.send(new StatementGroup(statements, onSettled, scope))
      return
    }
    const startedAt = performance.now()
    const settle = (group: StatementGroup): void => {
      observer(group, performance.now() - startedAt, this.sessionId)
      onSettled(group)
    }
    connection.send(new StatementGroup(statements, settle, scope))
  }

  /** Asks the server to stop what is running; resolves to true when that request has been dealt with. */
  async cancel(timeoutMillis: number): Promise<boolean> {
    const isOver =
      this.#connection === undefined || (this.#parent !== undefined && this.#parent.#connection === undefined)
    return isOver || (await this.#live('cancel').cancel(timeoutMillis))
  }

  /** Lends the same connection on: the end of that loan ends nothing here, unless it ends in doubt. */
  sublet(): Lease {
    const { observer } = this.#lender
    const lender: Lender = {
      observer,
      prePing: false,
      takeBack: (_, destroyFor) => {
        if (destroyFor !== undefined) this.destroy(destroyFor)
      },
    }
    return new Lease(this.#live('sublet'), lender, this.sessionId, this)
  }

  /** Ends the loan. A connection that is not provably idle is destroyed (I-DIRTY). Without effect the second time. */
  release(): void {
    this.#end(undefined)
  }

  /** Ends the loan and the connection. Without effect the second time. */
  destroy(reason: DatabaseError): void {
    this.#end(reason)
  }

  #end(destroyFor: DatabaseError | undefined): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#connection = undefined
    if (this.#token !== undefined) connection.loanToken = this.#token
    this.#token = undefined
    this.#lender.takeBack(connection, destroyFor)
  }

  #live(attempted: string): Connection {
    if (this.#parent !== undefined) this.#parent.#live(attempted)
    if (this.#connection === undefined) {
      throw new SessionClosedError({
        message: `A connection was used (${attempted}) after it had been given back to the pool`,
        hint: 'Open a session for each piece of work and await all of it before commit() or close().',
        state: 'released',
        attempted,
      })
    }
    return this.#connection
  }
}
