import { OptionsReader } from '../config/options-reader.js'
import { InternalError } from '../errors/database-error.js'
import { OperationAbortedError } from '../errors/operational-error.js'
import { ConfigurationError, UsageError } from '../errors/usage-error.js'
import type { AnyTable } from '../metadata/table.js'
import { statement, type Statement } from '../postgres/statement.js'
import { BulkCopy } from './bulk-copy.js'
import type { BulkInsertOptions, BulkInsertReport } from './bulk-insert-options.js'
import { bulkValues } from './bulk-values.js'
import type { ColumnMapping } from './column-mapping.js'
import { groupBy } from './group-by.js'
import { chooseTechnique, insertText, type InsertShape } from './insert-text.js'
import type { Mapper } from './mapper.js'
import { onConflictText } from './on-conflict.js'
import { rowChunks } from './row-chunks.js'
import { firstReturned, rowsInOrder } from './rows-in-order.js'
import type { AnyRow, RowList } from './row.js'
import type { StatementRunner } from './statement-runner.js'
import { isGiven, type TableMapping } from './table-mapping.js'

/** From so many rows on COPY is faster than arrays, the question whether it is allowed included. */
const COPY_FROM_ROWS = 500

const CHUNK_SIZE = { min: 1, max: 1_000_000, fallback: 10_000 }

const KEYS = [
  'onConflict',
  'returning',
  'chunkSize',
  'method',
  'onProgress',
  'signal',
] as const satisfies readonly (keyof BulkInsertOptions)[]

/** Rows of a chunk that are written by the same statements, ready to be sent. */
interface Batch {
  readonly statements: readonly Statement[]
  /** Which rows of the chunk they are. */
  readonly places: readonly number[]
  readonly isCopy: boolean
  /** Whether each row comes back. */
  readonly isOrdered: boolean
  /** Brings what came back into the order of the rows, and into the form that columns are read in. */
  readonly read: (rows: readonly RowList[]) => readonly AnyRow[]
}

/**
 * Inserts many rows of one table without making them objects.
 *
 * While the server works on one chunk the next one is read and written out.
 *
 * @internal
 */
export class BulkInsert {
  readonly #mapper: Mapper
  readonly #runner: StatementRunner
  readonly #mapping: TableMapping
  readonly #copy: BulkCopy
  readonly #options: BulkInsertOptions
  readonly #returning: readonly ColumnMapping[]
  readonly #count = { sent: 0, written: 0, chunks: 0, copied: 0 }
  readonly #returned: AnyRow[] = []

