import type { AnyTable } from '../metadata/table.js'
import type { OnConflict } from './on-conflict.js'
import type { Row } from './row.js'

/** How far a bulk insert has come. */
export interface BulkInsertProgress {
  /** Rows that the server has answered for. */
  readonly sent: number
  /** Of those, rows that were stored: inserted, or updated by `onConflict`. */
  readonly written: number
  /** Chunks that the server has answered for. */
  readonly chunks: number
  /** Rows that went by COPY. */
  readonly copied: number
}

/** What a bulk insert did. */
export interface BulkInsertReport<R = never> extends BulkInsertProgress {
  /**
   * The columns asked for with `returning`. In the order of the rows that were passed in; with `onConflict` in no
   * promised order, and without the rows that were left out.
   */
  readonly rows: readonly R[]
}

/** How rows are inserted in bulk. */
export interface BulkInsertOptions<
  T extends AnyTable = AnyTable,
  K extends keyof Row<T> & string = keyof Row<T> & string,
> {
  /** What becomes of rows that a unique constraint refuses. @defaultValue the insert fails */
  readonly onConflict?: OnConflict<T> | undefined
  /** Columns to be read back, such as generated keys. @defaultValue none */
  readonly returning?: readonly K[] | undefined
  /** Most rows of one statement (1 … 1,000,000). That many are in memory at a time, twice. @defaultValue 10_000 */
  readonly chunkSize?: number | undefined
  /**
   * How rows travel. `'insert'`: as arrays that INSERT unnests. `'copy'`: by COPY, which can't say what it stored and
   * knows no conflicts, policies or rules. `'auto'`: by COPY where it can do the same and there are 500 rows or more.
   *
   * @defaultValue 'auto'
   */
  readonly method?: 'auto' | 'copy' | 'insert' | undefined
  /** Told after each chunk. What it throws ends the insert. */
  readonly onProgress?: ((progress: BulkInsertProgress) => void) | undefined
  /**
   * Ends the insert between two chunks, and the wait for the next rows. What was written until then is part of the
   * open transaction. To cancel a running statement too, abort the session.
   */
  readonly signal?: AbortSignal | undefined
}
