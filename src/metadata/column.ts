import type { ColumnDefinition } from './column-definition.js'

/** What a column's declaration says about reading and writing it; kept as a union, so few distinct types exist. */
export type Flag = 'always' | 'default' | 'null'

/**
 * A column as types see it: what reading gives, what writing takes (both without null), flags, what it references.
 *
 * The members that begin with `$` are phantoms: they hold nothing at run time, and nothing is computed from them until
 * a database type asks.
 */
export interface Column<out T, out W, out F extends Flag = never, out R = unknown> {
  /** Phantom: the type that reading gives. */
  readonly $read: T
  /** Phantom: the type that writing takes. */
  readonly $write: W
  /** Phantom: `null`, `default`, `always`. */
  readonly $flags: F
  /** Phantom: the function that gives the referenced column. */
  readonly $ref: R
  /** What it was declared with. */
  readonly def: ColumnDefinition
}

/** Any column. */
export type AnyColumn = Column<unknown, unknown, Flag>
