import type { Logger } from '../config/logger.js'
import type { DatabaseError } from '../errors/database-error.js'
import { CallSite } from '../foundation/call-site.js'
import type { Connection } from '../postgres/connection.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { LeakEvent } from './engine-events.js'
import type { EventHub } from './event-hub.js'
import type { LeftBehind } from './find-left-state.js'
import type { LeaseObserver } from './lease.js'
import { holderOf, type Loan } from './loan-book.js'
import type { PoolListener } from './pool-listener.js'
import { RoundTripReport } from './round-trip-report.js'
import type { StatementLog } from './statement-log.js'
import { whoLeft } from './who-left.js'

/**
 * Tells the log and the listeners of an engine what its pool does.
 *
 * @internal
 */
export class PoolReporter implements PoolListener {
  /** What the connection that was opened last was told. */
  serverVersion: number | undefined

  readonly #hub: EventHub
  readonly #logger: Logger
  readonly #log: StatementLog
  readonly #logIsOn: boolean
  #isOver = false
  #stopWantingPlaces: (() => void) | undefined

  constructor(hub: EventHub, logger: Logger, log: StatementLog) {
    this.#hub = hub
    this.#logger = logger
    this.#log = log
    this.#logIsOn = log.isOn
    this.#notePlaces(log.isOn)
  }

  /** Asked for each group of statements: a subscriber of a diagnostics channel comes without a word. */
  get observer(): LeaseObserver | undefined {
    const isHeard = this.#logIsOn || this.#hub.wantsGroups
    if (isHeard !== (this.#stopWantingPlaces !== undefined)) this.#notePlaces(isHeard && !this.#isOver)
    return isHeard ? this.#onAnswered : undefined
  }

  /** Places of statements need not be written down for this engine any more. */
  stop(): void {
    this.#isOver = true
    this.#notePlaces(false)
  }

  onOpened({ processId, serverVersion }: Connection, durationMillis: number): void {
    this.serverVersion = serverVersion
    this.#hub.tell('connect', () => ({ processId, durationMillis }))
  }

  onIdleLost(error: DatabaseError): void {
    this.#logger.warn({ err: error }, 'an idle connection was lost and is replaced at the next need')
    this.#hub.tell('invalidate', () => ({ error }))
  }

  onLeftBehind({ processId, journal = [] }: Connection, left: readonly LeftBehind[]): void {
    const statements = whoLeft(left, journal)
    const things = left.map(({ kind, name }) => `${kind}${name === '' ? '' : ` ${name}`}`)
    this.#logger.warn(
      { processId, left: things, statements },
      `a session left a ${things.join(', a ')} on its connection, which was reset because pool.verifyReset is on; it was left by ${statements.join(' or by ')}`,
    )
  }

  onLent({ sessionId, connection }: Loan, waitedMillis: number): void {
    this.#hub.tell('acquire', () => ({ sessionId, processId: connection.processId, waitedMillis }))
  }

  onReturned(loan: Loan, heldMillis: number, destroyedFor: DatabaseError | undefined): void {
    const { sessionId, connection } = loan
    this.#hub.tell('release', () => ({
      sessionId,
      processId: connection.processId,
      heldMillis,
      destroyedFor,
    }))
    if (loan.isOverdue) {
      this.#logger.info(
        holderOf(loan, performance.now()),
        'a connection came back that had been reported as held for too long',
      )
    }
  }

  onOverdue(loan: Loan): void {
    const event = this.#tellOfLeak(loan, 'overdue')
    const stack = loan.caller?.callers
    this.#logger.warn(
      { ...event, stack },
      `a connection has been held for ${event.heldMillis} ms; is its session not closed?`,
    )
  }

  onForgotten(loan: Loan): void {
    const event = this.#tellOfLeak(loan, 'collected')
    this.#logger.error(
      event,
      'a session was garbage-collected while it held a connection; the connection was destroyed',
    )
  }

  #tellOfLeak(loan: Loan, reason: LeakEvent['reason']): LeakEvent {
    const event = { ...holderOf(loan, performance.now()), reason }
    this.#hub.tell('leak', () => event)
    return event
  }

  readonly #onAnswered = (
    group: StatementGroup,
    durationMillis: number,
    sessionId: string | undefined,
  ): void => {
    const report = new RoundTripReport(group, durationMillis, sessionId)
    if (this.#logIsOn) this.#log.write(report)
    const hub = this.#hub
    hub.tell('roundTrip', () => report.roundTrip)
    if (hub.wants('statement')) for (const event of report.statements) hub.tell('statement', () => event)
    for (const step of report.transactionSteps) hub.tell(step, () => ({ sessionId, durationMillis }))
  }

  #notePlaces(areWanted: boolean): void {
    this.#stopWantingPlaces?.()
    this.#stopWantingPlaces = areWanted ? CallSite.want() : undefined
  }
}
