import type { RelationCascade } from '../metadata/relation.js'
import type { ColumnMapping } from './column-mapping.js'

/**
 * A relation as the unit of work uses it: from the rows of one table, its source, to those of another, its target.
 * `T` is what tables are mapped to, which knows its relations itself.
 *
 * @internal
 */
export interface RelationShape<out T> {
  /** The property of the object that holds what was loaded. */
  readonly name: string
  readonly kind: 'many' | 'one'
  readonly source: T
  readonly target: T
  /** Columns of the source. */
  readonly local: readonly ColumnMapping[]
  /** What they equal, in the same order: columns of the table in between if there is one, else of the target. */
  readonly foreign: readonly ColumnMapping[]
  readonly through: ThroughShape<T> | undefined
  /** Whether those who hold a row of the source may find no row of the target. */
  readonly isOptional: boolean
  /** Whether `foreign` alone tells the target's rows apart: it is their primary key. */
  readonly isByKey: boolean
  readonly cascade: RelationCascade | undefined
  /** Where it is written: in columns of the row itself, in those at the other end, or in rows in between. */
  readonly writtenIn: 'between' | 'source' | 'target'
}

/**
 * The table between the two ends of a relation.
 *
 * @internal
 */
export interface ThroughShape<out T> {
  readonly table: T
  /** Its columns that point at the target. */
  readonly local: readonly ColumnMapping[]
  /** What they equal, columns of the target. */
  readonly foreign: readonly ColumnMapping[]
}
