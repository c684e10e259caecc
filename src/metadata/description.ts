import type { ColumnStorage, Deferrable, ReferenceAction } from './column-definition.js'
import type { ReadAs } from './data-type.js'
import type { NameReference } from './name-reference.js'
import type { StorageParameters } from './table-extra.js'

/** An object's full name, as the catalogs hold it. */
export interface ObjectName {
  readonly schema: string
  readonly name: string
}

/** The type of a column or domain. */
export interface DataTypeDescription {
  /** `builtin` also stands for types of extensions and for every other type that the metadata does not declare. */
  readonly kind: 'builtin' | 'domain' | 'enum'
  /** Where an enum or domain lives. */
  readonly schema: string | undefined
  /** As `format_type` prints it for `builtin`; the bare name otherwise. */
  readonly name: string
  /** How many `[]` follow. */
  readonly dimensions: number
  /** The JavaScript side of one element. */
  readonly readAs: ReadAs
}

/** A sequence's options, with everything left to PostgreSQL's defaults undefined. */
export interface SequenceSettings {
  readonly start: bigint | undefined
  readonly increment: bigint | undefined
  readonly minValue: bigint | undefined
  readonly maxValue: bigint | undefined
  readonly cache: bigint | undefined
  readonly cycle: boolean
}

/** The sequence behind an identity or serial column. */
export interface OwnedSequenceDescription extends ObjectName, SequenceSettings {}

/** A column. */
export interface ColumnDescription {
  /** The key under which Kysely sees it. */
  readonly key: string
  readonly name: string
  readonly type: DataTypeDescription
  readonly notNull: boolean
  readonly notNullName: string | undefined
  /** SQL text. */
  readonly default: string | undefined
  readonly identity:
    { readonly generation: 'always' | 'by default'; readonly sequence: OwnedSequenceDescription } | undefined
  readonly serial: OwnedSequenceDescription | undefined
  readonly generated: { readonly expression: string; readonly kind: 'stored' | 'virtual' } | undefined
  readonly collation: NameReference | undefined
  readonly storage: ColumnStorage | undefined
  readonly compression: string | undefined
  readonly statistics: number | undefined
  readonly comment: string | undefined
  readonly renamedFrom: string | undefined
}

/** A primary key or unique constraint. Columns are names in the database. */
export interface KeyDescription {
  readonly name: string
  readonly columns: readonly string[]
  readonly include: readonly string[]
  readonly nullsNotDistinct: boolean
  readonly withoutOverlaps: boolean
  readonly deferrable: Deferrable
  readonly with: StorageParameters
  readonly tablespace: string | undefined
  readonly comment: string | undefined
}

/** A check of a table or domain. */
export interface CheckDescription {
  readonly name: string
  readonly expression: string
  readonly noInherit: boolean
  readonly notValid: boolean
  readonly enforced: boolean
  readonly comment: string | undefined
}

/** A foreign key. Columns are names in the database. */
export interface ForeignKeyDescription {
  readonly name: string
  readonly columns: readonly string[]
  readonly target: ObjectName
  readonly targetColumns: readonly string[]
  readonly onDelete: ReferenceAction
  readonly onDeleteColumns: readonly string[]
  readonly onUpdate: ReferenceAction
  readonly match: 'full' | 'simple'
  readonly deferrable: Deferrable
  readonly notValid: boolean
  readonly enforced: boolean
  readonly period: boolean
  readonly comment: string | undefined
}

/** One key of an index. Exactly one of `column` and `expression` is there. */
export interface IndexKeyDescription {
  readonly column: string | undefined
  readonly expression: string | undefined
  readonly order: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
  readonly collation: NameReference | undefined
  readonly operatorClass: NameReference | undefined
  readonly operatorClassParameters: StorageParameters | undefined
}

/** An index that no constraint owns. */
export interface IndexDescription {
  readonly name: string
  readonly keys: readonly IndexKeyDescription[]
  readonly unique: boolean
  readonly method: string
  readonly where: string | undefined
  readonly include: readonly string[]
  readonly nullsNotDistinct: boolean
  readonly with: StorageParameters
  readonly tablespace: string | undefined
  readonly comment: string | undefined
}

/** An exclusion constraint. */
export interface ExclusionDescription {
  readonly name: string
  readonly keys: readonly (IndexKeyDescription & { readonly operator: string })[]
  readonly method: string
  readonly where: string | undefined
  readonly include: readonly string[]
  readonly deferrable: Deferrable
  readonly with: StorageParameters
  readonly tablespace: string | undefined
  readonly comment: string | undefined
}

/** A row-level security policy. */
export interface PolicyDescription {
  readonly name: string
  readonly command: 'all' | 'delete' | 'insert' | 'select' | 'update'
  readonly permissive: boolean
  readonly roles: readonly string[]
  readonly using: string | undefined
  readonly withCheck: string | undefined
  readonly comment: string | undefined
}

