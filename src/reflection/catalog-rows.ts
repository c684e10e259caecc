/** An object identifier as the catalogs print it. Text: an oid can be larger than the driver's parser for it expects. */
export type Oid = string

/** A schema. */
export interface NamespaceRow {
  readonly name: string
  readonly comment: string | null
  readonly isUsable: boolean
}

/** Where the reflection takes place. */
export interface ServerRow {
  readonly version: number
  readonly database: string
  /** The search path, to be restored. */
  readonly path: string
  /** Whether queries are compiled, to be restored. */
  readonly jit: string
  /** The schemas that are asked for, in that order; empty when the search path has none that exists. */
  readonly named: readonly string[]
  readonly namespaces: readonly NamespaceRow[]
  readonly extensions: readonly ExtensionRow[]
}

/** A table, partition, view or materialized view. */
export interface RelationRow {
  readonly oid: Oid
  readonly schema: string
  readonly name: string
  /** As in pg_class: table, partitioned table, view, materialized view. */
  readonly kind: 'm' | 'p' | 'r' | 'v'
  readonly isUnlogged: boolean
  readonly options: readonly string[]
  readonly method: string | null
  readonly tablespace: string | null
  readonly hasRowSecurity: boolean
  readonly forcesRowSecurity: boolean
  readonly replicaIdentity: 'd' | 'f' | 'i' | 'n'
  readonly replicaIndex: string | null
  readonly partitionKey: string | null
  readonly bound: string | null
  /** The parents, of a partition or by inheritance. */
  readonly parents: readonly Oid[]
  readonly isPartition: boolean
  readonly rowType: Oid
  readonly rowArray: Oid
  readonly viewQuery: string | null
  readonly isPopulated: boolean
  readonly comment: string | null
}

/** A column of a relation. */
export interface ColumnRow {
  readonly relation: Oid
  readonly position: number
  readonly name: string
  /** As it stands in SQL that the server prints. */
  readonly quoted: string
  /** As format_type prints it, parameters and `[]` included. */
  readonly type: string
  /** The type below an array, or the type itself. */
  readonly element: Oid
  readonly elementName: string
  readonly elementExtension: string | null
  readonly isArray: boolean
  readonly dimensions: number
  readonly isNotNull: boolean
  readonly default: string | null
  readonly defaultOid: Oid | null
  readonly identity: '' | 'a' | 'd'
  readonly generated: '' | 's' | 'v'
  readonly collation: string | null
  readonly collationSchema: string | null
  readonly storage: 'e' | 'm' | 'p' | 'x' | null
  readonly compression: '' | 'l' | 'p'
  readonly statistics: number | null
  readonly options: readonly string[]
  readonly isLocal: boolean
  readonly parents: number
  readonly comment: string | null
}

/** A constraint of a table or domain. */
export interface ConstraintRow {
  readonly oid: Oid
  /** Null for the constraint of a domain. */
  readonly relation: Oid | null
  readonly domain: Oid | null
  readonly name: string
  /** As in pg_constraint: check, foreign key, not null, primary key, unique, exclusion. */
  readonly kind: 'c' | 'f' | 'n' | 'p' | 'u' | 'x'
  readonly columns: readonly number[]
  readonly target: Oid | null
  readonly targetColumns: readonly number[]
  readonly onUpdate: string
  readonly onDelete: string
  readonly onDeleteColumns: readonly number[]
  readonly match: string
  readonly isDeferrable: boolean
  readonly isDeferred: boolean
  readonly isValid: boolean
  /** False since PostgreSQL 18 at the earliest. */
  readonly isEnforced: boolean
  readonly isNoInherit: boolean
  /** Comes from a parent alone or, for a partition, also from a parent. */
  readonly isInherited: boolean
  readonly hasPeriod: boolean
  readonly expression: string | null
  readonly definition: string
  readonly index: Oid | null
  readonly operators: readonly string[]
  readonly comment: string | null
}

