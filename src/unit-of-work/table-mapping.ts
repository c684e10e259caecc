import { UsageError } from '../errors/usage-error.js'
import { nearestKey } from '../foundation/nearest-key.js'
import { quoteIdentifier, quoteQualified } from '../foundation/quote-identifier.js'
import type { ForeignKeyDescription, TableDescription } from '../metadata/description.js'
import type { TableDefinition } from '../metadata/table.js'
import { columnMapping, type ColumnMapping } from './column-mapping.js'
import { keyOf, keyOfAll, type Key } from './key-of.js'
import type { RelationShape } from './relation-shape.js'
import type { AnyRow, RowList } from './row.js'
import { copyValue } from './same-value.js'
import { setRelation, unloadedRelations } from './unloaded-relations.js'

/**
 * A foreign key as the unit of work uses it.
 *
 * @internal
 */
export interface ForeignKeyMapping {
  readonly columns: readonly ColumnMapping[]
  readonly target: TableMapping
  readonly targetColumns: readonly ColumnMapping[]
  /** The columns that may be NULL, so that a row can be written before the row it points at. */
  readonly nullable: readonly ColumnMapping[]
  /** The constraint's name in SQL text, if its check can wait for COMMIT. */
  readonly deferrableName: string | undefined
  /** Whether the server itself deals with rows that point at a deleted one. */
  readonly isHandledOnDelete: boolean
}

/**
 * A table as the unit of work uses it: built once for each metadata and shared by all sessions.
 *
 * @internal
 */
export class TableMapping {
  /** The key under which Kysely sees it. */
  readonly key: string
  /** What it was declared as. */
  readonly definition: TableDefinition
  /** Its name in SQL text. Without a schema where it declares none: the session's search path decides, as for queries. */
  readonly name: string
  readonly columns: readonly ColumnMapping[]
  readonly primaryKey: readonly ColumnMapping[]
  /** Columns that the server computes anew with every update. */
  readonly computed: readonly ColumnMapping[]
  /** The column that counts the changes of a row. */
  readonly version: ColumnMapping | undefined
  readonly foreignKeys: readonly ForeignKeyMapping[] = []
  /** The columns of relations whose rows go when they belong to nobody any more (`deleteOrphan`). */
  readonly owners: (readonly ColumnMapping[])[] = []
  /** SQL text by what it is for: the same words for the same work, so that the server parses them once. */
  readonly texts = new Map<string, string>()
  readonly #columnByKey: ReadonlyMap<string, ColumnMapping>
  readonly #emptyRow: Readonly<AnyRow>
  /** Columns whose values the driver reads in another form than they are declared in. */
  readonly #decoded: readonly ColumnMapping[]
  #relations: ReadonlyMap<string, RelationShape<TableMapping>> = new Map()
  /** What stands behind objects of a table with relations. */
  #prototype: object | undefined
  readonly #schema: string | undefined

  constructor(definition: TableDefinition, description: TableDescription) {
    this.key = description.key
    this.definition = definition
    this.#schema = definition.schema
    this.name =
      definition.schema === undefined
        ? quoteIdentifier(description.name)
        : quoteQualified(definition.schema, description.name)
    const definitions = Object.values(definition.columns)
    this.columns = description.columns.map((column, index) =>
      columnMapping((definitions[index] as (typeof definitions)[number]).def, column, index, this.name),
    )
    this.#columnByKey = new Map(this.columns.map((column) => [column.key, column]))
    const keyNames = description.primaryKey?.columns ?? []
    this.primaryKey = this.#named(keyNames)
    this.computed = this.columns.filter((column) => column.isComputed)
    this.version = this.columns.find((column) => column.isVersion)
    const emptyRow = Object.create(null) as AnyRow
    for (const column of this.columns) emptyRow[column.key] = column.initial
    this.#emptyRow = { ...emptyRow }
    this.#decoded = this.columns.filter((column) => column.codec.decode !== undefined)
  }

  /** The relations of its rows, by name. */
  get relations(): ReadonlyMap<string, RelationShape<TableMapping>> {
    return this.#relations
  }

  /** Adds the relations; called once, when all tables are there. */
  relate(relations: readonly RelationShape<TableMapping>[]): void {
    if (relations.length === 0) return
    this.#relations = new Map(relations.map((relation) => [relation.name, relation]))
    this.#prototype = unloadedRelations(relations)
  }

