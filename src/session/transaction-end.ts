import { CallSite, isDevelopment } from '../foundation/call-site.js'

/**
 * How and, outside production, where a session ended, for the error that a late statement gets (R4).
 *
 * @internal
 */
export class TransactionEnd {
  readonly how: 'closed' | 'aborted'
  readonly #place = isDevelopment ? new CallSite() : undefined

  constructor(how: TransactionEnd['how']) {
    this.how = how
  }

  /** The first line of the stack outside this package, such as `at save (/app/songs.ts:12:5)`. */
  get where(): string | undefined {
    return this.#place?.where
  }
}
