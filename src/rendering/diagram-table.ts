import type { DatabaseDescription, ForeignKeyDescription, TableDescription } from '../metadata/description.js'
import { slot } from './render-context.js'

/** A table as a diagram shows it. */
export interface DiagramTable {
  readonly id: string
  /** With its schema, unless that is the metadata's own. */
  readonly title: string
  readonly columns: readonly DiagramColumn[]
  readonly references: readonly DiagramReference[]
}

/** A column as a diagram shows it. */
export interface DiagramColumn {
  readonly name: string
  readonly type: string
  readonly isPrimary: boolean
  readonly isForeign: boolean
  readonly isUnique: boolean
  readonly isNotNull: boolean
}

/** A foreign key as a diagram shows it. */
export interface DiagramReference {
  readonly target: string
  readonly columns: readonly string[]
  /** Whether a row may refer to nothing. */
  readonly isOptional: boolean
  /** Whether no two rows refer to the same one. */
  readonly isUnique: boolean
}

/** What a diagram shows of a metadata's tables. Pure. @internal */
export function diagramTables({ tables }: DatabaseDescription, schema: string): readonly DiagramTable[] {
  const ids = new Map(tables.map((table, number) => [slot(table), `t${String(number)}`]))
  return tables.map((table) => ({
    id: ids.get(slot(table)) ?? '',
    title: table.schema === schema ? table.name : `${table.schema}.${table.name}`,
    columns: table.columns.map((column) => ({
      name: column.name,
      type: column.type.name + '[]'.repeat(column.type.dimensions),
      isPrimary: table.primaryKey?.columns.includes(column.name) ?? false,
      isForeign: table.foreignKeys.some((key) => key.columns.includes(column.name)),
      isUnique: table.uniques.some(({ columns }) => columns.length === 1 && columns[0] === column.name),
      isNotNull: column.notNull,
    })),
    references: table.foreignKeys.flatMap((key) => {
      const target = ids.get(slot(key.target))
      return target === undefined ? [] : [referenceOf(table, key, target)]
    }),
  }))
}

function referenceOf(table: TableDescription, key: ForeignKeyDescription, target: string): DiagramReference {
  const wanted = key.columns.toSorted().join('\0')
  const keys = [...(table.primaryKey === undefined ? [] : [table.primaryKey]), ...table.uniques]
  return {
    target,
    columns: key.columns,
    isOptional: table.columns.some(({ name, notNull }) => key.columns.includes(name) && !notNull),
    isUnique: keys.some(({ columns }) => columns.toSorted().join('\0') === wanted),
  }
}
