import { ConfigurationError } from '../errors/usage-error.js'
import { clipIdentifier } from './clip-identifier.js'
import type { AnyColumn } from './column.js'
import type { ColumnDefinition } from './column-definition.js'
import type { DataType, DomainDefinition, EnumDefinition } from './data-type.js'
import { describeSequence, describeType } from './describe-column.js'
import { columnName, type DescribeContext } from './describe-context.js'
import { describeIndex } from './describe-index.js'
import type {
  DomainDescription,
  EnumDescription,
  ExtensionDescription,
  ObjectName,
  SequenceDescription,
  SqlObjectDescription,
  ViewColumnDescription,
  ViewDescription,
} from './description.js'
import type { Extension } from './extension.js'
import type { Sequence, SequenceDefinition } from './sequence.js'
import type { SqlObject } from './sql-object.js'
import { sqlOfSource, type Dependency, type SqlSource } from './sql-source.js'
import type { ViewDefinition } from './view.js'

/**
 * Collects the enums and domains behind types, those that a domain is based on before it. Pure.
 *
 * @param types - The types of all columns.
 * @param declared - What was listed beside the tables.
 * @returns Each definition once, in the order in which they are met.
 * @internal
 */
export function declaredTypes(
  types: readonly DataType[],
  declared: readonly (DomainDefinition | EnumDefinition)[],
): ReadonlySet<DomainDefinition | EnumDefinition> {
  const found = new Set<DomainDefinition | EnumDefinition>()
  const visit = (definition: DomainDefinition | EnumDefinition | undefined): void => {
    if (definition === undefined || found.has(definition)) return
    if (definition.kind === 'domain') visit(definition.type.declared)
    found.add(definition)
  }
  for (const definition of declared) visit(definition)
  for (const type of types) visit(type.declared)
  return found
}

/**
 * Describes an enum. Takes its name.
 *
 * @param definition - As it was declared.
 * @param context - The metadata.
 * @returns Its description.
 * @throws {@link ConfigurationError} if its name is taken.
 * @internal
 */
export function describeEnum(definition: EnumDefinition, context: DescribeContext): EnumDescription {
  return {
    ...claimName('type', definition, 'the enum', context),
    values: definition.values,
    comment: definition.comment,
  }
}

/**
 * Describes a domain. Takes its name and those of its checks.
 *
 * @param definition - As it was declared.
 * @param context - The metadata.
 * @returns Its description.
 * @throws {@link ConfigurationError} if its name is taken.
 * @internal
 */
export function describeDomain(definition: DomainDefinition, context: DescribeContext): DomainDescription {
  const { schema, name } = claimName('type', definition, 'the domain', context)
  const within = `${schema}\0${name}`
  return {
    schema,
    name,
    type: describeType(definition.type, context.defaultSchema),
    notNull: definition.notNull,
    notNullName: definition.notNullName === undefined ? undefined : clipIdentifier(definition.notNullName),
    default: definition.default,
    collation: definition.collation,
    checks: definition.checks.map((check) => ({
      name:
        check.name === undefined
          ? context.names.chooseDomainCheck(schema, name)
          : context.names.claim('constraint', within, check.name, `a check of the domain ${name}`),
      expression: check.expression,
      notValid: check.notValid,
    })),
    comment: definition.comment,
  }
}

/**
 * Describes a sequence that no column owns. Takes its name.
 *
 * @param sequence - As it was declared.
 * @param context - The metadata.
 * @returns Its description.
 * @throws {@link ConfigurationError} if its name is taken or a number is not whole.
 * @internal
 */
export function describeFreeSequence({ def }: Sequence, context: DescribeContext): SequenceDescription {
  return {
    ...claimName('relation', def, 'the sequence', context),
    ...describeSequence(def, `the sequence ${def.name}`),
    dataType: def.dataType,
    unlogged: def.unlogged ?? false,
    ownedBy: describeOwner(def, context),
    comment: def.comment,
  }
}

function describeOwner(def: SequenceDefinition, context: DescribeContext): SequenceDescription['ownedBy'] {
  if (def.ownedBy === undefined) return undefined
  const column = (def.ownedBy as () => AnyColumn | undefined)()?.def
  const table = column?.owner === undefined ? undefined : context.places.get(column.owner)
  if (column === undefined || table === undefined) {
    throw new ConfigurationError({
      message: `ownedBy of the sequence ${JSON.stringify(def.name)} gives no column of a table of this metadata.`,
      hint: 'Write ownedBy: () => users.id, and list the table in the tables of new Metadata({ tables }).',
    })
  }
  return { table, column: columnName(column) }
}

