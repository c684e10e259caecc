import type { DatabaseError } from '../errors/database-error.js'
import { ProtocolError } from '../errors/operational-error.js'
import { UsageError } from '../errors/usage-error.js'
import { leftState, type LeftState } from './left-state.js'
import type { MessageWriter } from './message-writer.js'
import { RowShape, type FieldDescription } from './row-shape.js'
import { serverError, unreadableRow, type ServerMessage } from './server-error.js'
import type { PreparedStatement, StatementCache } from './statement-cache.js'
import { statementResult, type StatementResult } from './statement-result.js'
import type { Statement } from './statement.js'
import type { TransactionStatus } from './transaction-status.js'
import type { TypeReaders } from './type-readers.js'
import type { BatchedWriter, WriteBatch } from './write-batch.js'

/** What of a connection a group needs. */
export interface GroupConnection {
  readonly cache: StatementCache
  readonly types: TypeReaders
  /** Shared by all connections. */
  readonly batch: WriteBatch
}

interface ByteStream {
  write(bytes: Buffer): boolean
}

interface Step {
  readonly prepared: PreparedStatement | undefined
  /** It was prepared before this group. */
  readonly isReused: boolean
  shape: RowShape | null | undefined
  readonly asLists: boolean
}

/**
 * Statements that leave in one write and end in one Sync, so that after the first failure the server runs
 * nothing that stands behind it.
 *
 * It is a `pg` submittable: the client hands it the answers, but for rows, which are read from their bytes. Those, and
 * what `pg` does not tell a submittable (ParseComplete, and ReadyForQuery after an error), come from the connection
 * that sends it.
 *
 * @see PostgreSQL manual, Extended Query: after an error the server discards messages until it reaches a Sync
 * @internal
 */
export class StatementGroup implements BatchedWriter {
  /** One for each statement that completed, in order: its result, or why its rows could not be read. */
  readonly outcomes: (StatementResult | DatabaseError)[] = []
  /** What ended the group early. The statement at `outcomes.length` failed, those behind it never ran. */
  error: DatabaseError | undefined
  /** The connection went away, or answered nonsense, before the group was answered. What it did is not known. */
  isLost = false
  /** Its bytes were handed to the socket. While false, nothing of it can have reached the server. */
  isSent = false
  /** The server announced that it ends the connection, whatever it still answers. */
  isFatal = false
  /**
   * It failed only because the server no longer knows a statement that was prepared earlier, or because the columns of
   * one have changed. Nothing of that statement ran, and sent again it is prepared anew (I-PREP).
   */
  isStale = false
  /** What its statements may leave on the connection, the worst of them. Known once it is encoded. */
  leaves: LeftState = 'none'
  /** The status after the group; `undefined` when the connection was lost. */
  status: TransactionStatus | undefined

  readonly statements: readonly Statement[]
  readonly #scope: string
  readonly #onSettled: (group: StatementGroup) => void
  readonly #steps: Step[] = []
  /** Those whose ParseComplete is still to come. */
  #parsing: (PreparedStatement | undefined)[] = NONE_PARSING
  #connection: GroupConnection | undefined
  #bytes: Buffer | undefined
  /** Where it was submitted. */
  #stream: ByteStream | undefined
  #follower: StatementGroup | undefined
  #rows: unknown[] = []
  #rowError: unknown

  /**
   * @param statements - What to run, in order.
   * @param onSettled - Called once, when ReadyForQuery came or the connection was lost.
   * @param scope - Statements of another scope are prepared apart, even with the same text.
   */
  constructor(statements: readonly Statement[], onSettled: (group: StatementGroup) => void, scope = '') {
    this.statements = statements
    this.#onSettled = onSettled
    this.#scope = scope
  }

  /** Writes the messages for one connection. No I/O. */
  encode(writer: MessageWriter, connection: GroupConnection): void {
    this.#connection = connection
    const { cache } = connection
    writer.reset()
    for (const name of cache.takeDropped()) writer.closeStatement(name)
    for (const statement of this.statements) {
      const prepared = cache.entryFor(statement.text, this.#scope)
      const leaves = prepared?.leaves ?? leftState(statement.text)
      if (leaves !== 'none' && this.leaves !== 'lasting') this.leaves = leaves
      const isKnown = prepared !== undefined && (prepared.isParsed || this.#parsing.includes(prepared))
      if (!isKnown) {
        writer.parse(prepared?.name ?? '', statement.text)
        if (this.#parsing === NONE_PARSING) this.#parsing = []
        this.#parsing.push(prepared)
      }
      writer.bind(prepared?.name ?? '', statement.values)
      const shape = prepared?.readers === statement.readers ? prepared?.shape : undefined
      if (shape === undefined) writer.describePortal()
      writer.execute()
      // Should the statement fail, the server drops these bytes: it discards all messages until the Sync.
      if (statement.copyData !== undefined) writer.copyData(statement.copyData)
      this.#steps.push({
        prepared,
        isReused: prepared?.isParsed === true,
        shape,
        asLists: statement.asLists === true,
      })
    }
    writer.sync()
    this.#bytes = writer.take()
  }

  /** Lets another group leave in the same write, behind the Sync of this one. Both must be encoded. */
  takeAlong(follower: StatementGroup): void {
    this.#follower = follower
  }

  /** Called by `pg` when the connection is free. What is to be sent leaves with what other connections send. */
  submit({ stream }: { readonly stream: ByteStream }): null {
    // What another group took along is on its way already.
    if (this.isSent) return null
    this.#stream = stream
    this.#connection?.batch.add(this)
    return null
  }

  /** Hands its bytes to the socket, unless the connection was lost in the meantime. */
  write(): void {
    if (!this.isLost) this.#stream?.write(this.#takeBytes())
  }

  #takeBytes(): Buffer {
    const bytes = this.#bytes as Buffer
    this.#bytes = undefined
    this.isSent = true
    return this.#follower === undefined ? bytes : Buffer.concat([bytes, this.#follower.#takeBytes()])
  }