/** What tables and partitions have in common beside columns. */
export interface TableBody extends ObjectName {
  readonly primaryKey: KeyDescription | undefined
  readonly uniques: readonly KeyDescription[]
  readonly checks: readonly CheckDescription[]
  readonly exclusions: readonly ExclusionDescription[]
  readonly foreignKeys: readonly ForeignKeyDescription[]
  readonly indexes: readonly IndexDescription[]
  readonly policies: readonly PolicyDescription[]
  readonly partitionBy:
    | { readonly strategy: 'hash' | 'list' | 'range'; readonly keys: readonly IndexKeyDescription[] }
    | undefined
  readonly partitions: readonly PartitionDescription[]
  readonly with: StorageParameters
  readonly unlogged: boolean
  readonly tablespace: string | undefined
  readonly comment: string | undefined
}

/** A partition: everything it has beyond its parent. */
export interface PartitionDescription extends TableBody {
  /** `FOR VALUES …` or `DEFAULT`. */
  readonly bound: string
  /** Names of NOT NULL constraints that are not those of the table, by column. */
  readonly notNullNames: Readonly<Record<string, string>>
}

/** A table. */
export interface TableDescription extends TableBody {
  /** The key under which Kysely sees it. */
  readonly key: string
  readonly columns: readonly ColumnDescription[]
  readonly rowLevelSecurity: boolean | 'force'
  readonly method: string | undefined
  readonly replicaIdentity: 'full' | 'nothing' | { readonly index: string } | undefined
  readonly renamedFrom: string | undefined
}

/** An enum. */
export interface EnumDescription extends ObjectName {
  readonly values: readonly string[]
  readonly comment: string | undefined
}

/** A domain. */
export interface DomainDescription extends ObjectName {
  readonly type: DataTypeDescription
  readonly notNull: boolean
  /** The name of its NOT NULL constraint, which PostgreSQL keeps since 17; undefined for the server's own. */
  readonly notNullName: string | undefined
  readonly default: string | undefined
  readonly collation: NameReference | undefined
  readonly checks: readonly {
    readonly name: string
    readonly expression: string
    readonly notValid: boolean
  }[]
  readonly comment: string | undefined
}

/** A sequence that no column owns. */
export interface SequenceDescription extends ObjectName, SequenceSettings {
  readonly dataType: 'bigint' | 'integer' | 'smallint' | undefined
  readonly unlogged: boolean
  readonly ownedBy: { readonly table: ObjectName; readonly column: string } | undefined
  readonly comment: string | undefined
}

/** An extension. */
export interface ExtensionDescription {
  readonly name: string
  /** Undefined leaves it to the extension and the search path. */
  readonly schema: string | undefined
  readonly version: string | undefined
  readonly cascade: boolean
  readonly comment: string | undefined
}

/** A column of a view. */
export interface ViewColumnDescription {
  /** The key under which Kysely sees it. */
  readonly key: string
  readonly name: string
  readonly type: DataTypeDescription
  readonly notNull: boolean
  readonly comment: string | undefined
}

/** A view or materialized view. */
export interface ViewDescription extends ObjectName {
  readonly kind: 'materializedView' | 'view'
  /** The key under which Kysely sees it. */
  readonly key: string
  /** SQL text of the query. */
  readonly query: string
  readonly columns: readonly string[]
  /** What its rows hold, if it was declared with columns; undefined if only its row's type is known. */
  readonly row: readonly ViewColumnDescription[] | undefined
  readonly with: StorageParameters
  readonly checkOption: 'cascaded' | 'local' | undefined
  readonly withData: boolean
  readonly tablespace: string | undefined
  readonly method: string | undefined
  readonly indexes: readonly IndexDescription[]
  readonly dependsOn: readonly ObjectName[]
  readonly comment: string | undefined
}

/** Any other object, as SQL text that creates it and SQL text that drops it. */
export interface SqlObjectDescription extends ObjectName {
  /** `function`, `trigger`, `aggregate`, `type` or another word for it. */
  readonly kind: string
  /** Argument types of a routine, as `oidvectortypes` prints them; undefined where the name alone is enough. */
  readonly arguments: string | undefined
  /** The table of a trigger or rule. */
  readonly table: ObjectName | undefined
  /** One statement or more, run in this order. */
  readonly create: readonly string[]
  /** Undefined if it goes with what it is part of. */
  readonly drop: string | undefined
  readonly dependsOn: readonly ObjectName[]
}

/** A schema. */
export interface NamespaceDescription {
  readonly name: string
  readonly comment: string | undefined
}

/** Everything that a metadata declares, names resolved, in the order of declaration. Plain frozen data. */
export interface DatabaseDescription {
  readonly schemas: readonly NamespaceDescription[]
  readonly extensions: readonly ExtensionDescription[]
  readonly enums: readonly EnumDescription[]
  readonly domains: readonly DomainDescription[]
  readonly sequences: readonly SequenceDescription[]
  readonly tables: readonly TableDescription[]
  readonly views: readonly ViewDescription[]
  readonly objects: readonly SqlObjectDescription[]
}
