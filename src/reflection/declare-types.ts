import { columnOf, changed } from '../metadata/column-builder.js'
import { builtinType } from '../metadata/builtin-type.js'
import type { DataType, DomainDefinition, EnumDefinition, ReadAs } from '../metadata/data-type.js'
import type { AnyColumn } from '../metadata/column.js'
import { defaultObjectName } from '../metadata/default-object-name.js'
import { domain } from '../metadata/domain.js'
import { enumType } from '../metadata/enum-type.js'
import type { NameReference } from '../metadata/name-reference.js'
import type { CatalogIndex } from './catalog-index.js'
import type { ColumnRow, TypeRow } from './catalog-rows.js'
import { withoutParentheses } from './printed-sql.js'

/** The part of a row that says which type something has. */
export type TypedRow = Pick<
  ColumnRow,
  'dimensions' | 'element' | 'elementExtension' | 'elementName' | 'isArray' | 'type'
>

/**
 * Declares the enums and domains, each once, those that a domain is based on before it.
 *
 * @param index - The catalogs; its `types` are filled.
 * @internal
 */
export function declareTypes(index: CatalogIndex): void {
  const rows = new Map(index.catalog.types.map((row) => [row.oid, row]))
  const declare = (row: TypeRow): void => {
    if (index.types.has(row.oid)) return
    const base = row.kind === 'd' ? rows.get(row.element) : undefined
    if (base !== undefined && base !== row) declare(base)
    index.types.set(row.oid, row.kind === 'e' ? enumOf(row, index) : domainOf(row, index))
  }
  for (const row of index.catalog.types) declare(row)
}

/**
 * Turns a type as the catalogs hold it into what a builder would have given. Pure.
 *
 * @param row - A column, or the base of a domain.
 * @param index - The catalogs, types declared.
 * @returns The type.
 * @internal
 */
export function dataTypeOf(row: TypedRow, index: CatalogIndex): DataType {
  const isArray = row.isArray && row.type.endsWith('[]')
  const dimensions = isArray ? Math.max(row.dimensions, 1) : 0
  const declared = index.types.get(row.element)
  if (declared !== undefined) return { name: declared.name, declared, dimensions, readAs: readAsOf(declared) }
  const printed = isArray ? row.type.slice(0, -2) : row.type
  // The search path of a database ends with public, so that what is there needs no schema.
  const isFound = row.elementExtension === 'citext' && printed === `public.${row.elementName}`
  const name = isFound ? row.elementName : printed
  const readAs = builtinType(name)?.column.def.type.readAs ?? 'driver'
  return { name, declared: undefined, dimensions, readAs }
}

function readAsOf(declared: DomainDefinition | EnumDefinition): ReadAs {
  if (declared.kind === 'enum') return 'string'
  return declared.type.dimensions > 0 ? 'driver' : declared.type.readAs
}

/** A collation that is not the type's own. One of pg_catalog or of the metadata's schema is found without its schema. */
export function collationOf(
  row: { readonly collation: string | null; readonly collationSchema: string | null },
  index: CatalogIndex,
): NameReference | undefined {
  const { collation, collationSchema: schema } = row
  if (collation === null) return undefined
  const isFound = schema === null || schema === 'pg_catalog' || schema === index.schema
  return { schema: isFound ? undefined : schema, name: collation }
}

function enumOf(row: TypeRow, index: CatalogIndex): EnumDefinition {
  return enumType(row.name, row.labels, {
    schema: index.schemaOf(row),
    comment: row.comment ?? undefined,
  }).def
}

function domainOf(row: TypeRow, index: CatalogIndex): DomainDefinition {
  const constraints = index.domainChecks.get(row.oid) ?? []
  const checks = constraints.filter(({ kind }) => kind === 'c')
  const notNull = constraints.find(({ kind }) => kind === 'n')?.name
  const isUsual = notNull === defaultObjectName(row.name, undefined, 'not_null')
  const base = changed<AnyColumn>(columnOf(dataTypeOf(row, index)), {
    notNull: row.isNotNull,
    notNullName: isUsual ? undefined : notNull,
    default: row.default ?? undefined,
    collation: collationOf(row, index),
    checks: checks.map((check) => ({
      kind: 'check',
      name: check.name,
      expression: withoutParentheses(check.expression ?? ''),
      notValid: !check.isValid,
    })),
  })
  return domain(row.name, base, { schema: index.schemaOf(row), comment: row.comment ?? undefined }).def
}
