import { UsageError } from '../errors/usage-error.js'
import type { ColumnReaders } from './column-readers.js'
import { CallSite } from '../foundation/call-site.js'
import { wireValue, type WireValue } from './wire-value.js'

/** More would wrap around in Bind's 16-bit count, and the server would see another number (E10). */
const MOST_PARAMETERS = 65_535

/**
 * One SQL statement with its parameters, ready to be written.
 *
 * @internal
 */
export interface Statement {
  readonly text: string
  readonly values: readonly WireValue[]
  /** Whether its rows come as lists of values, in the order of the columns, rather than as objects. */
  readonly asLists?: boolean
  /** How some of its columns are read, where not by their types alone. */
  readonly readers?: ColumnReaders | undefined
  /** What a COPY … FROM STDIN reads; it travels behind the statement, in the same write. */
  readonly copyData?: Buffer | string
  /** Where in the program it was made, while somebody wants to be told. */
  readonly caller?: CallSite | undefined
}

/**
 * Checks the parameters of a statement and converts them, once and at the call, so that what is sent later is what
 * the caller passed, and a mistake is told to the one who made it. No I/O.
 *
 * @throws {@link UsageError} if a parameter has no faithful form, the text holds a NUL character, or there are more
 * than 65,535 parameters.
 * @internal
 */
export function statement(text: string, values: readonly unknown[], readers?: ColumnReaders): Statement {
  if (text.includes('\u0000')) {
    throw new UsageError({
      message: 'The text of a statement has a NUL character, where PostgreSQL would cut it',
    })
  }
  if (values.length > MOST_PARAMETERS) {
    throw new UsageError({
      message: `A statement has ${values.length} parameters; PostgreSQL takes at most ${MOST_PARAMETERS}`,
      hint: 'Pass arrays and unnest() them, or split the statement.',
      context: { parameters: values.length, limit: MOST_PARAMETERS },
    })
  }
  return {
    text,
    values: values.length === 0 ? NO_VALUES : values.map((value, index) => wireValue(value, index + 1)),
    readers,
    caller: CallSite.ifWanted(),
  }
}

const NO_VALUES: readonly WireValue[] = Object.freeze([])
