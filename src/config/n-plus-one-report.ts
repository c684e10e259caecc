/** Statements of one shape from one place, more often than a session should need them. */
export interface NPlusOneReport {
  /** How often, so far, in this transaction. */
  readonly count: number
  /** The SQL of the statements, without its numbers of parameters. */
  readonly shape: string
  /** The lines of the program that started the last of them, innermost first. */
  readonly stack: readonly string[]
  /** Calls that would load the same rows with one statement, where the metadata knows a relation that does. */
  readonly suggestions: readonly string[]
}

/** What becomes of a report: a line in the log, an error in place of the statement, or a call. */
export type OnNPlusOne = 'throw' | 'warn' | ((report: NPlusOneReport) => void)
