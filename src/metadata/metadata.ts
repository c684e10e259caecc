import { ConfigurationError } from '../errors/usage-error.js'
import { checkSchemaName } from '../foundation/schema-name.js'
import type { DomainDefinition, EnumDefinition } from './data-type.js'
import {
  declaredTypes,
  describeDomain,
  describeEnum,
  describeExtension,
  describeFreeSequence,
  describeSqlObject,
  describeView,
} from './describe-schema-objects.js'
import type { DescribeContext } from './describe-context.js'
import { describeTable } from './describe-table.js'
import type {
  DatabaseDescription,
  NamespaceDescription,
  ObjectName,
  TableBody,
  TableDescription,
} from './description.js'
import { claimDeclaredNames } from './claim-declared-names.js'
import type { Extension } from './extension.js'
import { NameRegistry } from './name-registry.js'
import type { NamingConvention } from './naming-convention.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import type { Sequence } from './sequence.js'
import type { SqlObject } from './sql-object.js'
import type { AnyTable, DeclaredTable } from './table.js'
import type { ViewDefinition } from './view.js'

/** Tables and views by the key under which Kysely sees them. */
export type Tables = Readonly<Record<string, AnyTable>>

/** What a metadata is made of. */
export interface MetadataOptions<T extends Tables = Tables, R = unknown> {
  /** The schema of everything that names none. @defaultValue 'public' */
  readonly schema?: string | undefined
  /** Tables and views. @defaultValue none */
  readonly tables?: T | undefined
  /** How their rows relate: what `relations()` gave for the same tables. @defaultValue none */
  readonly relations?: R | undefined
  /** Enums and domains that no column uses; the others are found. @defaultValue none */
  readonly types?: readonly { readonly def: DomainDefinition | EnumDefinition }[] | undefined
  /** Sequences that no column owns. @defaultValue none */
  readonly sequences?: readonly Sequence[] | undefined
  /** Extensions. @defaultValue none */
  readonly extensions?: readonly Extension[] | undefined
  /** Functions, triggers and everything else that has no builder. @defaultValue none */
  readonly objects?: readonly SqlObject[] | undefined
  /** Schemas that hold nothing of the above, or that have a comment; the others are found. @defaultValue none */
  readonly schemas?: readonly (string | { readonly name: string; readonly comment: string })[] | undefined
  /** How constraints and indexes without a name are called. @defaultValue 'postgresql' */
  readonly namingConvention?: NamingConvention | undefined
}

const OPTIONS: readonly (keyof MetadataOptions)[] = [
  'schema',
  'tables',
  'relations',
  'types',
  'sequences',
  'extensions',
  'objects',
  'schemas',
  'namingConvention',
]

/**
 * The declared shape of a database: tables, views, types and the rest, in one or more schemas.
 *
 * Making one resolves every reference and every name, and performs no I/O. It never changes afterwards.
 *
 * @example
 * ```ts
 * import { bigint, Metadata, table, text, type InferDatabase } from 'async-database'
 *
 * export const users = table('users', { id: bigint().identity().primaryKey(), email: text().notNull().unique() })
 * export const songs = table('songs', { name: text().notNull(), ownerId: bigint().references(() => users.id) })
 * export const tables = { users, songs }
 * export interface DB extends InferDatabase<typeof tables> {}
 * export const metadata = new Metadata({ schema: process.env['DB_SCHEMA'] ?? 'public', tables })
 * ```
 * @see SQLAlchemy 2.0 `MetaData`
 */
export class Metadata<out T extends Tables = Tables, out R = unknown> {
  /** The schema of everything that names none. */
  readonly schema: string
  /** The tables and views as they were declared. */
  readonly tables: T
  /** How their rows relate, by table and name. */
  readonly relations: R
  /** Everything declared, with names resolved: plain frozen data. */
  readonly description: DatabaseDescription
  readonly #options: MetadataOptions<T, R>
  readonly #tableByDefinition: ReadonlyMap<object, TableDescription>

  /**
   * @param options - See {@link MetadataOptions}.
   * @throws {@link ConfigurationError} if two names become one, a reference leads out of the metadata or does not fit,
   * a table contradicts itself, or an option is unknown.
   */
  constructor(options: MetadataOptions<T, R> = {}) {
    refuseUnknownKeys(options, OPTIONS, 'Metadata')
    this.#options = options
    this.schema = checkSchemaName(options.schema ?? 'public', 'Metadata.schema')
    this.tables = options.tables ?? ({} as T)
    this.relations = options.relations ?? (Object.freeze({}) as R)
    const entries = Object.entries(this.tables)
    const { description, tableByDefinition } = describe(options, this.schema, entries)
    this.description = deepFreeze(description)
    this.#tableByDefinition = tableByDefinition
  }