/** An index, those behind constraints included. */
export interface IndexRow {
  readonly oid: Oid
  readonly relation: Oid
  readonly name: string
  readonly definition: string
  /** Each key without its collation, operator class and order. */
  readonly keys: readonly string[]
  /** Positions of the columns, 0 for an expression; those beyond the keys are included ones. */
  readonly columns: readonly number[]
  readonly method: string
  readonly isUnique: boolean
  readonly isPrimary: boolean
  /** What the server calls its columns; expressions after their function or `expr`. */
  readonly attributes: readonly string[]
  readonly isNullsNotDistinct: boolean
  readonly isClustered: boolean
  readonly predicate: string | null
  readonly options: readonly string[]
  readonly tablespace: string | null
  /** The index of the partitioned table that this one is attached to. */
  readonly parent: Oid | null
  readonly hasConstraint: boolean
  /** `ALTER INDEX … ALTER COLUMN n SET STATISTICS`: position and target. */
  readonly statistics: readonly string[]
  readonly comment: string | null
}

/** An enum or domain. */
export interface TypeRow {
  readonly oid: Oid
  readonly arrayOid: Oid
  readonly schema: string
  readonly name: string
  readonly kind: 'd' | 'e'
  readonly labels: readonly string[]
  readonly isNotNull: boolean
  readonly default: string | null
  /** What a domain is based on, in the form of a column's type. */
  readonly type: string
  readonly element: Oid
  readonly elementName: string
  readonly elementExtension: string | null
  readonly isArray: boolean
  readonly dimensions: number
  readonly collation: string | null
  readonly collationSchema: string | null
  readonly comment: string | null
}

/** A sequence. Numbers are text, because they can be larger than a JavaScript number holds. */
export interface SequenceRow {
  readonly oid: Oid
  readonly schema: string
  readonly name: string
  /** Its name as a constant of type regclass shows it. */
  readonly regclass: string
  readonly isUnlogged: boolean
  readonly type: 'bigint' | 'integer' | 'smallint'
  readonly start: string
  readonly increment: string
  readonly min: string
  readonly max: string
  readonly cache: string
  readonly cycle: boolean
  readonly owner: Oid | null
  readonly ownerColumn: number | null
  /** `a`: owned; `i`: of an identity column. */
  readonly ownership: 'a' | 'i' | null
  readonly comment: string | null
}

/** A row-level security policy. */
export interface PolicyRow {
  readonly oid: Oid
  readonly relation: Oid
  readonly name: string
  readonly command: '*' | 'a' | 'd' | 'r' | 'w'
  readonly isPermissive: boolean
  readonly roles: readonly string[]
  readonly using: string | null
  readonly withCheck: string | null
  readonly comment: string | null
}

/** An extension. */
export interface ExtensionRow {
  readonly name: string
  readonly schema: string
  readonly comment: string | null
  readonly defaultComment: string | null
}

/** Anything that becomes a raw object. */
export interface RawRow {
  /** The catalog it is in, such as `pg_proc`. */
  readonly catalog: string
  readonly oid: Oid
  readonly kind: string
  readonly schema: string | null
  readonly name: string
  readonly arguments: string | null
  /** The table of a trigger, rule or statistics. */
  readonly relation: Oid | null
  /** The qualified name in `create` and `drop` that follows the schema: its own, or that of its table. */
  readonly anchor: string
  /** Empty for what is not supported. */
  readonly create: readonly string[]
  readonly drop: string
  /** Other identifiers under which pg_depend knows it, as `catalog:oid`. */
  readonly aliases: readonly string[]
}

/** One edge of pg_depend: `object` needs `needed`. Catalogs by name. */
export interface DependencyRow {
  readonly catalog: string
  readonly object: Oid
  readonly neededCatalog: string
  readonly needed: Oid
}

/** Everything that was read. */
export interface Catalog {
  /** The metadata's own schema: the first of those that were asked for. */
  readonly schema: string
  readonly namespaces: readonly NamespaceRow[]
  readonly extensions: readonly ExtensionRow[]
  readonly relations: readonly RelationRow[]
  readonly columns: readonly ColumnRow[]
  readonly constraints: readonly ConstraintRow[]
  readonly indexes: readonly IndexRow[]
  readonly types: readonly TypeRow[]
  readonly sequences: readonly SequenceRow[]
  readonly policies: readonly PolicyRow[]
  readonly raw: readonly RawRow[]
  /** What no raw object can stand for. */
  readonly unsupported: readonly RawRow[]
  readonly dependencies: readonly DependencyRow[]
}
