import type { Transfer } from './transfer.js'

/** What a caller of the transfer may conclude from its error: nothing was applied, or nobody knows. */
export type Verdict =
  | 'definite'
  | 'unknown'
  /** It was unknown at first, and then found out. */
  | 'resolved to committed'
  | 'resolved to aborted'

/** What the pool of an entrant counts. */
export interface LoanFigures {
  readonly acquired: number
  readonly released: number
  readonly destroyed: number
  readonly open: number
}

/** Code that moves money, as an application would write it with one library. */
export interface Entrant {
  /** Resolves when the author of an application would take the transfer for done. */
  transfer(transfer: Transfer, signal: AbortSignal | undefined): Promise<void>
  verdictOf(error: unknown): Verdict
  /** Undefined where the library counts nothing. */
  figures(): LoanFigures | undefined
  close(): Promise<void>
}

/** How an entrant connects. */
export interface EntrantOptions {
  readonly url: string
  readonly applicationName: string
  readonly connections: number
  /** What one operation may take at the most, in milliseconds. */
  readonly deadlineMillis: number
  /** When the server gives up a transaction whose client has fallen silent, in milliseconds. */
  readonly idleInTransactionMillis: number
}
