import { quoteIdentifier, quoteQualified } from '../foundation/quote-identifier.js'
import type { DataTypeDescription, ObjectName } from '../metadata/description.js'
import type { NameReference } from '../metadata/name-reference.js'
import { sqlLiteral } from '../metadata/sql-literal.js'
import type { StorageParameters } from '../metadata/table-extra.js'

/** Quotes an object's full name. Pure. @internal */
export function qualified({ schema, name }: ObjectName): string {
  return quoteQualified(schema, name)
}

/** Quotes a name that may have no schema. Pure. @internal */
export function referenced({ schema, name }: NameReference): string {
  return schema === undefined ? quoteIdentifier(name) : quoteQualified(schema, name)
}

/** Quotes names and joins them for a list in parentheses. Pure. @internal */
export function quotedList(names: readonly string[]): string {
  return names.map(quoteIdentifier).join(', ')
}

/** Writes a type. Pure. @internal */
export function dataTypeSql({ schema, name, dimensions }: DataTypeDescription): string {
  return (schema === undefined ? name : quoteQualified(schema, name)) + '[]'.repeat(dimensions)
}

/**
 * Writes storage parameters. Pure.
 *
 * @param parameters - By name; `toast.` may stand before it.
 * @returns ` WITH (…)`, or nothing when there are none.
 * @internal
 */
export function storageSql(parameters: StorageParameters): string {
  const text = parameterList(parameters)
  return text === '' ? '' : ` WITH (${text})`
}

/** Writes parameters for a list in parentheses. Pure. @internal */
export function parameterList(parameters: StorageParameters): string {
  return Object.entries(parameters)
    .map(([key, value]) => `${key.split('.').map(quoteIdentifier).join('.')} = ${sqlLiteral(value)}`)
    .join(', ')
}
