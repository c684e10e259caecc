import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { serverSettings } from '../config/server-settings.js'
import type { Engine } from '../engine/engine.js'
import type { Lease } from '../engine/lease.js'
import type { Waiter } from '../engine/waiter.js'
import { InternalError } from '../errors/database-error.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { StatementResult } from '../postgres/statement-result.js'
import { statement, type Statement } from '../postgres/statement.js'
import { aloneOutcome } from './alone-outcome.js'
import { compiledStatement } from './compiled-statement.js'
import { Conversation } from './conversation.js'
import { Patience, ROLLBACK_MILLIS } from './patience.js'
import { SessionConnection } from './session-connection.js'
import { queryAborted } from './session-errors.js'
import { statementRefusal } from './statement-refusal.js'
import { stopFlight, type Flyer, type StopManner } from './stop-flight.js'
import { TransactionEnd } from './transaction-end.js'
import { beginStatement, PLAIN_BEGIN, type TransactionOptions } from './transaction-options.js'
import { setConfig } from './set-config.js'

const COMMIT = statement('commit', [])
const ROLLBACK = statement('rollback', [])

/**
 * Microtasks from the end of a transaction here until Kysely has noted it, and its handle refuses late work by itself
 * (three with Kysely 0.28 and 0.29); what comes next through `connection()` needs more of them to arrive.
 */
const TICKS_UNTIL_NOTED = 5

/**
 * A connection outside any session, as Kysely sees one: every statement commits by itself, until a transaction of
 * Kysely's begins on it. That transaction is a conversation, with its gates: what is issued while COMMIT is in flight
 * is refused, where Kysely's own driver would run it afterwards, and it would stay (E21).
 *
 * @internal
 */
export class EngineConnection implements DatabaseConnection, Flyer {
  readonly lease: Lease
  readonly #engine: Engine
  readonly #isPooled: boolean
  /** What each transaction begins with: nothing, unless a pooler stands in between. */
  readonly #settings: readonly Statement[]
  readonly #patience: Patience
  #conversation: Conversation | undefined
  /** What runs through Kysely's own executor, one at a time. */
  #running: { readonly next: Statement; readonly answer: Promise<unknown> } | undefined

  constructor(lease: Lease, engine: Engine) {
    this.lease = lease
    this.#engine = engine
    this.#patience = new Patience(engine.answerWatch)
    const { options } = engine
    this.#isPooled = options.pooler !== undefined
    this.#settings = this.#isPooled ? setConfig(Object.entries(serverSettings(options))) : []
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const next = compiledStatement(query)
    const answer = this.execute(next)
    this.#running = { next, answer }
    try {
      return (await answer) as QueryResult<R>
    } finally {
      this.#running = undefined
    }
  }

  /** Kysely's abort strategy 'cancel query', since 0.29: a CancelRequest, unless the statement has been answered. */
  async cancelQuery(): Promise<void> {
    await this.#stop('cancel')
  }

  /** Kysely's abort strategy 'kill session': that, and the connection is closed, with the transaction on it. */
  async killSession(): Promise<void> {
    await this.#stop('kill')
  }

  async #stop(manner: StopManner): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    const reason = queryAborted(manner)
    if (this.#conversation !== undefined) await this.#conversation.stop(running.next, reason, manner)
    else await stopFlight(this, this.lease, reason, manner)
  }

  get flight(): object | undefined {
    return this.#running
  }

  answered(): Promise<unknown> {
    return Promise.allSettled([this.#running?.answer])
  }

  /** Runs a statement: by itself, or in the transaction that is open. */
  execute(next: Statement): Promise<StatementResult> {
    return this.#conversation === undefined ? this.#executeAlone(next) : this.#conversation.execute(next)
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncGenerator<QueryResult<R>, void, void> {
    if (this.#conversation !== undefined) {
      yield* new SessionConnection(this.#conversation).streamQuery<R>(query, chunkSize)
      return
    }
    // A cursor lives in a transaction.
    const conversation = this.begin({})
    try {
      yield* new SessionConnection(conversation).streamQuery<R>(query, chunkSize)
      await this.commit()
    } finally {
      await this.rollback()
    }
  }

  /** Begins a transaction. No I/O: BEGIN leaves with the first statement. */
  begin(options: TransactionOptions): Conversation {
    const begin = beginStatement(options)
    const supply = {
      enqueue: (waiter: Waiter) => {
        queueMicrotask(() => {
          waiter.onLease(this.lease.sublet())
        })
      },
      withdraw: () => undefined,
      commitResolver: this.#engine.commitResolver,
      answerWatch: this.#engine.answerWatch,
      options: this.#engine.options,
    }
    this.#conversation = new Conversation({ sessionId: undefined }, supply, {
      scope: '',
      isReadOnly: begin.text.includes('read only'),
      isPooled: this.#isPooled,
      statementTimeoutMillis: this.#patience.isOverruled ? 0 : this.#timeoutMillis,
      begin: () => [begin, ...this.#settings],
    })
    return this.#conversation
  }

  /** The transaction that is open on this connection. */
  get transaction(): Conversation {
    if (this.#conversation === undefined)
      throw new InternalError({ message: 'a transaction ends that never began' })
    return this.#conversation
  }

  async commit(): Promise<void> {
    const { transaction } = this
    try {
      await transaction.commit()
    } finally {
      await this.#end(transaction)
    }
  }

  async rollback(): Promise<void> {
    if (this.#conversation !== undefined) await this.#end(this.#conversation)
  }

  async #end(conversation: Conversation): Promise<void> {
    await conversation.close(new TransactionEnd('closed'))
    void this.#forget(conversation)
  }

  /** Leaves the closed conversation in the way of late work until Kysely's own handle refuses it. */
  async #forget(conversation: Conversation): Promise<void> {
    for (let tick = 0; tick < TICKS_UNTIL_NOTED; tick++) await Promise.resolve()
    if (this.#conversation === conversation) this.#conversation = undefined
  }

  async #executeAlone(next: Statement): Promise<StatementResult> {
    const refused = this.#isPooled ? statementRefusal(next.text, true) : undefined
    if (refused !== undefined) throw refused
    const statements = this.#isPooled ? [PLAIN_BEGIN, ...this.#settings, next, COMMIT] : [next]
    const limitMillis = this.#patience.limitFor([next], this.#timeoutMillis)
    let group = await this.#send(statements, limitMillis)
    // What the server had prepared is gone, and nothing ran: it is prepared again (I-PREP).
    if (group.isStale) group = await this.#send(statements, limitMillis)
    if (this.#isPooled && !group.isLost && group.status !== 'I') await this.#send([ROLLBACK], ROLLBACK_MILLIS)
    const outcome = aloneOutcome(group, statements.indexOf(next), next.text)
    if ('command' in outcome) return outcome
    throw outcome
  }

  #send(statements: readonly Statement[], limitMillis: number): Promise<StatementGroup> {
    return new Promise((resolve) => {
      this.#patience.send(this.lease, statements, limitMillis, resolve)
    })
  }

  get #timeoutMillis(): number {
    return this.#engine.options.session.statementTimeoutMillis
  }
}
