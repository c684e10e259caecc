import { DatabaseError } from '../../../src/errors/database-error.js'
import { CommitUnknownError } from '../../../src/errors/transaction-error.js'
import { Dice } from './dice.js'
import type { FaultKind } from './fault-kinds.js'
import { planTransfer, type Transfer } from './transfer.js'

const SLOWEST = 3
const MESSAGE_LENGTH = 160

interface Failure {
  readonly error: string
  readonly xid: string | undefined
}

/** What each operation was, when it ran and what its caller was told: read only where something turned out wrong. */
export class OperationLog {
  readonly #seed: number
  readonly #faults: ReadonlySet<FaultKind>
  readonly #startedAt = performance.now()
  // Two numbers for each operation, and words only for those that failed: a soak of half an hour has a million.
  readonly #begins: number[] = []
  readonly #ends: number[] = []
  readonly #failures = new Map<number, Failure>()
  readonly #restarts: number[] = []

  constructor(seed: number, faults: ReadonlySet<FaultKind>) {
    this.#seed = seed
    this.#faults = faults
  }

  noteBegin(operation: number): void {
    this.#begins[operation] = this.#now()
  }

  noteEnd(operation: number, error?: unknown): void {
    this.#ends[operation] = this.#now()
    if (error === undefined) return
    const xid = CommitUnknownError.is(error) ? error.xid : undefined
    this.#failures.set(operation, { error: describeError(error), xid })
  }

  noteRestart(): void {
    this.#restarts.push(this.#now())
  }

  /** The transaction id that a caller was told, where it was told one. */
  xidOf(operation: number): string | undefined {
    return this.#failures.get(operation)?.xid
  }

  /** The operations that took longest. */
  get slowest(): readonly number[] {
    const took = (operation: number): number => this.#ends[operation]! - this.#begins[operation]!
    const longest: number[] = []
    this.#ends.forEach((_, operation) => {
      longest.push(operation)
      longest.sort((a, b) => took(b) - took(a))
      longest.length = Math.min(longest.length, SLOWEST)
    })
    return longest
  }

  /** One line about each of these operations. */
  describe(operations: readonly number[]): string[] {
    const plans = this.#plansOf(new Set(operations))
    return operations.map((operation) => {
      const plan = plans.get(operation)
      if (plan === undefined) return `operation ${operation}: nobody asked for it`
      const { style, source, target, amount, swallows, abortAfterMillis } = plan
      const begin = this.#begins[operation] ?? 0
      const end = this.#ends[operation]
      const restarts = this.#restarts.filter((at) => at >= begin && at <= (end ?? at)).length
      return [
        `operation ${operation} (${style}, ${amount} from ${source} to ${target}`,
        swallows === 'nowhere' ? '' : `, swallows ${swallows}`,
        abortAfterMillis === undefined ? '' : `, aborted after ${abortAfterMillis.toFixed(1)} ms`,
        `) began at ${begin} ms`,
        restarts === 0 ? '' : `, met ${restarts} restart(s)`,
        end === undefined ? ', has no end' : `, took ${end - begin} ms`,
        `: ${this.#failures.get(operation)?.error ?? (end === undefined ? 'nothing was told' : 'told to be done')}`,
      ].join('')
    })
  }

  /** The dice are thrown again from the start: keeping every plan would cost more than all the rest. */
  #plansOf(operations: ReadonlySet<number>): Map<number, Transfer> {
    const dice = new Dice(this.#seed)
    const plans = new Map<number, Transfer>()
    for (let operation = 1; operation < this.#begins.length; operation++) {
      const plan = planTransfer(operation, dice, this.#faults)
      if (operations.has(operation)) plans.set(operation, plan)
    }
    return plans
  }

  #now(): number {
    return Math.round(performance.now() - this.#startedAt)
  }
}

/** Code, outcome and xid, then the same of its causes. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, MESSAGE_LENGTH)
  const { code } = error as { readonly code?: unknown }
  const words = [
    typeof code === 'string' ? code : error.name,
    ...(CommitUnknownError.is(error) ? [`outcome ${error.outcome}, xid ${error.xid ?? 'not known'}`] : []),
    JSON.stringify(error.message.split('\n', 1)[0]!.slice(0, MESSAGE_LENGTH)),
  ]
  if (error.cause !== undefined) words.push(`<- ${describeError(error.cause)}`)
  if (DatabaseError.is(error) && error.suppressed.length > 0)
    words.push(`(suppressed: ${error.suppressed.map(describeError).join('; ')})`)
  return words.join(' ')
}
