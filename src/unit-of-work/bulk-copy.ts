import { copyIn } from '../postgres/copy-in.js'
import { statement, type Statement } from '../postgres/statement.js'
import type { ColumnMapping } from './column-mapping.js'
import { copyBinary } from './copy-binary.js'
import { copyRows } from './copy-text.js'
import type { AnyRow } from './row.js'
import type { StatementRunner } from './statement-runner.js'
import type { TableMapping } from './table-mapping.js'

/** What the server says of a table that rows are to be copied into. */
interface CopyTarget {
  readonly isAllowed: boolean
  /** The number of each column's type, by its quoted name. */
  readonly types: Readonly<Record<string, number>>
}

/** PostgreSQL refuses COPY where policies apply, and does not run a table's rules. */
const TARGET = `select relkind in ('r', 'p') and not relhasrules and not row_security_active(oid) as "isAllowed",
  (select json_object_agg('"' || replace(attname, '"', '""') || '"', atttypid::bigint) from pg_catalog.pg_attribute
   where attrelid = c.oid and attnum > 0 and not attisdropped) as types
  from pg_catalog.pg_class as c where oid = $1::regclass`

/**
 * Writes rows of one table by COPY: in binary where every column that they have is of a type that has such a form here,
 * else as text.
 *
 * @internal
 */
export class BulkCopy {
  readonly #runner: StatementRunner
  readonly #mapping: TableMapping
  #target: Promise<CopyTarget> | undefined

  constructor(runner: StatementRunner, mapping: TableMapping) {
    this.#runner = runner
    this.#mapping = mapping
  }

  /** Whether the server takes rows this way. Asks it once. */
  async isAllowed(): Promise<boolean> {
    const { isAllowed } = await (this.#target ??= this.#ask())
    return isAllowed
  }

  /**
   * The statement with its rows. Precondition: it is allowed.
   *
   * @param columns - The columns that the rows have values for.
   * @param rows - The rows.
   * @throws {@link UsageError} if a value can't be sent.
   */
  async statement(columns: readonly ColumnMapping[], rows: readonly AnyRow[]): Promise<Statement> {
    const { types } = await (this.#target ??= this.#ask())
    const list = columns.map(({ name }) => name).join(', ')
    const text = `copy ${this.#mapping.name} (${list}) from stdin`
    // COPY casts nothing: the bytes of a type that is not the column's would be stored as another value.
    const areOfTheirTypes = columns.every(({ name, codec }) => codec.binary?.oid === types[name])
    const bytes = areOfTheirTypes ? copyBinary(columns, rows) : undefined
    return bytes === undefined
      ? copyIn(text, copyRows(this.#mapping, columns, rows))
      : copyIn(`${text} (format binary)`, bytes)
  }

  async #ask(): Promise<CopyTarget> {
    const { rows } = await this.#runner.execute(statement(TARGET, [this.#mapping.name]))
    return (rows as CopyTarget[])[0] ?? { isAllowed: false, types: {} }
  }
}
