/** Turns a value for a column into what the driver sends. */
type Writer = (value: unknown) => unknown

/**
 * The place of a parameter in a query that is compiled once and run with many values.
 *
 * @internal
 */
export class ParameterSlot {
  readonly name: string
  /** What the column that it is meant for makes of a value; undefined where the driver knows how. */
  readonly write: Writer | undefined

  constructor(name: string, write?: Writer) {
    this.name = name
    this.write = write
  }

  /** The same place, for a column that writes its values in a way of its own. */
  writtenBy(write: Writer): ParameterSlot {
    return new ParameterSlot(this.name, write)
  }
}
