import type { DataType } from '../../metadata/data-type.js'
import type { Metadata } from '../../metadata/metadata.js'
import type { AnyTable } from '../../metadata/table.js'
import type { ColumnReader } from '../../postgres/column-readers.js'
import { columnCodec } from '../../unit-of-work/column-codec.js'
import { parameterWriter, type ParameterWriter } from '../../unit-of-work/parameter-writer.js'

/**
 * A column as queries use it.
 *
 * @internal
 */
export interface MappedColumn {
  readonly key: string
  /** Its name in the database. */
  readonly name: string
  /** Turns what the driver read into what the column declares; undefined where that is the same. */
  readonly read: ColumnReader | undefined
  /** Turns what the caller passed into what the server reads; undefined where the driver does that. */
  readonly write: ParameterWriter | undefined
}

/**
 * A table or view as queries use it.
 *
 * @internal
 */
export class MappedTable {
  readonly key: string
  /** Its name in the database. */
  readonly name: string
  /** The schema that its declaration names, if it names one. */
  readonly schema: string | undefined
  /** Empty for views: what they give is known to the type system alone. */
  readonly columns: readonly MappedColumn[]
  readonly hasRenamedColumns: boolean
  /** Whether a query on it needs anything that Kysely does not do by itself. */
  readonly isSpecial: boolean
  readonly #byKey: ReadonlyMap<string, MappedColumn>
  readonly #byName: ReadonlyMap<string, MappedColumn>

  constructor(key: string, table: AnyTable, metadata: Metadata) {
    const { $ } = table
    this.key = key
    this.schema = $.schema
    const described = $.kind === 'table' ? metadata.describe(table) : undefined
    this.name = described?.name ?? $.name
    this.columns = (described?.columns ?? []).map((column) => {
      const type = ($.columns[column.key] as (typeof $.columns)[string]).def.type
      return {
        key: column.key,
        name: column.name,
        read: isReadByDriver(type) ? undefined : columnCodec(type).decode,
        write: parameterWriter(type),
      }
    })
    this.hasRenamedColumns = this.columns.some((column) => column.key !== column.name)
    this.isSpecial =
      this.name !== key ||
      this.schema !== undefined ||
      this.columns.some(
        (column) => column.key !== column.name || column.read !== undefined || column.write !== undefined,
      )
    this.#byKey = new Map(this.columns.map((column) => [column.key, column]))
    this.#byName = new Map(this.columns.map((column) => [column.name, column]))
  }

  /** The column under a key, or, where another plugin has turned keys into names already, of a name. */
  column(keyOrName: string): MappedColumn | undefined {
    return this.#byKey.get(keyOrName) ?? this.#byName.get(keyOrName)
  }
}

/** Types whose arrays the driver reads: those of the application and of extensions arrive as text. */
const ARRAYS_OF_DRIVER = new Set([
  'bigint',
  'boolean',
  'date',
  'double precision',
  'integer',
  'jsonb',
  'numeric',
  'real',
  'smallint',
  'text',
  'timestamp with time zone',
  'uuid',
])

function isReadByDriver(type: DataType): boolean {
  const { name, declared, dimensions, readAs } = type
  if (dimensions === 0 || declared !== undefined || !ARRAYS_OF_DRIVER.has(name)) return false
  return name !== 'bigint' || readAs === 'bigint'
}
