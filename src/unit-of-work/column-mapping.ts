import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type { ColumnDefinition } from '../metadata/column-definition.js'
import type { DataType } from '../metadata/data-type.js'
import type { ColumnDescription } from '../metadata/description.js'
import { FIRST_VERSION } from '../metadata/version-column.js'
import { columnCodec, type ColumnCodec } from './column-codec.js'
import { firstVersion } from './row-version.js'

/**
 * A column as the unit of work uses it.
 *
 * @internal
 */
export interface ColumnMapping {
  /** The property of the object. */
  readonly key: string
  /** Its place among the table's columns. */
  readonly index: number
  /** Its name in the database, quoted. */
  readonly name: string
  readonly codec: ColumnCodec
  readonly isNotNull: boolean
  /** Computed by the server from other columns. */
  readonly isComputed: boolean
  /** Numbered by a sequence of its own, upwards or downwards. */
  readonly sequence: 'ascending' | 'descending' | undefined
  /** Takes a written value only where the statement overrides it (`GENERATED ALWAYS AS IDENTITY`). */
  readonly isIdentityAlways: boolean
  /** What the server would evaluate for a row that leaves the column out; undefined if that is not declared. */
  readonly defaultSql: string | undefined
  /**
   * What a new object holds while no value was given: null where the row will have NULL, the first version, else
   * undefined.
   */
  readonly initial: unknown
  readonly isUuid: boolean
  /** Values that are equal for the server have one text, so that rows can be matched by it. */
  readonly hasOneText: boolean
  /** Counts the changes of the row. */
  readonly isVersion: boolean
}

/** Others have several texts for one value, such as numeric (1 and 1.0) or citext. */
const ONE_TEXT = /^(?:smallint|integer|bigint|uuid|text|character varying(?:\(\d+\))?)$/

/**
 * Prepares a column. Pure.
 *
 * @param definition - As it was declared.
 * @param description - The same, names resolved.
 * @param index - Its place among the table's columns.
 * @param table - The table's name in SQL text.
 * @internal
 */
export function columnMapping(
  definition: ColumnDefinition,
  description: ColumnDescription,
  index: number,
  table: string,
): ColumnMapping {
  const { key, name, identity, serial, generated, notNull } = description
  const settings = identity?.sequence ?? serial
  const next = `nextval(pg_get_serial_sequence(${literal(table)}, ${literal(name)}))`
  const defaultSql = settings === undefined ? description.default : next
  const hasNoSource = defaultSql === undefined && generated === undefined && !hasDefault(definition.type)
  return {
    key,
    index,
    name: quoteIdentifier(name),
    codec: columnCodec(definition.type),
    isNotNull: notNull,
    isComputed: generated !== undefined,
    // A sequence that starts again has no direction.
    sequence:
      settings === undefined || settings.cycle
        ? undefined
        : (settings.increment ?? 1n) > 0n
          ? 'ascending'
          : 'descending',
    isIdentityAlways: identity?.generation === 'always',
    defaultSql,
    initial: initialOf(definition, hasNoSource && !notNull),
    isUuid: definition.type.name === 'uuid',
    hasOneText: hasOneText(definition),
    isVersion: definition.isVersion,
  }
}

function initialOf(definition: ColumnDefinition, isNull: boolean): unknown {
  // With a default of the application's own, the server knows what versions begin with.
  if (definition.isVersion && definition.default === FIRST_VERSION) return firstVersion(definition.type)
  return isNull ? null : undefined
}

function hasOneText({ type, collation }: ColumnDefinition): boolean {
  return (
    type.declared === undefined &&
    type.dimensions === 0 &&
    collation === undefined &&
    ONE_TEXT.test(type.name)
  )
}

function hasDefault({ declared }: DataType): boolean {
  return declared?.kind === 'domain' && (declared.default !== undefined || hasDefault(declared.type))
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
