import { mayWrite } from './may-write.js'
import { isTransactionControl } from './transaction-control.js'

/** The texts of a program are few, and each is asked about whenever it is run. */
const known = new Map<string, StatementTraits>()
/** On its way a statement is asked about several times in a row. */
let last: StatementTraits | undefined
const MOST_KNOWN = 1_000
/** A longer text is hardly seen twice. */
const LONGEST_KNOWN = 4 * 1024

/**
 * What the text of a statement tells. Found out when it is asked for, and remembered. No I/O.
 *
 * @internal
 */
export class StatementTraits {
  readonly #text: string
  #isTransactionControl: boolean | undefined
  #mayWrite: boolean | undefined
  #mayChangeTimeout: boolean | undefined

  private constructor(text: string) {
    this.#text = text
  }

  /** Those of a text. */
  static of(text: string): StatementTraits {
    if (last !== undefined && last.#text === text) return last
    let traits = known.get(text)
    if (traits === undefined) {
      traits = new StatementTraits(text)
      if (text.length > LONGEST_KNOWN) return traits
      if (known.size >= MOST_KNOWN) known.clear()
      known.set(text, traits)
    }
    last = traits
    return traits
  }

  /** It would begin or end a transaction by itself. */
  get isTransactionControl(): boolean {
    return (this.#isTransactionControl ??= isTransactionControl(this.#text))
  }

  /** It may give its transaction something to commit. */
  get mayWrite(): boolean {
    return (this.#mayWrite ??= mayWrite(this.#text))
  }

  /**
   * It may set another `statement_timeout`. Rather once too often: nothing is lost by waiting. A name that arrives as a
   * parameter is a call of set_config.
   */
  get mayChangeTimeout(): boolean {
    return (this.#mayChangeTimeout ??= /statement_timeout|set_config/i.test(this.#text))
  }
}
