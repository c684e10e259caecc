import type { NPlusOneReport } from '../config/n-plus-one-report.js'
import { CallSite } from '../foundation/call-site.js'

/** Only what reads can be loaded together; cursors are read piece by piece on purpose. */
const READS = /^[\s(]*(?:select|with)\b/i
/** A list of values has another length each time. */
const PARAMETERS = /\$\d+(?:\s*,\s*\$\d+)*/g

interface Seen {
  count: number
  /** Until the shape has come often enough, places are only written down: to look them up costs more. */
  open: CallSite[]
  readonly countByPlace: Map<string, number>
}

/**
 * Counts the statements of a session that read, by shape and place, within each transaction.
 *
 * @internal
 */
export class NPlusOneDetector {
  readonly #threshold: number
  readonly #suggest: (text: string) => readonly string[]
  #transaction = 0
  #seen = new Map<string, Seen>()
  /** What was reported once is not reported again. */
  readonly #reported = new Set<string>()

  /**
   * @param threshold - How many of a kind are fine.
   * @param suggest - What would load the rows of a statement together with others.
   */
  constructor(threshold: number, suggest: (text: string) => readonly string[]) {
    this.#threshold = threshold
    this.#suggest = suggest
  }

  /** Takes note of a statement about to be sent. Gives a report when it is one too many, once for each place. */
  note(text: string, transaction: number): NPlusOneReport | undefined {
    if (!READS.test(text)) return undefined
    if (transaction !== this.#transaction) {
      this.#transaction = transaction
      this.#seen.clear()
    }
    const shape = text.replace(PARAMETERS, '$…')
    let seen = this.#seen.get(shape)
    if (seen === undefined) this.#seen.set(shape, (seen = { count: 0, open: [], countByPlace: new Map() }))
    const site = new CallSite()
    seen.open.push(site)
    if (++seen.count <= this.#threshold) return undefined
    for (const { where = '' } of seen.open)
      seen.countByPlace.set(where, (seen.countByPlace.get(where) ?? 0) + 1)
    seen.open = []
    return this.#report(shape, text, site, seen.countByPlace.get(site.where ?? '') ?? 0)
  }

  #report(shape: string, text: string, site: CallSite, count: number): NPlusOneReport | undefined {
    const key = `${site.where ?? ''} ${shape}`
    if (count <= this.#threshold || this.#reported.has(key)) return undefined
    this.#reported.add(key)
    return { count, shape, stack: site.callers, suggestions: this.#suggest(text) }
  }
}
