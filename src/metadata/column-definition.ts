import type { DataType } from './data-type.js'
import type { NameReference } from './name-reference.js'

/** Options of a sequence, as in `CREATE SEQUENCE`. */
export interface SequenceOptions {
  /** Its name. @defaultValue PostgreSQL's own: `table_column_seq` */
  readonly name?: string | undefined
  /** First value. @defaultValue the smallest value, 1 when ascending */
  readonly start?: number | bigint | undefined
  /** Step; negative for a descending sequence. @defaultValue 1 */
  readonly increment?: number | bigint | undefined
  /** Smallest value. @defaultValue 1 when ascending */
  readonly minValue?: number | bigint | undefined
  /** Largest value. @defaultValue the largest of the type when ascending */
  readonly maxValue?: number | bigint | undefined
  /** How many values one connection fetches at a time. @defaultValue 1 */
  readonly cache?: number | bigint | undefined
  /** Whether it starts again at the end instead of failing. @defaultValue false */
  readonly cycle?: boolean | undefined
}

/** What happens to the referencing row when the referenced one goes or changes. */
export type ReferenceAction = 'cascade' | 'no action' | 'restrict' | 'set default' | 'set null'

/** When a constraint is checked; `true` means deferrable, initially immediate. */
export type Deferrable = boolean | 'initially deferred' | 'initially immediate'

/** Options of a foreign key, as in `REFERENCES`. */
export interface ReferenceOptions {
  /** The constraint's name. @defaultValue by the naming convention: `table_column_fkey` */
  readonly name?: string | undefined
  /** When the referenced row is deleted. @defaultValue 'no action' */
  readonly onDelete?: ReferenceAction | undefined
  /** Which of the columns `set null` and `set default` change (PostgreSQL 15). @defaultValue all of them */
  readonly onDeleteColumns?: readonly { readonly def: ColumnDefinition }[] | undefined
  /** When the referenced key changes. @defaultValue 'no action' */
  readonly onUpdate?: ReferenceAction | undefined
  /** How partly null composite keys match. @defaultValue 'simple' */
  readonly match?: 'full' | 'simple' | undefined
  /** Whether the check may wait for COMMIT. @defaultValue false */
  readonly deferrable?: Deferrable | undefined
  /** Leaves existing rows unchecked. @defaultValue false */
  readonly notValid?: boolean | undefined
  /** `false` declares the reference without checking it (PostgreSQL 18). @defaultValue true */
  readonly enforced?: boolean | undefined
  /** Makes the last column of both sides a period (PostgreSQL 18). @defaultValue false */
  readonly period?: boolean | undefined
  /** COMMENT ON CONSTRAINT. */
  readonly comment?: string | undefined
}

/** Options of a check constraint. */
export interface CheckOptions {
  /** The constraint's name. @defaultValue by the naming convention: `table_column_check` */
  readonly name?: string | undefined
  /** Keeps the check from partitions and heirs. @defaultValue false */
  readonly noInherit?: boolean | undefined
  /** Leaves existing rows unchecked. @defaultValue false */
  readonly notValid?: boolean | undefined
  /** `false` declares the check without applying it (PostgreSQL 18). @defaultValue true */
  readonly enforced?: boolean | undefined
  /** COMMENT ON CONSTRAINT. */
  readonly comment?: string | undefined
}

/** A check as it was declared. */
export interface CheckDefinition extends CheckOptions {
  readonly kind: 'check'
  readonly expression: string
}

/** How an identity column numbers its rows. */
export interface IdentityDefinition {
  readonly generation: 'always' | 'by default'
  readonly sequence: SequenceOptions
}

/** A reference as it was declared on a column. */
export interface ReferenceDefinition {
  /** Gives the referenced column; called when the metadata is made, so cycles between modules are fine. */
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- a call signature would make TypeScript look into the arrow while it infers the table: TS7022 on cycles.
  readonly target: Function
  readonly options: ReferenceOptions
}

/** Everything a column was declared with. Frozen. */
export interface ColumnDefinition {
  readonly type: DataType
  /** The property it was declared under; undefined until `table()` binds it. */
  readonly key: string | undefined
  /** What identifies the table it belongs to; undefined until `table()` binds it. */
  readonly owner: object | undefined
  /** The name in the database, when it is not the key. */
  readonly name: string | undefined
  readonly notNull: boolean
  readonly notNullName: string | undefined
  /** SQL text. */
  readonly default: string | undefined
  readonly identity: IdentityDefinition | undefined
  /** The owned sequence of a serial column. */
  readonly serial: SequenceOptions | undefined
  readonly generated: { readonly expression: string; readonly kind: 'stored' | 'virtual' } | undefined
  readonly primaryKey: { readonly name: string | undefined } | undefined
  readonly uniques: readonly { readonly name: string | undefined }[]
  readonly checks: readonly CheckDefinition[]
  readonly reference: ReferenceDefinition | undefined
  readonly collation: NameReference | undefined
  readonly storage: ColumnStorage | undefined
  readonly compression: string | undefined
  readonly statistics: number | undefined
  readonly comment: string | undefined
  readonly renamedFrom: string | undefined
  /** Whether the unit of work counts the row's changes here. */
  readonly isVersion: boolean
}

/** Where wide values go, as in `ALTER COLUMN … SET STORAGE`. */
export type ColumnStorage = 'extended' | 'external' | 'main' | 'plain'
