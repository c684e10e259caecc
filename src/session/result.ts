import { MultipleResultsFoundError, NoResultFoundError } from '../errors/result-error.js'
import { ConfigurationError } from '../errors/usage-error.js'

/**
 * The rows that a statement returned, all of them at hand: no method does I/O.
 *
 * @example
 * ```ts run
 * await using session = database.session()
 * const people = await session.execute(session.selectFrom('person').select(['id', 'name']))
 * console.log(people.all().length, people.first()?.name)
 * ```
 * @see SQLAlchemy 2.0, `Result`
 */
export class Result<R> {
  readonly #rows: readonly R[]
  /** Rows that the statement returned or touched; `null` for statements that count none, such as DDL. */
  readonly rowCount: number | null

  /** @internal Use `session.execute()`. */
  constructor(rows: readonly R[], rowCount: number | null) {
    this.#rows = rows
    this.rowCount = rowCount
  }

  /** Every row. */
  all(): readonly R[] {
    return this.#rows
  }

  /** The first row, or undefined if there is none. */
  first(): R | undefined {
    return this.#rows[0]
  }

  /**
   * The only row.
   *
   * @throws {@link NoResultFoundError} if there is none.
   * @throws {@link MultipleResultsFoundError} if there are several.
   */
  one(): R {
    const row = this.oneOrNone()
    if (row === undefined) {
      throw new NoResultFoundError({
        message: 'The statement returned no row where exactly one was expected',
        hint: 'Use oneOrNone() or first() where there may be none.',
      })
    }
    return row
  }

  /**
   * The only row, or undefined if there is none.
   *
   * @throws {@link MultipleResultsFoundError} if there are several.
   */
  oneOrNone(): R | undefined {
    if (this.#rows.length > 1) {
      throw new MultipleResultsFoundError({
        message: `The statement returned ${this.#rows.length} rows where at most one was expected`,
        hint: 'Make its condition unique, or use first() where any of them will do.',
        context: { rows: this.#rows.length },
      })
    }
    return this.#rows[0]
  }

  /** The first column of every row. */
  scalars(): readonly R[keyof R][] {
    return this.#rows.map((row) => firstColumn(row))
  }

  /** The first column of the first row, or undefined if there is no row. */
  scalar(): R[keyof R] | undefined {
    const row = this.first()
    return row === undefined ? undefined : firstColumn(row)
  }

  /**
   * The first column of the only row.
   *
   * @throws {@link NoResultFoundError} if there is no row.
   * @throws {@link MultipleResultsFoundError} if there are several.
   */
  scalarOne(): R[keyof R] {
    return firstColumn(this.one())
  }

  /**
   * The rows in lists of a given length; the last may be shorter.
   *
   * @param size - Rows in each (≥ 1).
   * @throws {@link ConfigurationError} if `size` is no whole number from 1.
   */
  *partitions(size: number): Generator<readonly R[], void, void> {
    if (!Number.isInteger(size) || size < 1) {
      throw new ConfigurationError({ message: `size is ${size}`, hint: 'It must be a whole number from 1.' })
    }
    for (let start = 0; start < this.#rows.length; start += size) yield this.#rows.slice(start, start + size)
  }

  /** The rows, one after the other. */
  [Symbol.iterator](): Iterator<R> {
    return this.#rows[Symbol.iterator]()
  }
}

function firstColumn<R>(row: R): R[keyof R] {
  return Object.values(row as object)[0] as R[keyof R]
}