  /**
   * Finds the description of a declared table. Pure.
   *
   * @param table - What `table()` gave.
   * @returns Its names, columns and constraints.
   * @throws {@link ConfigurationError} if the table is not among this metadata's.
   */
  describe(table: AnyTable): TableDescription {
    const found = this.#tableByDefinition.get(table.$)
    if (found !== undefined) return found
    throw new ConfigurationError({
      message: `${JSON.stringify(table.$.name)} is not a table of this metadata.`,
      hint: 'List it in the tables of new Metadata({ tables }).',
    })
  }

  /**
   * Makes the same metadata in another schema: what names no schema of its own moves there. Performs no I/O.
   *
   * @param schema - The other schema, such as that of a tenant.
   * @returns A new metadata; this one stays as it is.
   * @throws {@link ConfigurationError} if the name can't be that of a schema.
   */
  inSchema(schema: string): Metadata<T, R> {
    return new Metadata({ ...this.#options, schema })
  }
}

interface Described {
  readonly description: DatabaseDescription
  readonly tableByDefinition: ReadonlyMap<object, TableDescription>
}

function describe(
  options: MetadataOptions,
  schema: string,
  entries: readonly [string, AnyTable][],
): Described {
  const names = new NameRegistry(options.namingConvention ?? 'postgresql')
  const context: DescribeContext = {
    defaultSchema: schema,
    names,
    places: claimPlaces(entries, schema, names),
  }
  const tables = entries.flatMap(([key, { $ }]) =>
    $.kind === 'table' ? [{ key, definition: $ as DeclaredTable }] : [],
  )
  const views = entries.flatMap(([key, { $ }]) =>
    $.kind === 'table' ? [] : [{ key, definition: $ as ViewDefinition }],
  )
  const types = declaredTypes(
    tables.flatMap(({ definition }) => Object.values(definition.columns).map((column) => column.def.type)),
    (options.types ?? []).map((type) => type.def),
  )
  const enums = [...types].flatMap((type) => (type.kind === 'enum' ? [describeEnum(type, context)] : []))
  const domains = [...types].flatMap((type) =>
    type.kind === 'domain' ? [describeDomain(type, context)] : [],
  )
  const sequences = (options.sequences ?? []).map((sequence) => describeFreeSequence(sequence, context))
  for (const { definition } of [...tables, ...views]) claimDeclaredNames(definition, context)
  const tableByDefinition = new Map(
    tables.map(({ key, definition }) => [definition, describeTable(key, definition, context)]),
  )
  const described = {
    enums,
    domains,
    sequences,
    tables: [...tableByDefinition.values()],
    views: views.map(({ key, definition }) => describeView(key, definition, context)),
    objects: (options.objects ?? []).map((object) => describeSqlObject(object, context)),
  }
  const extensions = (options.extensions ?? []).map(describeExtension)
  const located = [...Object.values(described).flat(), ...extensions]
  const used = [
    schema,
    ...located.flatMap((object) => object.schema ?? []),
    ...described.tables.flatMap(partitionSchemas),
  ]
  const schemas = describeSchemas(used, options.schemas ?? [])
  return { description: { schemas, extensions, ...described }, tableByDefinition }
}

function partitionSchemas(table: TableBody): readonly string[] {
  return table.partitions.flatMap((partition) => [partition.schema, ...partitionSchemas(partition)])
}

function claimPlaces(
  entries: readonly [string, AnyTable][],
  defaultSchema: string,
  names: NameRegistry,
): ReadonlyMap<object, ObjectName> {
  const places = new Map<object, ObjectName>()
  for (const [key, { $ }] of entries) {
    const schema = $.schema ?? defaultSchema
    const what = `${JSON.stringify(key)} (${$.kind === 'table' ? 'table' : 'view'} ${$.name})`
    const name = names.claim('relation', schema, $.name, what)
    // A table is also a row type.
    names.claim('type', schema, $.name, what)
    places.set($, { schema, name })
  }
  return places
}

function describeSchemas(
  used: readonly string[],
  declared: readonly (string | { readonly name: string; readonly comment: string })[],
): readonly NamespaceDescription[] {
  const schemas = new Map<string, NamespaceDescription>()
  for (const entry of [...declared, ...used]) {
    const { name, comment } = typeof entry === 'string' ? { name: entry, comment: undefined } : entry
    if (schemas.has(name)) continue
    schemas.set(name, { name: checkSchemaName(name, 'Metadata.schemas'), comment })
  }
  return [...schemas.values()]
}

function deepFreeze<V>(value: V): V {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) deepFreeze(part as unknown)
  return Object.freeze(value)
}
