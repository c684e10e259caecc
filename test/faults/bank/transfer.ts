import type { Dice } from './dice.js'
import type { FaultKind } from './fault-kinds.js'

export const ACCOUNTS = 20
export const OPENING_BALANCE = 1_000

const SWALLOWS = 0.03
const ABORTS = 0.05
const LATEST_ABORT_MILLIS = 30

/** How the transfer is written by its author; see the entrant. */
export const STYLES = ['begin', 'retried', 'session', 'scoped', 'together', 'nested'] as const

/** One operation of the soak: money goes from one account to another, and the ledger says so. */
export interface Transfer {
  readonly operation: number
  readonly source: number
  readonly target: number
  readonly amount: number
  readonly style: (typeof STYLES)[number]
  /** Where a failing statement is run whose error the author drops. */
  readonly swallows: 'nowhere' | 'in the middle' | 'at the end'
  /** When the caller gives up, in milliseconds after the start. */
  readonly abortAfterMillis: number | undefined
}

/** Throws the dice for one transfer. The number of throws is always the same. */
export function planTransfer(operation: number, dice: Dice, faults: ReadonlySet<FaultKind>): Transfer {
  const source = 1 + dice.below(ACCOUNTS)
  const target = 1 + ((source + dice.below(ACCOUNTS - 1)) % ACCOUNTS)
  const amount = 1 + dice.below(9)
  const style = dice.oneOf(STYLES) ?? 'begin'
  const place = dice.chance(0.5) ? 'in the middle' : 'at the end'
  const swallows = dice.chance(SWALLOWS) && faults.has('swallow') ? place : 'nowhere'
  const moment = dice.next() * LATEST_ABORT_MILLIS
  const isAborted = dice.chance(ABORTS) && faults.has('abort')
  return {
    operation,
    source,
    target,
    amount,
    style,
    swallows,
    abortAfterMillis: isAborted ? moment : undefined,
  }
}
