import type { Key } from './key-of.js'
import type { AnyRow, RowList } from './row.js'
import type { TableMapping } from './table-mapping.js'

/**
 * Where an object stands, in SQLAlchemy's words.
 *
 * `pending`: added, not flushed. `persistent`: it has a row. `deleted`: its row was deleted in this transaction.
 * `transient`: it has no row and is not in the session. `detached`: it may have a row and is not in the session.
 */
export type ObjectStatus = 'deleted' | 'detached' | 'pending' | 'persistent' | 'transient'

/**
 * What the unit of work knows about one object. The object itself stays plain: nothing is hidden in it.
 *
 * @internal
 */
export class TrackedObject {
  readonly object: AnyRow
  readonly mapping: TableMapping
  status: ObjectStatus
  /** Whether it is in the list of its session's objects; `left` while its place there is kept. The identity map's own. */
  place: 'left' | 'listed' | 'nowhere' = 'nowhere'
  /** To be deleted by the next flush. */
  isMarked = false
  /** Its row may have changed since it was read: the next load overwrites it. */
  isStale = false
  /** Columns that hold no value until they are loaded again. */
  expired: Set<string> | undefined
  /** The row as the database has it; undefined while there is none. */
  snapshot: RowList | undefined
  /** What was loaded for each relation, or written since; undefined while there is nothing. */
  relations: Record<string, object | readonly object[] | null> | undefined
  /** What identifies its row within the table; undefined while there is none. */
  identity: Key | undefined

  constructor(object: AnyRow, mapping: TableMapping, status: ObjectStatus) {
    this.object = object
    this.mapping = mapping
    this.status = status
  }
}