  handleParseComplete(): void {
    const parsed = this.#parsing.shift()
    if (parsed !== undefined) parsed.isParsed = true
  }

  handleRowDescription(message: { readonly fields: readonly FieldDescription[] }): void {
    this.#currentStep.shape = new RowShape(
      message.fields,
      (this.#connection as GroupConnection).types,
      this.statements[this.outcomes.length]?.readers,
    )
  }

  /**
   * Takes the body of a DataRow.
   *
   * @throws {@link ProtocolError} if it is none, or not of the columns that were described.
   */
  handleRow(bytes: Buffer, start: number, end: number): void {
    if (this.#rowError !== undefined || this.error !== undefined) return
    const shape = this.#steps[this.outcomes.length]?.shape ?? undefined
    if (shape === undefined)
      throw new ProtocolError({ message: 'The server sent a row of columns that it had not described' })
    try {
      const { asLists } = this.#currentStep
      this.#rows.push(asLists ? shape.readList(bytes, start, end) : shape.readObject(bytes, start, end))
    } catch (error) {
      if (ProtocolError.is(error)) throw error
      // The rest of the answer must still be read to keep the connection in step.
      this.#rowError = error
    }
  }

  handleCommandComplete(message: { readonly text: string }): void {
    if (this.error === undefined) this.#complete(message.text)
  }

  handleEmptyQuery(): void {
    this.#complete('')
  }

  handleError(message: ServerMessage): void {
    if (this.error !== undefined) return
    this.error = serverError(message)
    this.isFatal = message.severity === 'FATAL' || message.severity === 'PANIC'
    const failed = this.#steps[this.outcomes.length]
    if (failed?.prepared === undefined) return
    // 0A000: its columns changed. 26000: DEALLOCATE, DISCARD or a pooler dropped them all. Prepared anew (I-PREP).
    if (message.code === '0A000') this.#connection?.cache.forget(failed.prepared)
    if (message.code === '26000') this.#connection?.cache.forgetAll()
    this.isStale = failed.isReused && (message.code === '0A000' || message.code === '26000')
  }

  handlePortalSuspended(): void {
    // Execute asks for all rows, so the server never suspends a portal here.
  }

  handleCopyInResponse(connection: { sendCopyFail(reason: string): void; sync(): void }): void {
    // What it is to read was sent with it.
    if (this.statements[this.outcomes.length]?.copyData !== undefined) return
    this.error ??= new UsageError({
      message: 'COPY FROM STDIN is not possible as a statement: nothing here could send its rows',
      hint: 'Use session.bulkInsert(), which copies rows of a declared table.',
    })
    connection.sendCopyFail('no rows')
    // While it waited for rows the server ignored the Sync that ends the group.
    connection.sync()
  }

  handleCopyData(): void {
    // The bytes of COPY TO STDOUT have no place among rows and are dropped.
  }

  handleReadyForQuery(): void {
    // `pg` leaves this call out after an error, so the connection listens to ReadyForQuery itself.
  }

  /** ReadyForQuery came: no more answers will. `settle` is to follow. */
  conclude(status: TransactionStatus): void {
    this.status = status
    if (this.error === undefined && this.outcomes.length !== this.statements.length) {
      this.isLost = true
      this.error = new ProtocolError({
        message: `The server answered ${this.outcomes.length} of ${this.statements.length} statements and then said it was ready`,
        hint: 'Something between here and PostgreSQL answers in its place; the connection is destroyed.',
      })
    }
  }

  /** Tells the sender. */
  settle(): void {
    if (this.#stream !== undefined) this.#connection?.batch.answered()
    this.#onSettled(this)
  }

  /** The connection went away before ReadyForQuery. */
  settleLost(error: DatabaseError): void {
    this.isLost = true
    this.error ??= error
    this.settle()
  }

  #complete(tag: string): void {
    const step = this.#currentStep
    if (step.prepared !== undefined) {
      step.prepared.shape = step.shape ?? null
      step.prepared.readers = this.statements[this.outcomes.length]?.readers
    }
    this.outcomes.push(
      this.#rowError === undefined ? statementResult(tag, this.#rows) : unreadableRow(this.#rowError),
    )
    this.#rows = []
    this.#rowError = undefined
  }

  get #currentStep(): Step {
    return this.#steps[this.outcomes.length] as Step
  }
}

const NONE_PARSING: (PreparedStatement | undefined)[] = []
