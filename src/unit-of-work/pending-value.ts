/**
 * Stands in a column for a value that another object will have once it is flushed, such as a generated key.
 *
 * @internal
 */
export class PendingValue {
  /** The object that will have the value. */
  readonly source: object
  /** The key of its column. */
  readonly key: string

  constructor(source: object, key: string) {
    this.source = source
    this.key = key
  }
}
