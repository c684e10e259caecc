import type { AnyTable } from '../metadata/table.js'
import type { Relation } from '../metadata/relation.js'
import type { Loaded, RelationNames, RelationsOf } from './loaded.js'
import type { KeyOf } from './query-of.js'
import type { NewRow, Row } from './row.js'

/** Objects at the other end of a relation, as a new row may be given them. */
type Related<DB, X> =
  X extends Relation<infer Kind, infer Target, infer Optional>
    ? Target extends keyof DB
      ? Kind extends 'many'
        ? Loaded<DB, Target, object>[]
        : Optional extends true
          ? Loaded<DB, Target, object> | null
          : Loaded<DB, Target, object>
      : never
    : never

/** The relations of a table, as a new row may be given them. */
export type RelationValues<DB, T extends AnyTable> = {
  [N in RelationNames<DB, KeyOf<DB, T>>]?: Related<DB, RelationsOf<DB, KeyOf<DB, T>>[N]>
}

/** A relation that may be left out is not given: of many rows each must have it. */
type GivenNames<DB, T extends AnyTable, V> = {
  [N in RelationNames<DB, KeyOf<DB, T>> & keyof V]: undefined extends V[N] ? never : N
}[RelationNames<DB, KeyOf<DB, T>> & keyof V]

/** The columns that the given relations say. */
type Pointing<DB, T extends AnyTable, V> = {
  [N in GivenNames<DB, T, V>]: RelationsOf<DB, KeyOf<DB, T>>[N] extends {
    readonly $kind: 'one'
    readonly $local: infer Local
  }
    ? Local
    : never
}[GivenNames<DB, T, V>]

/** What a new row is made of where relations say some of its columns. */
export type NewRowWith<DB, T extends AnyTable, V> = Omit<NewRow<T>, Pointing<DB, T, V> & keyof NewRow<T>> & {
  readonly [K in Exclude<keyof V, keyof NewRow<T> | RelationNames<DB, KeyOf<DB, T>>>]: never
}

/** A new row, with the relations that it was given. */
export type RowWith<DB, T extends AnyTable, V> = Row<T> & {
  [N in GivenNames<DB, T, V>]: Related<DB, RelationsOf<DB, KeyOf<DB, T>>[N]>
}
