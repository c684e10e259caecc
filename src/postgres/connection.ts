import { DatabaseError, InternalError } from '../errors/database-error.js'
import { OperationalError, ProtocolError } from '../errors/operational-error.js'
import { sendCancelRequest, type CancelTarget } from './cancel-request.js'
import type { LeftState } from './left-state.js'
import { MessageWriter } from './message-writer.js'
import type { PostgresClient } from './postgres-client.js'
import { lostError } from './server-error.js'
import { serverIdentity, WHICH_SERVER, type ServerIdentity } from './server-identity.js'
import { StatementCache } from './statement-cache.js'
import { StatementGroup, type GroupConnection } from './statement-group.js'
import type { TransactionStatus } from './transaction-status.js'
import type { TypeReaders } from './type-readers.js'
import { WriteBatch } from './write-batch.js'

/** What a connection is opened with. */
export interface ConnectionOptions {
  readonly statementCacheSize: number
  readonly isPooled: boolean
  readonly types: TypeReaders
  readonly cancelTarget: Pick<CancelTarget, 'host' | 'port' | 'ssl'>
}

/** Shared by all connections: a group is encoded and copied out in one go, never across a wait. */
const writer = new MessageWriter()
const batch = new WriteBatch()

/**
 * One connection to PostgreSQL: it sends one group at a time and knows, from the protocol alone, whether it is idle.
 *
 * @internal
 */
export class Connection {
  readonly openedAt = performance.now()
  readonly #client: PostgresClient
  readonly #own: GroupConnection
  readonly #isPooled: boolean
  readonly #cancelTarget: ConnectionOptions['cancelTarget']
  #group: StatementGroup | undefined
  /** What is asked about the server itself: `'due'` with the next group, then under way in front of it. */
  #question: StatementGroup | 'due' | undefined
  #hasAsked = false
  #server: ServerIdentity | undefined
  #status: TransactionStatus = 'I'
  #lostTo: DatabaseError | undefined
  /** Its server turned out to be another than it was opened for: no longer the primary. */
  isServerSuspect = false
  /** With the pool while the connection is, else with the lease: if it is garbage-collected, so was the lease. */
  loanToken: object | undefined
  /**
   * What was left on it since it was opened or reset, beyond transactions (R10). Nothing behind a pooler: whatever a
   * statement leaves is left on a server connection that others have by now, where a reset would hit theirs.
   */
  leftState: LeftState = 'none'
  /** The texts of the statements since it was lent, where they are wanted. */
  journal: string[] | undefined
  /** How many times it was lent. */
  useCount = 0
  /** How many groups were sent. */
  sendCount = 0
  /** Since when it has not been lent, on the clock of `performance.now()`. */
  idleSince = 0
  /** When it has served long enough, on the clock of `performance.now()`. */
  retireAt = Number.POSITIVE_INFINITY

