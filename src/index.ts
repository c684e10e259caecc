/**
 * The session layer for PostgreSQL on Node: sessions, scopes, an initializer and declared tables, over pg and Kysely.
 *
 * @packageDocumentation
 */
export { DatabaseError, type DatabaseErrorInit, InternalError } from './errors/database-error.js'
export { ERROR_CODES, type ErrorCode } from './errors/error-codes.js'
export {
  InitializationError,
  type InitializationErrorInit,
  type InitializationStep,
} from './errors/initialization-error.js'
export {
  CheckViolationError,
  ExclusionViolationError,
  ForeignKeyViolationError,
  IntegrityError,
  NotNullViolationError,
  UniqueViolationError,
} from './errors/integrity-error.js'
export {
  ConnectionFailedError,
  DisconnectedError,
  type DisconnectedErrorInit,
  OperationAbortedError,
  type OperationAbortedErrorInit,
  OperationalError,
  type OperationPhase,
  PoolClosedError,
  PoolDeadlockError,
  type PoolDeadlockErrorInit,
  PoolExhaustedError,
  type PoolExhaustedErrorInit,
  type PoolFigures,
  type PoolHolder,
  PoolTimeoutError,
  type PoolTimeoutErrorInit,
  ProtocolError,
} from './errors/operational-error.js'
export { type QueryErrorFields, type QueryErrorInit } from './errors/query-error-fields.js'
export {
  DataError,
  InsufficientPrivilegeError,
  LockNotAvailableError,
  ProgrammingError,
  QueryCanceledError,
  QueryError,
} from './errors/query-error.js'
export { MultipleResultsFoundError, NoResultFoundError, ResultError } from './errors/result-error.js'
export {
  type CommitOutcome,
  CommitRolledBackError,
  CommitUnknownError,
  type CommitUnknownErrorInit,
  DeadlockDetectedError,
  SerializationFailureError,
  TransactionError,
  UnexpectedRollbackError,
  StaleDataError,
  type StaleDataErrorInit,
} from './errors/transaction-error.js'
export {
  ConfigurationError,
  ForeignQueryError,
  NoActiveSessionError,
  PendingRollbackError,
  SessionClosedError,
  SessionStateError,
  type SessionStateErrorInit,
  UsageError,
  LazyLoadError,
  NPlusOneError,
} from './errors/usage-error.js'
export { ReflectionError } from './errors/reflection-error.js'
export {
  type AsyncDatabaseOptions,
  type Password,
  type ResolvedConnection,
  type ResolvedOptions,
} from './config/async-database-options.js'
export { type Logger } from './config/logger.js'
export { type NPlusOneReport, type OnNPlusOne } from './config/n-plus-one-report.js'
export { type AuthMethod, type ChannelBinding } from './config/auth-options.js'
export { type HostAddress, type ResolvedHost, type TargetSessionAttrs } from './config/host-options.js'
export { type PoolOptions, type ResolvedPoolOptions } from './config/pool-options.js'
export { type ResolvedSessionDefaults, type SessionDefaults } from './config/session-defaults.js'
export { type TlsOptions } from './config/tls-options.js'
export { type CheckReferences } from './metadata/check-references.js'
export { check } from './metadata/check.js'
export { ColumnBuilder } from './metadata/column-builder.js'
export {
  type CheckDefinition,
  type CheckOptions,
  type ColumnDefinition,
  type ColumnStorage,
  type Deferrable,
  type IdentityDefinition,
  type ReferenceAction,
  type ReferenceDefinition,
  type ReferenceOptions,
  type SequenceOptions,
} from './metadata/column-definition.js'
export { type AnyColumn, type Column, type Flag } from './metadata/column.js'
export {
  type DataType,
  type DomainCheckDefinition,
  type DomainDefinition,
  type EnumDefinition,
  type ReadAs,
} from './metadata/data-type.js'
export {
  type CheckDescription,
  type ColumnDescription,
  type DatabaseDescription,
  type DataTypeDescription,
  type DomainDescription,
  type EnumDescription,
  type ExclusionDescription,
  type ExtensionDescription,
  type ForeignKeyDescription,
  type IndexDescription,
  type IndexKeyDescription,
  type KeyDescription,
  type NamespaceDescription,
  type ObjectName,
  type OwnedSequenceDescription,
  type PartitionDescription,
  type PolicyDescription,
  type SequenceDescription,
  type SequenceSettings,
  type SqlObjectDescription,
  type TableBody,
  type TableDescription,
  type ViewColumnDescription,
  type ViewDescription,
} from './metadata/description.js'
export { domain, type DomainOptions, type DomainType } from './metadata/domain.js'
export { type EnumType, enumType, type EnumTypeOptions } from './metadata/enum-type.js'
export { exclude, ExclusionBuilder, type ExclusionKey } from './metadata/exclude.js'
export { type Extension, extension, type ExtensionOptions } from './metadata/extension.js'
export { foreignKey, type ForeignKey } from './metadata/foreign-key.js'
export { type IndexKey, type IndexKeyOptions } from './metadata/index-key.js'
export {
  type DatabaseModel,
  type DeclaredRelationsOf,
  type InferColumns,
  type InferDatabase,
  type TablesOf,
  type ToKysely,
} from './metadata/infer-database.js'
export { KeyBuilder, primaryKey, unique } from './metadata/key-constraint.js'
export { Metadata, type MetadataOptions, type Tables } from './metadata/metadata.js'
export { type NamingConvention, type UnnamedObject } from './metadata/naming-convention.js'
export {
  bigint,
  bigintNumber,
  bigintString,
  bigserial,
  doublePrecision,
  integer,
  money,
  numeric,
  oid,
  real,
  serial,
  smallint,
  smallserial,
} from './metadata/number-columns.js'
export { partition, partitionBy, type PartitionOptions } from './metadata/partition.js'
export { policy, type PolicyOptions } from './metadata/policy.js'
export {
  type FreeSequenceOptions,
  sequence,
  type Sequence,
  type SequenceDefinition,
} from './metadata/sequence.js'
export { type SqlExpression } from './metadata/sql-expression.js'
export { type SqlObject, sqlObject, type SqlObjectOptions } from './metadata/sql-object.js'
export { type Dependency, type Qualify, type SqlSource } from './metadata/sql-source.js'
export {
  type ExclusionDefinition,
  type ForeignKeyDefinition,
  type IndexDefinition,
  type IndexKeyDefinition,
  type KeyDefinition,
  type KeyKind,
  type PartitionByDefinition,
  type PartitionDefinition,
  type PolicyDefinition,
  type StorageParameters,
  type TableExtra,
  type TableExtraDefinition,
} from './metadata/table-extra.js'
export { index, IndexBuilder } from './metadata/table-index.js'
export {
  type AnyTable,
  type DeclaredTable,
  table,
  type Table,
  type TableDefinition,
  type TableOptions,
} from './metadata/table.js'
export {
  bit,
  char,
  cidr,
  citext,
  inet,
  macaddr,
  macaddr8,
  name,
  text,
  tsquery,
  tsvector,
  uuid,
  varbit,
  varchar,
  xml,
} from './metadata/text-columns.js'
export {
  date,
  interval,
  type IntervalFields,
  time,
  timestamp,
  timestamptz,
  timetz,
} from './metadata/time-columns.js'
export { boolean, bytea, json, jsonb, type } from './metadata/value-columns.js'
export {
  materializedView,
  type MaterializedViewOptions,
  type View,
  view,
  type ViewColumns,
  type ViewDefinition,
  type ViewOptions,
  type ViewRow,
} from './metadata/view.js'
export { createStatements, type CreateStatementsOptions } from './ddl/create-statements.js'
export { type DdlKind, type DdlStatement } from './ddl/ddl-statement.js'
export { dropStatements, type DropStatementsOptions } from './ddl/drop-statements.js'
export {
  type ExistingObject,
  existingObjectsQuery,
  type ExistingObjectsQuery,
} from './ddl/existing-objects.js'
export { sortedTables } from './ddl/sorted-tables.js'
export {
  type AcquireEvent,
  type EngineEvents,
  type LeakEvent,
  type ReleaseEvent,
  type RoundTripEvent,
  type StatementEvent,
  type TransactionEvent,
} from './engine/engine-events.js'
export { Engine } from './engine/engine.js'
export { type PoolCounts, type PoolTimes } from './engine/pool-meters.js'
export { type PoolStats } from './engine/pool-stats.js'
export { type TimeStats } from './engine/time-meter.js'
export { type ReadQueries, type ReadSession } from './session/read-session.js'
export { ScopedSession, type ScopedTransactionalOptions } from './session/scoped-session.js'
export { Transactional, type TransactionalSource } from './session/transactional-decorator.js'
export { type BeginOptions, SessionFactory } from './session/session-factory.js'
export { type SessionState } from './session/session-state.js'
export { Session } from './session/session.js'
export { type Propagation, type TransactionalOptions } from './session/transactional-options.js'
export { type IsolationLevel, type TransactionOptions } from './session/transaction-options.js'
export {
  reflect,
  type ReflectOptions,
  type ReflectionSource,
  type UnsupportedObject,
} from './reflection/reflect.js'
export { renderDiagram, type DiagramOptions } from './rendering/render-diagram.js'
export { renderMetadata, type RenderOptions } from './rendering/render-metadata.js'
export { type CatalogConnection } from './reflection/read-catalog.js'
export { DatabaseView } from './database/database-view.js'
export { AsyncDatabase, type DatabaseOptions } from './database/async-database.js'
export {
  type InitializationReport,
  initializeDatabase,
  type InitializeOptions,
} from './database/initialize-database.js'
export { type CreateAllOptions } from './database/create-all-options.js'
export { type DropAllOptions } from './database/drop-all-options.js'
export { type DdlProgress } from './database/run-ddl.js'
export { type CreateReport } from './database/schema-run.js'
export { type SessionOptions } from './session/session-options.js'
export {
  type CompletionHook,
  type TransactionHook,
  type TransactionOutcome,
} from './session/transaction-hooks.js'
export { type RetryOptions } from './session/retry-options.js'
export { HookedSession } from './session/hooked-session.js'
export { StatementSession, type StreamOptions } from './session/statement-session.js'
export { prepareQuery, type QueryBuild, type QueryParameter } from './session/prepare-query.js'
export { PreparedQuery } from './session/prepared-query.js'
export { type RegisteredDatabase, type RegisteredTables } from './session/registered-database.js'
export { Result } from './session/result.js'
export { type CompilableQuery, type ExecutableQuery } from './session/executable-query.js'
export {
  type Point,
  type Circle,
  point,
  circle,
  line,
  lseg,
  box,
  path,
  polygon,
} from './metadata/geometric-columns.js'
export {
  int4range,
  int8range,
  numrange,
  tsrange,
  tstzrange,
  daterange,
  int4multirange,
  int8multirange,
  nummultirange,
  tsmultirange,
  tstzmultirange,
  datemultirange,
} from './metadata/range-columns.js'
export {
  internalChar,
  jsonpath,
  pgLsn,
  pgSnapshot,
  xid8,
  regclass,
  regtype,
  regprocedure,
} from './metadata/system-columns.js'
export { type InferDatabaseWithPrefix } from './metadata/infer-database-with-prefix.js'
export {
  type RelationCascade,
  type RelationOptions,
  type OneRelationOptions,
  type RelationDefinition,
  type Relation,
  type JoinColumns,
  type CheckedJoin,
  type IsOptional,
  type RelationBuilder,
} from './metadata/relation.js'
export { type RelationDeclarations, type DeclaredRelations, relations } from './metadata/relations.js'
export { type NameReference } from './metadata/name-reference.js'
export { Secret } from './config/secret.js'
export { ObjectSession } from './session/object-session.js'
export { type NewRow, type Row, type RowKey, type RowValues, type ScalarKey } from './unit-of-work/row.js'
export {
  type BulkInsertOptions,
  type BulkInsertProgress,
  type BulkInsertReport,
} from './unit-of-work/bulk-insert-options.js'
export { type OnConflict } from './unit-of-work/on-conflict.js'
export {
  type FlushedObjects,
  type FlushHook,
  ObjectEvents,
  type RowHook,
  type UpdateHook,
} from './unit-of-work/object-events.js'
export { type Loaded, type LoadedRelations, type RelationsOf } from './unit-of-work/loaded.js'
export { ObjectQuery, type ObjectStreamOptions } from './unit-of-work/object-query.js'
export type { NewRowWith, RelationValues, RowWith } from './unit-of-work/new-row-with.js'
export {
  type KnownLoadsOfRow,
  type LoadOptionsOfRow,
  type QueryOf,
  type WithLoaded,
} from './unit-of-work/query-of.js'
export { type KnownLoads, type LoadOptions, RelationQuery } from './unit-of-work/relation-query.js'
export { RowsQuery } from './unit-of-work/rows-query.js'
export { QuerySession } from './session/query-session.js'
