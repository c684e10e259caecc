import type { RelationCascade, RelationDefinition } from '../metadata/relation.js'
import type { ColumnMapping } from './column-mapping.js'
import type { TableMapping } from './table-mapping.js'

/**
 * A relation as the unit of work uses it: from the rows of one table, its source, to those of another, its target.
 *
 * @internal
 */
export interface RelationMapping {
  /** The property of the object that holds what was loaded. */
  readonly name: string
  readonly kind: 'many' | 'one'
  readonly source: TableMapping
  readonly target: TableMapping
  /** Columns of the source. */
  readonly local: readonly ColumnMapping[]
  /** What they equal, in the same order: columns of the table in between if there is one, else of the target. */
  readonly foreign: readonly ColumnMapping[]
  readonly through: ThroughMapping | undefined
  /** Whether those who hold a row of the source may find no row of the target. */
  readonly isOptional: boolean
  /** Whether `foreign` alone tells the target's rows apart: it is their primary key. */
  readonly isByKey: boolean
  readonly cascade: RelationCascade | undefined
}

/**
 * The table between the two ends of a relation.
 *
 * @internal
 */
export interface ThroughMapping {
  readonly table: TableMapping
  /** Its columns that point at the target. */
  readonly local: readonly ColumnMapping[]
  /** What they equal, columns of the target. */
  readonly foreign: readonly ColumnMapping[]
}

/** Prepares a relation. Pure. @internal */
export function relationMapping(
  name: string,
  { kind, target: targetKey, on, through, isOptional, cascade }: RelationDefinition,
  source: TableMapping,
  tableOf: (key: string) => TableMapping,
): RelationMapping {
  const target = tableOf(targetKey)
  const between = through === undefined ? undefined : tableOf(through.table)
  const far = between ?? target
  const foreign = on.map(([, key]) => far.column(key))
  return {
    name,
    kind,
    source,
    target,
    local: on.map(([key]) => source.column(key)),
    foreign,
    through:
      through === undefined || between === undefined
        ? undefined
        : {
            table: between,
            local: through.on.map(([key]) => between.column(key)),
            foreign: through.on.map(([, key]) => target.column(key)),
          },
    isOptional,
    isByKey:
      between === undefined &&
      foreign.length === target.primaryKey.length &&
      target.primaryKey.every((column) => foreign.includes(column)),
    cascade,
  }
}
