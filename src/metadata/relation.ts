import type { AnyTable } from './table.js'

/** What deleting or removing does to the rows at the other end of a relation, when the unit of work does it. */
export type RelationCascade = 'delete' | 'deleteOrphan'

/** Options of a relation. */
export interface RelationOptions {
  /**
   * `delete`: the related rows go with this one. `deleteOrphan`: they also go when the columns
   * that lead to them become NULL.
   *
   * @defaultValue left to the database's own ON DELETE
   */
  readonly cascade?: RelationCascade | undefined
}

/** Options of a relation to one row. */
export interface OneRelationOptions extends RelationOptions {
  /**
   * States that there always is a row, where the declarations can't show it.
   *
   * @defaultValue true if every joined column of this table is not null and has `references()`
   */
  readonly required?: boolean | undefined
}

/** What a relation was declared with. Columns are keys, not names in the database. */
export interface RelationDefinition {
  readonly kind: 'many' | 'one'
  /** The key of the other table. */
  readonly target: string
  /** Pairs of a column on this side and the column it equals: of the join table if there is one, else of the target. */
  readonly on: readonly (readonly [local: string, foreign: string])[]
  /** The table in between: its key, and pairs of its columns and the target's. */
  readonly through:
    | { readonly table: string; readonly on: readonly (readonly [local: string, foreign: string])[] }
    | undefined
  /** For `one`: whether there may be no other row. */
  readonly isOptional: boolean
  readonly cascade: RelationCascade | undefined
}

/**
 * A relation as types see it: how many rows, of which table, and for `one` whether there may be none and which columns
 * of this side a row at the other end gives a value to.
 */
export interface Relation<
  out K extends 'many' | 'one' = 'many' | 'one',
  out Target extends string = string,
  out Optional extends boolean = boolean,
  out Local = unknown,
> {
  /** Phantom: how many. */
  readonly $kind: K
  /** Phantom: the key of the other table. */
  readonly $target: Target
  /** Phantom: whether there may be no other row. */
  readonly $optional: Optional
  /** Phantom: for `one`, the columns of this side that it gives a value to. */
  readonly $local: Local
  /** What it was declared with. */
  readonly def: RelationDefinition
}

type Columns<T extends AnyTable> = T['$']['columns']

/** Pairs of columns, by the key on the left side. */
export type JoinColumns<L extends AnyTable, R extends AnyTable> = {
  readonly [K in keyof Columns<L>]?: keyof Columns<R>
}

/** The same pairs, with a sentence in place of each that joins columns of different types. */
export type CheckedJoin<L extends AnyTable, R extends AnyTable, On> = {
  readonly [K in keyof On]: K extends keyof Columns<L>
    ? On[K] extends keyof Columns<R>
      ? [Columns<L>[K]['$read'], Columns<R>[On[K]]['$read']] extends [
          Columns<R>[On[K]]['$read'],
          Columns<L>[K]['$read'],
        ]
        ? On[K]
        : 'the two columns are of different types'
      : never
    : 'this table has no such column'
}

/** Columns that may point at nothing: they take NULL, or no foreign key says that what they equal exists. */
type Loose<L extends AnyTable, On> = {
  [K in keyof Columns<L> & keyof On]: 'null' extends Columns<L>[K]['$flags']
    ? true
    : unknown extends Columns<L>[K]['$ref']
      ? true
      : never
}[keyof Columns<L> & keyof On]

/** The joined columns of this side that point at the other one. */
export type PointingColumns<L extends AnyTable, On> = {
  [K in keyof Columns<L> & keyof On]: unknown extends Columns<L>[K]['$ref'] ? never : K
}[keyof Columns<L> & keyof On]

/** Whether a relation to one row may find none. */
export type IsOptional<L extends AnyTable, On, O> = O extends {
  readonly required: infer Required extends boolean
}
  ? Required extends true
    ? false
    : true
  : [Loose<L, On>] extends [never]
    ? false
    : true

/** Begins the relations of one table, `L`, among the tables `T`. */
export interface RelationBuilder<T extends Readonly<Record<string, AnyTable>>, L extends AnyTable> {
  /**
   * At most one row of another table: always one if every joined column of this table is not null and a foreign key.
   *
   * @param target - The key of the other table.
   * @param on - Which columns are equal: those of this table by key, those of the other as values.
   * @param options - See {@link OneRelationOptions}.
   */
  one<
    Target extends keyof T & string,
    const On extends JoinColumns<L, T[Target]>,
    const O extends OneRelationOptions = OneRelationOptions,
  >(
    target: Target,
    on: CheckedJoin<L, T[Target], On> & On,
    options?: O,
  ): Relation<'one', Target, IsOptional<L, On, O>, PointingColumns<L, On>>

  /**
   * Any number of rows of another table.
   *
   * @param target - The key of the other table.
   * @param on - Which columns are equal: those of this table by key, those of the other as values.
   * @param options - See {@link RelationOptions}.
   */
  many<Target extends keyof T & string, const On extends JoinColumns<L, T[Target]>>(
    target: Target,
    on: CheckedJoin<L, T[Target], On> & On,
    options?: RelationOptions,
  ): Relation<'many', Target, false>

  /**
   * Any number of rows of another table, through a table in between.
   *
   * @param target - The key of the other table.
   * @param through - The table in between; `from` says which of its columns equal this table's, `to` which of the
   * target's columns equal its own.
   * @param options - See {@link RelationOptions}.
   */
  manyThrough<
    Target extends keyof T & string,
    Through extends keyof T & string,
    const From extends JoinColumns<L, T[Through]>,
    const To extends JoinColumns<T[Through], T[Target]>,
  >(
    target: Target,
    through: {
      readonly table: Through
      readonly from: CheckedJoin<L, T[Through], From> & From
      readonly to: CheckedJoin<T[Through], T[Target], To> & To
    },
    options?: RelationOptions,
  ): Relation<'many', Target, false>
}