/**
 * Describes an extension. Pure.
 *
 * @param extension - As it was declared.
 * @returns Its description.
 * @internal
 */
export function describeExtension({ def }: Extension): ExtensionDescription {
  return {
    name: def.name,
    schema: def.schema,
    version: def.version,
    cascade: def.cascade ?? false,
    comment: def.comment,
  }
}

/**
 * Describes a view. Takes the names of its indexes; its own was taken with the tables'.
 *
 * @param key - The key under which Kysely sees it.
 * @param definition - As it was declared.
 * @param context - The metadata.
 * @returns Its description.
 * @throws {@link ConfigurationError} if its query is empty.
 * @internal
 */
export function describeView(
  key: string,
  definition: ViewDefinition,
  context: DescribeContext,
): ViewDescription {
  const place = context.places.get(definition) as ObjectName
  const { options } = definition
  // The columns of a materialized view belong to no table object, hence no owner.
  const subject = { place, owner: undefined, context }
  return {
    kind: definition.kind,
    key,
    schema: place.schema,
    name: place.name,
    query: withoutSemicolon(sqlOfSource(definition.query, place.schema, context.defaultSchema)),
    columns: (options.columns ?? []).map((name) => clipIdentifier(name)),
    row: definition.row && Object.values(definition.row).map(({ def }) => describeViewColumn(def, context)),
    with: { ...options.with },
    checkOption: options.checkOption,
    withData: options.withData ?? true,
    tablespace: options.tablespace,
    method: options.method,
    indexes: definition.indexes.map((index) => describeIndex(index, subject)),
    dependsOn: describeDependencies(options.dependsOn, context),
    comment: options.comment,
  }
}

function describeViewColumn(
  def: ColumnDefinition,
  { defaultSchema }: DescribeContext,
): ViewColumnDescription {
  const name = columnName(def)
  const type = describeType(def.type, defaultSchema)
  return { key: def.key ?? name, name, type, notNull: def.notNull, comment: def.comment }
}

/**
 * Describes a raw object. Pure.
 *
 * @param object - As it was declared.
 * @param context - The metadata.
 * @returns Its description.
 * @throws {@link ConfigurationError} if its SQL is empty.
 * @internal
 */
export function describeSqlObject({ def }: SqlObject, context: DescribeContext): SqlObjectDescription {
  const table = def.on === undefined ? undefined : placeOf(def.on.$, context)
  const schema = def.schema ?? table?.schema ?? context.defaultSchema
  const { create } = def
  const sources = isList(create) ? create : [create]
  const write = (source: SqlSource): string =>
    withoutSemicolon(sqlOfSource(source, schema, context.defaultSchema))
  return {
    kind: def.kind,
    schema,
    name: clipIdentifier(def.name),
    arguments: def.arguments,
    table,
    create: sources.map(write),
    drop: def.drop === undefined ? undefined : write(def.drop),
    dependsOn: describeDependencies(def.dependsOn, context),
  }
}

function isList(create: SqlSource | readonly SqlSource[]): create is readonly SqlSource[] {
  return Array.isArray(create)
}

function describeDependencies(
  dependencies: readonly Dependency[] | undefined,
  context: DescribeContext,
): readonly ObjectName[] {
  return (dependencies ?? []).map((dependency) =>
    placeOf('$' in dependency ? dependency.$ : dependency.def, context),
  )
}

interface Placeable {
  readonly name: string
  readonly schema?: string | undefined
}

function placeOf({ name, schema }: Placeable, { defaultSchema }: DescribeContext): ObjectName {
  return { schema: schema ?? defaultSchema, name: clipIdentifier(name) }
}

function claimName(
  scope: 'relation' | 'type',
  definition: Placeable,
  word: string,
  context: DescribeContext,
): ObjectName {
  const { schema } = placeOf(definition, context)
  const what = `${word} ${JSON.stringify(definition.name)}`
  return { schema, name: context.names.claim(scope, schema, definition.name, what) }
}

/** Statements travel one at a time; a trailing semicolon would only get in the way of what is added. */
function withoutSemicolon(sql: string): string {
  return sql.trim().replace(/;\s*$/, '')
}