  constructor(client: PostgresClient, options: ConnectionOptions) {
    this.#client = client
    this.#own = { cache: new StatementCache(options.statementCacheSize), types: options.types, batch }
    this.#isPooled = options.isPooled
    this.#cancelTarget = options.cancelTarget
    const { connection } = client
    connection.readRows((bytes, start, end) => this.#onRow(bytes, start, end))
    connection.on('parseComplete', () => this.#answered?.handleParseComplete())
    connection.on('readyForQuery', (message: { status: TransactionStatus }) =>
      this.#onReadyForQuery(message.status),
    )
    // For the client's whole life: pg-pool takes its own listener away at every checkout, and an 'error' without
    // a listener ends the process (E1B, pain 3).
    client.on('error', (error: unknown) => this.#onLost(error))
    client.on('end', () => this.#onLost(new Error('Connection terminated')))
  }

  /** The server's process for this connection; a pooler may give a number of its own (E17). */
  get processId(): number | null {
    return this.#client.processID
  }

  /** The server and its life, once it was asked (I-RESOLVE). */
  get server(): ServerIdentity | undefined {
    return this.#server
  }

  /**
   * Finds out which server this is, once, in the write of the next group: it costs no round trip.
   *
   * Precondition: no transaction is open. A server that does not answer the question would abort it.
   */
  askWhichServer(): void {
    if (this.#hasAsked) return
    this.#hasAsked = true
    this.#question = 'due'
  }

  /** Such as 170004; `undefined` where something between here and the server keeps it to itself. */
  get serverVersion(): number | undefined {
    const [, major, minor] =
      /^(\d+)(?:\.(\d+))?/.exec(this.#client.parameters.get('server_version') ?? '') ?? []
    return major === undefined ? undefined : Number(major) * 10_000 + Number(minor ?? 0)
  }

  /** What ReadyForQuery said last. */
  get status(): TransactionStatus {
    return this.#status
  }

  /** Idle by the protocol: nothing in flight, no transaction, socket not known to be gone (I-DIRTY, I-DYING). */
  get isClean(): boolean {
    return this.#group === undefined && this.#status === 'I' && this.#lostTo === undefined
  }

  /** Something was sent and has not been answered. */
  get isBusy(): boolean {
    return this.#group !== undefined
  }

  /** Why the connection can't be used any more, if so. */
  get lostTo(): DatabaseError | undefined {
    return this.#lostTo
  }

  /**
   * Sends a group in one write, in this turn of the event loop; the group is settled when the server is ready again.
   */
  send(group: StatementGroup): void {
    if (this.#group !== undefined)
      throw new InternalError({ message: 'a group was sent while another is under way' })
    if (this.#lostTo !== undefined) {
      const lostTo = this.#lostTo
      queueMicrotask(() => {
        group.settleLost(lostTo)
      })
      return
    }
    group.encode(writer, this.#own)
    if (group.leaves !== 'none' && this.leftState !== 'lasting' && !this.#isPooled)
      this.leftState = group.leaves
    this.#group = group
    this.sendCount++
    this.journal?.push(...group.statements.map(({ text }) => text))
    if (this.#question === 'due') this.#client.query(this.#introduction(group))
    else this.#client.query(group)
  }

  /** A question of our own in front of the first group: in the same write, so that it costs no round trip. */
  #introduction(group: StatementGroup): StatementGroup {
    const question = new StatementGroup([WHICH_SERVER], (settled) => {
      this.#server = serverIdentity(settled)
    })
    question.encode(writer, this.#own)
    question.takeAlong(group)
    this.#question = question
    return question
  }

  /**
   * Asks the server to stop what is running here. The statement still answers, with an error or its result.
   *
   * @param timeoutMillis - Longest wait for the server to take the request, in milliseconds.
   * @returns True once the request has been dealt with, or when nothing was running.
   */
  async cancel(timeoutMillis: number): Promise<boolean> {
    const { processID, secretKey } = this.#client
    if (this.#group === undefined) return true
    if (processID === null || secretKey === null) return false
    return await sendCancelRequest({ ...this.#cancelTarget, processId: processID, secretKey }, timeoutMillis)
  }

  /** Closes the socket at once, without a goodbye. What was in flight is settled as lost. */
  destroy(reason: DatabaseError): void {
    this.#onLost(reason)
    // pg-pool waits for an end that a dead peer never sends, and a waiter starves meanwhile (E3d2).
    this.#client.connection.stream.destroy()
  }

  /** Whose answer is being read. */
  get #answered(): StatementGroup | undefined {
    return this.#question instanceof StatementGroup ? this.#question : this.#group
  }

  #onRow(bytes: Buffer, start: number, end: number): void {
    const group = this.#answered
    if (group === undefined)
      throw new ProtocolError({ message: 'The server sent a row although nothing had been asked of it' })
    group.handleRow(bytes, start, end)
  }

  #onReadyForQuery(status: TransactionStatus): void {
    this.#status = status
    const group = this.#group
    if (this.#question instanceof StatementGroup && group !== undefined) {
      const question = this.#question
      this.#question = undefined
      question.conclude(status)
      question.settle()
      // What announces the end, or breaks the protocol, does so for the group behind it too (I-DYING).
      const end = announcedEnd(question)
      if (end !== undefined) {
        this.destroy(end)
        return
      }
      // It has left already; `pg` is only told whose answer comes next.
      this.#client.query(group)
      return
    }
    if (group === undefined) {
      this.destroy(
        new ProtocolError({ message: 'The server said ReadyForQuery although nothing had been asked of it' }),
      )
      return
    }
    this.#group = undefined
    group.conclude(status)
    this.#lostTo ??= announcedEnd(group)
    group.settle()
  }

  #onLost(cause: unknown): void {
    if (this.#lostTo !== undefined) return
    const lostTo = announcedEnd(this.#answered) ?? (DatabaseError.is(cause) ? cause : lostError(cause))
    this.#lostTo = lostTo
    const question = this.#question
    const group = this.#group
    this.#question = undefined
    this.#group = undefined
    if (question instanceof StatementGroup) question.settleLost(lostTo)
    group?.settleLost(lostTo)
  }
}

/**
 * FATAL, 57P01, 08xxx, 25P03 and their kin announce the end, even where ReadyForQuery still follows; and after a
 * violation of the protocol nothing that follows can be trusted (I-DYING).
 */
function announcedEnd(group: StatementGroup | undefined): DatabaseError | undefined {
  if (group === undefined) return undefined
  return group.isFatal || OperationalError.is(group.error) ? group.error : undefined
}
