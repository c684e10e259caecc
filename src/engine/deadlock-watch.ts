import { neutralScope } from '../foundation/neutral-scope.js'
import { HoldingFrames, isAnyHolding } from './holding-frames.js'
import type { Loan, LoanBook } from './loan-book.js'
import type { Waiter } from './waiter.js'
import type { WaitingLine } from './waiting-line.js'

/**
 * For so long nothing may have moved before anybody is refused. Who awaits whom is only as certain as the stack, and
 * work that opened a session without awaiting it goes on within a few turns.
 */
const STILL_MILLIS = 25

/** What the watch needs of its pool. */
export interface DeadlockWatchOwner {
  /** All connections that may be opened are lent. */
  readonly isFull: boolean
  /** Another connection may be opened; those on their way count. */
  readonly hasRoom: boolean
  /** The session of the async context, if there is one. */
  readonly sessionInScope: (() => string | undefined) | undefined
  onDeadlock(waiter: Waiter): void
}

/**
 * Finds the deadlock of a pool with itself: every connection is held by work that waits for another one (I-NESTED).
 *
 * Who waits for whom is known from three places: the waiter itself may name the session that was suspended for it; the
 * async context may have a session in scope; and the async stack has the frames of `begin()` and `scoped.run()`. They
 * are looked at only by those who have to wait while the pool is full.
 *
 * @internal
 */
export class DeadlockWatch {
  readonly #line: WaitingLine
  readonly #loans: LoanBook
  readonly #owner: DeadlockWatchOwner
  #timer: NodeJS.Timeout | undefined
  #movement = -1

  constructor(line: WaitingLine, loans: LoanBook, owner: DeadlockWatchOwner) {
    this.#line = line
    this.#loans = loans
    this.#owner = owner
  }

  /** Someone has begun to wait. Called where it was asked for, so that the stack and the context are those of the caller. */
  onWaiting(waiter: Waiter): void {
    waiter.scope = undefined
    waiter.frames = undefined
    if (this.#owner.hasRoom) return
    waiter.scope = this.#owner.sessionInScope?.()
    if (isAnyHolding() && this.#isAnyHolderIdle) waiter.frames = new HoldingFrames()
    if (waiter.scope !== undefined || waiter.frames !== undefined || waiter.suspended !== undefined)
      this.#arm()
  }

  /**
   * Whose work awaits the waiter has no statement under way. In a pool that is only busy all have, and then the stack,
   * which costs more than all else here, is not walked.
   */
  get #isAnyHolderIdle(): boolean {
    for (const { connection } of this.#loans) if (!connection.isBusy) return true
    return false
  }

  #arm(): void {
    if (this.#timer !== undefined) return
    this.#movement = this.#countMovement()
    const look = (): void => {
      this.#timer = undefined
      this.#look()
    }
    this.#timer = neutralScope.runInAsyncScope(() => setTimeout(look, STILL_MILLIS).unref())
  }

  #look(): void {
    if (this.#line.length === 0) return
    const isStill = this.#movement === this.#countMovement() && this.#owner.isFull
    const victim = isStill ? this.#victim() : undefined
    if (victim !== undefined) this.#owner.onDeadlock(victim)
    if (this.#line.length > 0) this.#arm()
  }

  /** The last of those whose waiting closes the circle: its holder's work fails, and the others can go on. */
  #victim(): Waiter | undefined {
    const loans = new Map<string, Loan>()
    for (const loan of this.#loans) {
      // Work outside sessions tells nobody what it waits for.
      if (loan.sessionId === undefined || loan.connection.isBusy) return undefined
      loans.set(loan.sessionId, loan)
    }
    const waitedFor = new Set<string>()
    let victim: Waiter | undefined
    for (const waiter of this.#line) {
      const held = sessionsWaitingFor(waiter, loans).filter((id) => loans.has(id))
      for (const id of held) waitedFor.add(id)
      if (held.length > 0) victim = waiter
    }
    return waitedFor.size === loans.size ? victim : undefined
  }

  /** Another number whenever a statement was sent or a connection changed hands. */
  #countMovement(): number {
    let count = 0
    for (const { connection, since } of this.#loans) count += connection.sendCount + since
    return count
  }
}

/** The sessions whose work can't go on before a waiter has been served. */
function sessionsWaitingFor(waiter: Waiter, loans: ReadonlyMap<string, Loan>): readonly string[] {
  const found = new Set<string>()
  const follow = (id: string | undefined): void => {
    if (id === undefined || found.has(id)) return
    found.add(id)
    follow(loans.get(id)?.suspended)
  }
  for (const id of [waiter.suspended, waiter.scope, ...(waiter.frames?.sessions ?? [])]) follow(id)
  // A session that waits for itself is not in anybody's way.
  if (waiter.sessionId !== undefined) found.delete(waiter.sessionId)
  return [...found]
}