  /**
   * @param mapper - The metadata.
   * @param runner - The session's line of statements.
   * @param table - Where the rows go.
   * @param options - How.
   * @throws {@link ConfigurationError} if an option is unknown or out of range.
   * @throws {@link UsageError} if the metadata has no such table, or the table no such column.
   */
  constructor(mapper: Mapper, runner: StatementRunner, table: AnyTable, options: BulkInsertOptions) {
    this.#mapper = mapper
    this.#runner = runner
    this.#mapping = mapper.declared(table)
    this.#copy = new BulkCopy(runner, this.#mapping)
    this.#options = checked(options)
    const wanted = new Set((options.returning ?? []).map((key) => this.#mapping.column(key)))
    this.#returning = this.#mapping.columns.filter((column) => wanted.has(column))
  }

  /** Inserts the rows. Called once. */
  async run(rows: AsyncIterable<AnyRow> | Iterable<AnyRow>): Promise<BulkInsertReport<AnyRow>> {
    const { chunkSize = CHUNK_SIZE.fallback, signal, onProgress } = this.#options
    const wait = abortion(signal)
    let underWay: Promise<void> | undefined
    try {
      for await (const chunk of rowChunks(rows, chunkSize, wait.aborted)) {
        const batches = await this.#batches(chunk)
        await underWay
        if (signal?.aborted === true) throw ABORTED
        underWay = this.#send(batches).then(() => onProgress?.({ ...this.#count }))
        // It is awaited before the next chunk leaves, and in the end.
        underWay.catch(() => undefined)
      }
    } catch (error) {
      // What runs is waited for: it must not go on behind the caller's back, and its failure is the first.
      await underWay
      throw error === ABORTED ? this.#interrupted() : error
    } finally {
      wait.stop()
    }
    await underWay
    return { ...this.#count, rows: this.#returned }
  }

  async #send(batches: readonly Batch[]): Promise<void> {
    const answers = batches.map((batch) =>
      Promise.all(batch.statements.map((each) => this.#runner.execute(each))),
    )
    const count = this.#count
    const first = this.#returned.length
    for (const [index, results] of (await Promise.all(answers)).entries()) {
      const { places, isCopy, isOrdered, read } = batches[index] as Batch
      count.sent += places.length
      if (isCopy) count.copied += places.length
      for (const { rowCount } of results) count.written += rowCount ?? 0
      const rows = read(results.flatMap((result) => result.rows as RowList[]))
      for (const [at, row] of rows.entries()) {
        if (isOrdered) this.#returned[first + (places[at] as number)] = row
        else this.#returned.push(row)
      }
    }
    count.chunks++
  }

  async #batches(chunk: readonly AnyRow[]): Promise<Batch[]> {
    const mapping = this.#mapping
    for (const row of chunk) for (const key in row) mapping.column(key)
    const batches: Batch[] = []
    const signature = (place: number): number | string => mapping.signature(chunk[place] as AnyRow)
    for (const places of groupBy(chunk.keys(), signature).values()) {
      const rows = places.length === chunk.length ? chunk : places.map((place) => chunk[place] as AnyRow)
      const given = mapping.columns.filter((column) => isGiven(column, rows[0] as AnyRow))
      const isCopy = await this.#isCopied(given, rows.length)
      const batch = isCopy ? await this.#copyBatch(given, rows) : await this.#insertBatch(given, rows)
      batches.push({ ...batch, places })
    }
    return batches
  }

  async #insertBatch(
    given: readonly ColumnMapping[],
    rows: readonly AnyRow[],
  ): Promise<Omit<Batch, 'places'>> {
    const mapping = this.#mapping
    const asked = this.#returning
    const conflict = onConflictText(mapping, given, this.#options.onConflict)
    const isOrdered = asked.length > 0 && conflict === ''
    const version = isOrdered && rows.length > 1 ? await this.#mapper.serverVersion(this.#runner) : 0
    const draft = { mapping, given, returned: asked, isOverriding: false }
    const technique = isOrdered ? chooseTechnique(draft, version, rows.length) : 'none'
    // The numbers of a sequence are what the rows are put in order by.
    const returned = technique === 'sequence' ? [...new Set([...asked, ...mapping.primaryKey])] : asked
    const shape: InsertShape = { ...draft, returned, technique, conflict }
    return {
      statements:
        technique === 'single'
          ? rows.map((row) => insertStatement(shape, [row]))
          : [insertStatement(shape, rows)],
      isCopy: false,
      isOrdered,
      read: (answer) => decoded(rowsInOrder(answer, shape), shape, asked),
    }
  }

  async #copyBatch(given: readonly ColumnMapping[], rows: readonly AnyRow[]): Promise<Omit<Batch, 'places'>> {
    const statements = [await this.#copy.statement(given, rows)]
    return { statements, isCopy: true, isOrdered: true, read: () => [] }
  }

  async #isCopied(given: readonly ColumnMapping[], rows: number): Promise<boolean> {
    const { method = 'auto', onConflict } = this.#options
    if (method === 'insert') return false
    const canSay = onConflict === undefined && this.#returning.length === 0 && given.length > 0
    if (method === 'auto' && rows < COPY_FROM_ROWS) return false
    if (canSay && (await this.#copy.isAllowed())) return true
    if (method === 'auto') return false
    throw new UsageError({
      message: `bulkInsert into ${this.#mapping.key} can't use COPY`,
      hint: canSay
        ? "The table has policies that apply to this role, rules, or is a view: leave out method: 'copy'."
        : "COPY knows neither onConflict nor returning, and needs a column: leave out method: 'copy'.",
    })
  }

  #interrupted(): OperationAbortedError {
    const { sent, chunks } = this.#count
    return new OperationAbortedError({
      message: `bulkInsert into ${this.#mapping.key} was interrupted after ${sent} rows in ${chunks} chunks`,
      hint: 'Those are part of the open transaction: commit() keeps them, rollback() does not.',
      phase: 'query',
      context: { sent, chunks },
      cause: this.#options.signal?.reason,
    })
  }
}

function insertStatement(shape: InsertShape, rows: readonly AnyRow[]): Statement {
  const { mapping, given } = shape
  const values =
    given.length === 0
      ? [rows.length]
      : given.map((column) => bulkValues(mapping, column, rows, (row) => row[column.key]))
  return { ...statement(insertText(shape), values), asLists: true }
}

function decoded(
  rows: readonly RowList[],
  shape: InsertShape,
  columns: readonly ColumnMapping[],
): readonly AnyRow[] {
  const first = firstReturned(shape)
  const places = columns.map((column) => first + shape.returned.indexOf(column))
  return rows.map((row) => {
    const read: AnyRow = {}
    for (const [index, { key, codec }] of columns.entries()) {
      const value = row[places[index] as number]
      read[key] = codec.decode === undefined || value === null ? value : codec.decode(value)
    }
    return read
  })
}

/** What a signal ends the reading of rows with; callers get an error that says how far it came. */
const ABORTED = new InternalError({ message: 'an interrupted bulk insert did not say so' })

/** A promise that is rejected when a signal is aborted; never, without one. */
function abortion(signal: AbortSignal | undefined): {
  readonly aborted: Promise<never>
  readonly stop: () => void
} {
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = (): void => {
      reject(ABORTED)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    stop = () => {
      signal?.removeEventListener('abort', onAbort)
    }
  })
  // Nobody may be waiting when it happens.
  aborted.catch(() => undefined)
  return { aborted, stop }
}

function checked(options: BulkInsertOptions): BulkInsertOptions {
  const reader = new OptionsReader(options, KEYS, 'bulkInsert')
  reader.integer('chunkSize', CHUNK_SIZE)
  const { method = 'auto' } = options
  if (['auto', 'copy', 'insert'].includes(method)) return options
  throw new ConfigurationError({
    message: `bulkInsert.method is ${JSON.stringify(method)}; expected 'auto', 'copy' or 'insert'.`,
  })
}
