import type {
  CheckDefinition,
  ColumnDefinition,
  Deferrable,
  ReferenceDefinition,
} from './column-definition.js'
import type { NameReference } from './name-reference.js'

/** Storage parameters of a table or index, such as `{ fillfactor: 70 }`. */
export type StorageParameters = Readonly<Record<string, boolean | number | string>>

/** One key of an index: a column or an expression, and how it is ordered. */
export interface IndexKeyDefinition {
  readonly column: ColumnDefinition | undefined
  /** SQL text, when it is not a column. */
  readonly expression: string | undefined
  readonly order: 'asc' | 'desc' | undefined
  readonly nulls: 'first' | 'last' | undefined
  readonly collation: NameReference | undefined
  readonly operatorClass: NameReference | undefined
  readonly operatorClassParameters: StorageParameters | undefined
}

/** An index as it was declared. */
export interface IndexDefinition {
  readonly kind: 'index'
  readonly name: string | undefined
  readonly keys: readonly IndexKeyDefinition[]
  readonly unique: boolean
  readonly method: string
  readonly where: string | undefined
  readonly include: readonly ColumnDefinition[]
  readonly nullsNotDistinct: boolean
  readonly with: StorageParameters
  readonly tablespace: string | undefined
  readonly comment: string | undefined
}

/** The two constraints that are a key. */
export type KeyKind = 'primaryKey' | 'unique'

/** A primary key or unique constraint as it was declared. */
export interface KeyDefinition<K extends KeyKind = KeyKind> {
  readonly kind: K
  readonly name: string | undefined
  readonly columns: readonly ColumnDefinition[]
  readonly include: readonly ColumnDefinition[]
  readonly nullsNotDistinct: boolean
  readonly withoutOverlaps: boolean
  readonly deferrable: Deferrable
  readonly with: StorageParameters
  readonly tablespace: string | undefined
  readonly comment: string | undefined
}

/** A foreign key as it was declared beside the columns. */
export interface ForeignKeyDefinition extends ReferenceDefinition {
  readonly kind: 'foreignKey'
  readonly columns: readonly ColumnDefinition[]
}

/** An exclusion constraint as it was declared. */
export interface ExclusionDefinition {
  readonly kind: 'exclusion'
  readonly name: string | undefined
  readonly keys: readonly (IndexKeyDefinition & { readonly operator: string })[]
  readonly method: string
  readonly where: string | undefined
  readonly include: readonly ColumnDefinition[]
  readonly deferrable: Deferrable
  readonly with: StorageParameters
  readonly tablespace: string | undefined
  readonly comment: string | undefined
}

/** A row-level security policy as it was declared. */
export interface PolicyDefinition {
  readonly kind: 'policy'
  readonly name: string
  readonly command: 'all' | 'delete' | 'insert' | 'select' | 'update'
  readonly permissive: boolean
  /** Role names; `public`, `current_user` and `session_user` are keywords. */
  readonly roles: readonly string[]
  readonly using: string | undefined
  readonly withCheck: string | undefined
  readonly comment: string | undefined
}

/** What a partitioned table is split by. */
export interface PartitionByDefinition {
  readonly kind: 'partitionBy'
  readonly strategy: 'hash' | 'list' | 'range'
  readonly keys: readonly IndexKeyDefinition[]
}

/** Names of a partition's NOT NULL constraints by column, or `'own'`: those it would have as a table of its own. */
export type NotNullNames = Readonly<Record<string, string>> | 'own'

/** One partition as it was declared. */
export interface PartitionDefinition {
  readonly kind: 'partition'
  readonly name: string
  readonly schema: string | undefined
  /** SQL text after the table's name: `FOR VALUES …` or `DEFAULT`. */
  readonly bound: string
  readonly extras: readonly TableExtraDefinition[]
  readonly with: StorageParameters
  readonly unlogged: boolean
  readonly tablespace: string | undefined
  readonly notNullNames: NotNullNames | undefined
  readonly comment: string | undefined
}

/** What the third parameter of `table()` can hold. */
export type TableExtraDefinition =
  | CheckDefinition
  | ExclusionDefinition
  | ForeignKeyDefinition
  | IndexDefinition
  | KeyDefinition<'primaryKey'>
  | KeyDefinition<'unique'>
  | PartitionByDefinition
  | PartitionDefinition
  | PolicyDefinition

/** An index, a constraint, a policy or a partition: what `index()`, `unique()`, `check()` and the like give. */
export interface TableExtra {
  /** What it was declared with. */
  readonly def: TableExtraDefinition
}