  /** The relation of a name. Throws {@link UsageError} for a name that is none. */
  relation(name: string): RelationShape<TableMapping> {
    const relation = this.#relations.get(name)
    if (relation !== undefined) return relation
    const names = [...this.#relations.keys()]
    const nearest = nearestKey(name, names)
    throw new UsageError({
      message: `${this.key} has no relation ${JSON.stringify(name)}`,
      hint:
        nearest !== undefined
          ? `Did you mean ${nearest}?`
          : names.length > 0
            ? `Its relations are ${names.join(', ')}.`
            : 'Declare it with relations(), and give that to new Metadata({ tables, relations }).',
    })
  }

  /** Adds the foreign keys; called once, when all tables are there. */
  link(
    foreignKeys: readonly ForeignKeyDescription[],
    tableOf: (key: ForeignKeyDescription) => TableMapping,
  ): void {
    const linked = foreignKeys.map((key): ForeignKeyMapping => {
      const target = tableOf(key)
      const columns = this.#named(key.columns)
      const name =
        this.#schema === undefined ? quoteIdentifier(key.name) : quoteQualified(this.#schema, key.name)
      return {
        columns,
        target,
        targetColumns: target.#named(key.targetColumns),
        nullable: columns.filter((column) => !column.isNotNull),
        deferrableName: key.deferrable === false ? undefined : name,
        isHandledOnDelete: key.onDelete !== 'no action' && key.onDelete !== 'restrict',
      }
    })
    ;(this.foreignKeys as ForeignKeyMapping[]).push(...linked)
  }

  /** The column under a key. Throws {@link UsageError} for a key that is none. */
  column(key: string): ColumnMapping {
    const column = this.#columnByKey.get(key)
    if (column !== undefined) return column
    const nearest = nearestKey(key, this.#columnByKey.keys())
    throw new UsageError({
      message: `${this.key} has no column under the key ${JSON.stringify(key)}`,
      hint:
        nearest === undefined
          ? `Its columns are ${[...this.#columnByKey.keys()].join(', ')}.`
          : `Did you mean ${nearest}?`,
    })
  }

  /** A new object with the values given, and with NULL or nothing where none was. */
  newRow(values: Readonly<AnyRow>): AnyRow {
    const row = this.#object(this.#emptyRow)
    for (const key in values) {
      if (!Object.hasOwn(values, key)) continue
      const value = values[key]
      if (this.#relations.has(key)) {
        if (value !== undefined) setRelation(row, key, value)
        continue
      }
      const column = this.column(key)
      if (value !== undefined) row[key] = column.codec.normalize(value)
    }
    return row
  }

  /** The object of a row. Changes inside its dates, bytes and documents do not reach the values that it was made of. */
  objectOf(values: Readonly<RowList>): AnyRow {
    const row =
      this.#prototype === undefined ? { ...this.#emptyRow } : (Object.create(this.#prototype) as AnyRow)
    const { columns } = this
    for (let index = 0; index < columns.length; index++) {
      const value = values[index]
      row[(columns[index] as ColumnMapping).key] =
        typeof value === 'object' && value !== null ? copyValue(value) : value
    }
    return row
  }

  /** What identifies an object's row in the table; undefined while a part of the key is not there. */
  identity(row: Readonly<AnyRow>): Key | undefined {
    const { primaryKey } = this
    const [first] = primaryKey
    return primaryKey.length === 1 && first !== undefined
      ? keyPart(first, row[first.key])
      : keyOfAll(primaryKey.map((column) => keyPart(column, row[column.key])))
  }

  /** {@link TableMapping.identity} of a row's values, which begin at an offset. */
  identityOf(values: Readonly<RowList>, offset = 0): Key | undefined {
    const { primaryKey } = this
    const [first] = primaryKey
    return primaryKey.length === 1 && first !== undefined
      ? keyPart(first, values[offset + first.index])
      : keyOfAll(primaryKey.map((column) => keyPart(column, values[offset + column.index])))
  }

  /** Which columns of a new row have a value: rows with the same signature are written by the same statement. */
  signature(row: Readonly<AnyRow>): number | string {
    const { columns } = this
    // A number holds 53 bits exactly.
    if (columns.length > 52) return columns.map((column) => (isGiven(column, row) ? '1' : '0')).join('')
    let bits = 0
    for (const column of columns) bits = bits * 2 + (isGiven(column, row) ? 1 : 0)
    return bits
  }

  /** A copy of an object's values that later changes do not reach. */
  snapshot(row: Readonly<AnyRow>): RowList {
    const { columns } = this
    // Of its final length: a list that grows takes room for more.
    const values: RowList = new Array<unknown>(columns.length)
    for (let index = 0; index < columns.length; index++) {
      const value = row[(columns[index] as ColumnMapping).key]
      values[index] = typeof value === 'object' && value !== null ? copyValue(value) : value
    }
    return values
  }

  /** The list of all columns in a SELECT, in order. */
  selectList(alias: string): string {
    return this.columns.map((column) => `${alias}.${column.name}`).join(', ')
  }

  /** Brings the values of a row from the driver into the form that its columns declare, in place. */
  decode(row: AnyRow): AnyRow {
    for (const { key, codec } of this.#decoded) {
      const value = row[key]
      if (value !== null && value !== undefined) row[key] = codec.decode?.(value)
    }
    return row
  }

  /** {@link TableMapping.decode} of values in the order of the columns, which begin at an offset. */
  decodeValues(values: unknown[], offset: number): void {
    for (const { index, codec } of this.#decoded) {
      const value = values[offset + index]
      if (value !== null) values[offset + index] = codec.decode?.(value)
    }
  }

  #object(values: Readonly<AnyRow>): AnyRow {
    return this.#prototype === undefined
      ? { ...values }
      : Object.assign(Object.create(this.#prototype) as AnyRow, values)
  }

  #named(names: readonly string[]): readonly ColumnMapping[] {
    const quoted = names.map(quoteIdentifier)
    return quoted.map((name) => this.columns.find((column) => column.name === name) as ColumnMapping)
  }
}

/** Whether a new row has a value for a column; otherwise the server gives it one. @internal */
export function isGiven(column: ColumnMapping, row: Readonly<AnyRow>): boolean {
  return row[column.key] !== undefined && !column.isComputed
}

/** The server takes either case of a UUID and gives lower case. */
function keyPart({ isUuid }: ColumnMapping, value: unknown): Key | undefined {
  return keyOf(isUuid && typeof value === 'string' ? value.toLowerCase() : value)
}
