import type { SequenceOptions } from './column-definition.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'

/** Options of a sequence that no column owns. */
export interface FreeSequenceOptions extends Omit<SequenceOptions, 'name'> {
  /** The schema it lives in. @defaultValue the metadata's */
  readonly schema?: string | undefined
  /** The type of its numbers. @defaultValue 'bigint' */
  readonly dataType?: 'bigint' | 'integer' | 'smallint' | undefined
  /** Not written to the write-ahead log (PostgreSQL 15). @defaultValue false */
  readonly unlogged?: boolean | undefined
  /**
   * Gives the column that owns it, as `() => users.id`: the sequence then goes with the column. Only for what `serial()`
   * and `identity()` can't say, such as a sequence of another type than the column.
   *
   * @defaultValue none
   */
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- as in references(): a call signature would make TypeScript look into the arrow.
  readonly ownedBy?: Function | undefined
  /** COMMENT ON SEQUENCE. */
  readonly comment?: string | undefined
}

/** A sequence as it was declared. */
export interface SequenceDefinition extends FreeSequenceOptions {
  readonly kind: 'sequence'
  readonly name: string
}

/** A declared sequence. */
export interface Sequence {
  /** What it was declared with. */
  readonly def: SequenceDefinition
}

/** The keys of {@link SequenceOptions} that say how it counts. */
const SEQUENCE_SETTINGS = ['start', 'increment', 'minValue', 'maxValue', 'cache', 'cycle'] as const

/** The keys of {@link SequenceOptions}. */
export const SEQUENCE_OPTIONS: readonly string[] = ['name', ...SEQUENCE_SETTINGS]

/**
 * Declares a sequence that no column owns (`CREATE SEQUENCE`); list it in the metadata's `sequences`. Performs no I/O.
 *
 * @param name - Its name in the database.
 * @param options - See {@link FreeSequenceOptions}.
 * @returns The sequence.
 * @throws {@link ConfigurationError} if an option is unknown.
 * @example
 * ```ts
 * import { bigint, Metadata, sequence, table } from 'async-database'
 * import { sql } from 'kysely'
 *
 * const invoiceNumbers = sequence('invoice_numbers', { start: 1_000 })
 * const invoices = table('invoices', { no: bigint().primaryKey().default(sql`nextval('invoice_numbers')`) })
 * export const metadata = new Metadata({ tables: { invoices }, sequences: [invoiceNumbers] })
 * ```
 */
export function sequence(name: string, options: FreeSequenceOptions = {}): Sequence {
  const known = ['schema', 'dataType', 'unlogged', 'ownedBy', 'comment', ...SEQUENCE_SETTINGS]
  refuseUnknownKeys(options, known, `The sequence ${JSON.stringify(name)}`)
  return Object.freeze({ def: Object.freeze({ ...options, kind: 'sequence', name }) })
}
