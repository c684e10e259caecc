/** Writing down where a session was closed costs as much as the rest of closing it, so production does without. */
const isDevelopment = process.env['NODE_ENV'] !== 'production'

/** Frames between the caller and the record: this package, Node, and async plumbing without a place. */
const OWN_FRAME =
  /[\\/]async-database[\\/]dist[\\/]|[\\/]node_modules[\\/]kysely[\\/]|[\\/]src[\\/](?:session|database|adapters|engine)[\\/]|\(?node:|<anonymous>\)?$/

/**
 * How and, outside production, where a session ended, for the error that a late statement gets (R4).
 *
 * @internal
 */
export class TransactionEnd {
  readonly how: 'closed' | 'aborted'
  readonly #place: { readonly stack?: string } = {}

  constructor(how: TransactionEnd['how']) {
    this.how = how
    if (isDevelopment) Error.captureStackTrace(this.#place)
  }

  /** The first line of the stack outside this package, such as `at save (/app/songs.ts:12:5)`. */
  get where(): string | undefined {
    const frames = this.#place.stack?.split('\n').slice(1) ?? []
    return frames.map((frame) => frame.trim()).find((frame) => !OWN_FRAME.test(frame))
  }
}
