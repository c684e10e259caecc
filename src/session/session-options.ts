import type { OnNPlusOne } from '../config/n-plus-one-report.js'
import type { IsolationLevel, TransactionOptions } from './transaction-options.js'

/**
 * What a session's transactions begin with. All of it travels in the round trip of BEGIN and the first statement,
 * holds for one transaction and dies with it, so that nothing can leak to the connection's next borrower.
 *
 * @example
 * ```ts
 * const acme = database.with({ schema: 'tenant_acme', role: 'app_user', settings: { 'app.tenant_id': 'acme' } })
 * await acme.begin((session) => session.selectFrom('person').selectAll().execute())
 * ```
 */
export interface SessionOptions extends Omit<TransactionOptions, 'isolationLevel'> {
  /**
   * How strictly its transactions are kept apart from others; or `'autocommit'`: every statement is its own
   * transaction, stored when it is answered. Schema, role, settings and `readOnly` then travel with each statement, in
   * its round trip; nothing can be rolled back, and tracked objects can only be read.
   *
   * @defaultValue the server's `default_transaction_isolation`, normally `'read committed'`
   */
  readonly isolationLevel?: IsolationLevel | 'autocommit' | undefined
  /**
   * Where unqualified names are looked up: one schema, or several in order. Nothing is added: name `public` yourself
   * if tables or extensions there are meant to be found.
   *
   * @defaultValue the connection's own search path: the metadata's schema, then `public`
   */
  readonly schema?: string | readonly string[] | undefined
  /**
   * The role the server checks rights and row-level security for, as with SET LOCAL ROLE.
   *
   * @defaultValue the role that logged in
   */
  readonly role?: string | undefined
  /**
   * Server settings by name, such as `app.tenant_id` for row-level security policies.
   *
   * @defaultValue none
   */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined
  /**
   * Longest time the server works on one statement, in milliseconds (1 … 2³¹−1); 0 switches the limit off.
   *
   * @defaultValue the database's `session.statementTimeoutMillis`
   */
  readonly statementTimeoutMillis?: number | undefined
  /**
   * Longest time a statement waits for a lock, in milliseconds (1 … 2³¹−1); 0 waits for ever.
   *
   * @defaultValue the server's `lock_timeout`, normally 0
   */
  readonly lockTimeoutMillis?: number | undefined
  /**
   * Longest time the transaction may wait for its next statement before the server ends the connection, in
   * milliseconds (1 … 2³¹−1); 0 switches the limit off.
   *
   * @defaultValue the database's `session.idleInTransactionTimeoutMillis`
   */
  readonly idleInTransactionTimeoutMillis?: number | undefined
  /**
   * Longest life of the session, from its opening, in milliseconds (1 … 2³¹−1). At its end the running statement is
   * cancelled, the transaction rolled back and the session closed; a COMMIT that was sent is waited for. Each run of
   * `begin(work, { retry })` has a session of its own, and so all of it.
   *
   * @defaultValue no limit
   */
  readonly deadlineMillis?: number | undefined
  /**
   * Whether tracked objects lose their values when their transaction was committed.
   *
   * @defaultValue the database's `session.expireOnCommit`
   */
  readonly expireOnCommit?: boolean | undefined
  /**
   * Whether what was added, changed and deleted is written before every query of the session.
   *
   * @defaultValue the database's `session.autoflush`
   */
  readonly autoflush?: boolean | undefined
  /**
   * How many reading statements of one shape from one place the session may send in a transaction before that is
   * reported, once (0 … 2³¹−1); 0 switches it off. For the session as a whole, not for one transaction of it.
   *
   * @defaultValue the database's `session.nPlusOneThreshold`
   */
  readonly nPlusOneThreshold?: number | undefined
  /**
   * What becomes of such a report.
   *
   * @defaultValue the database's `session.onNPlusOne`
   */
  readonly onNPlusOne?: OnNPlusOne | undefined
  /** Ends the session like the deadline. */
  readonly signal?: AbortSignal | undefined
}
