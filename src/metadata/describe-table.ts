import { ConfigurationError } from '../errors/usage-error.js'
import type { CheckDefinition, ColumnDefinition } from './column-definition.js'
import { defaultObjectName } from './default-object-name.js'
import { describeColumn } from './describe-column.js'
import { columnName, type DescribeContext } from './describe-context.js'
import { describeForeignKey } from './describe-foreign-key.js'
import {
  describeExclusion,
  describeIndex,
  describeIndexKey,
  describeKey,
  partName,
  type Described,
} from './describe-index.js'
import type {
  CheckDescription,
  ObjectName,
  PartitionDescription,
  TableBody,
  TableDescription,
} from './description.js'
import { soundName } from './name-registry.js'
import { sqlWords } from './sql-words.js'
import type { DeclaredTable } from './table.js'
import type { KeyDefinition, PartitionDefinition, TableExtraDefinition } from './table-extra.js'

/**
 * Describes a table: everything that its columns and its extras declare, in the order in which the server would make
 * it. Takes the names of what has none.
 *
 * @param key - The key under which Kysely sees it.
 * @param definition - As it was declared.
 * @param context - The metadata.
 * @returns Its description.
 * @throws {@link ConfigurationError} if the parts contradict each other.
 * @internal
 */
export function describeTable(
  key: string,
  definition: DeclaredTable,
  context: DescribeContext,
): TableDescription {
  const place = context.places.get(definition) as ObjectName
  const columns = Object.values(definition.columns).map((column) => column.def)
  refuseRepeatedColumns(columns, place)
  const subject: Described = { place, owner: definition, context }
  const parts = [...columns.flatMap(partsOfColumn), ...definition.extras]
  const keyColumns = parts.flatMap((part) => (part.kind === 'primaryKey' ? part.columns : []))
  const { options } = definition
  // Sequences first: the server names them before the constraints.
  const described = columns.map((column) =>
    describeColumn(column, place, keyColumns.includes(column), context),
  )
  return {
    key,
    ...describeBody(parts, columns, subject, requiredColumns(columns, keyColumns)),
    columns: described,
    with: { ...options.with },
    unlogged: options.unlogged ?? false,
    tablespace: options.tablespace,
    comment: options.comment,
    rowLevelSecurity: options.rowLevelSecurity ?? false,
    method: options.method,
    replicaIdentity:
      typeof options.replicaIdentity === 'object' ? { ...options.replicaIdentity } : options.replicaIdentity,
    renamedFrom: options.renamedFrom,
  }
}

function requiredColumns(
  columns: readonly ColumnDefinition[],
  keyColumns: readonly ColumnDefinition[],
): readonly string[] {
  return columns.filter((column) => column.notNull || keyColumns.includes(column)).map(columnName)
}

/** The constraints that are declared on a column, as if they had been declared beside the columns. */
function partsOfColumn(column: ColumnDefinition): readonly TableExtraDefinition[] {
  const { primaryKey, uniques, checks, reference } = column
  const plain = {
    columns: [column],
    include: [],
    nullsNotDistinct: false,
    withoutOverlaps: false,
    deferrable: false,
  }
  const rest = { with: {}, tablespace: undefined, comment: undefined } as const
  const keys: (KeyDefinition<'primaryKey'> | KeyDefinition<'unique'>)[] = uniques.map(({ name }) => ({
    kind: 'unique',
    name,
    ...plain,
    ...rest,
  }))
  if (primaryKey !== undefined) keys.push({ kind: 'primaryKey', name: primaryKey.name, ...plain, ...rest })
  if (reference === undefined) return [...checks, ...keys]
  return [...checks, ...keys, { kind: 'foreignKey', columns: [column], ...reference }]
}

type Body = Omit<TableBody, 'comment' | 'tablespace' | 'unlogged' | 'with'>

function describeBody(
  parts: readonly TableExtraDefinition[],
  columns: readonly ColumnDefinition[],
  subject: Described,
  required: readonly string[],
): Body {
  const { place } = subject
  const every = <K extends TableExtraDefinition['kind']>(
    kind: K,
  ): Extract<TableExtraDefinition, { kind: K }>[] =>
    parts.filter((part): part is Extract<TableExtraDefinition, { kind: K }> => part.kind === kind)
  const checks = every('check').map((check) => describeCheck(check, columns, subject))
  const primaryKey = only(every('primaryKey'), 'primary key', place)
  const partitionBy = only(every('partitionBy'), 'partition key', place)
  return {
    schema: place.schema,
    name: place.name,
    checks,
    primaryKey: primaryKey === undefined ? undefined : describeKey(primaryKey, subject),
    uniques: every('unique').map((unique) => describeKey(unique, subject)),
    exclusions: every('exclusion').map((exclusion) => describeExclusion(exclusion, subject)),
    indexes: every('index').map((index) => describeIndex(index, subject)),
    foreignKeys: every('foreignKey').map((key) => describeForeignKey(key.columns, key, subject)),
    policies: uniquePolicies(every('policy'), place),
    partitionBy:
      partitionBy === undefined
        ? undefined
        : {
            strategy: partitionBy.strategy,
            keys: partitionBy.keys.map((key) =>
              describeIndexKey(key, subject, `The partition key of ${place.name}`),
            ),
          },
    partitions: describePartitions(every('partition'), partitionBy !== undefined, columns, subject, required),
  }
}

function describePartitions(
  partitions: readonly PartitionDefinition[],
  isPartitioned: boolean,
  columns: readonly ColumnDefinition[],
  { place, owner, context }: Described,
  required: readonly string[],
): readonly PartitionDescription[] {
  const [first] = partitions
  if (first !== undefined && !isPartitioned) {
    throw new ConfigurationError({
      message: `${place.name} has the partition ${JSON.stringify(first.name)} and no partition key.`,
      hint: "Add partitionBy('range', t.column) to the same list.",
    })
  }
  return partitions.map((partition) => {
    const own = { schema: partition.schema ?? place.schema, name: soundName(partition.name, 'A partition') }
    const { bound, unlogged, tablespace, comment } = partition
    const body = describeBody(partition.extras, columns, { place: own, owner, context }, required)
    const notNullNames = describeNotNullNames(partition, own.name, required)
    return { ...body, bound, notNullNames, with: { ...partition.with }, unlogged, tablespace, comment }
  })
}

/**
 * The columns that a check mentions, after which the server names it if there is one. Pure.
 *
 * @param expression - SQL text.
 * @param columns - Names of the table's columns.
 * @returns Those that occur.
 * @internal
 */
export function mentionedColumns(expression: string, columns: readonly string[]): readonly string[] {
  const words = new Set(sqlWords(expression).flatMap((word) => (word.isCall ? [] : [word.name])))
  return columns.filter((name) => words.has(name))
}

function describeNotNullNames(
  { notNullNames = {} }: PartitionDefinition,
  partition: string,
  required: readonly string[],
): Readonly<Record<string, string>> {
  const entries =
    notNullNames === 'own'
      ? required.map((column) => [column, defaultObjectName(partition, column, 'not_null')] as const)
      : Object.entries(notNullNames)
  return Object.fromEntries(entries)
}

function describeCheck(
  check: CheckDefinition,
  columns: readonly ColumnDefinition[],
  subject: Described,
): CheckDescription {
  const mentioned = mentionedColumns(check.expression, columns.map(columnName))
  return {
    name: partName(check.name, 'check', subject, mentioned),
    expression: check.expression,
    noInherit: check.noInherit ?? false,
    notValid: check.notValid ?? false,
    enforced: check.enforced ?? true,
    comment: check.comment,
  }
}

function uniquePolicies<P extends { readonly name: string }>(
  policies: readonly P[],
  place: ObjectName,
): readonly P[] {
  const named = policies.map((policy) => ({ ...policy, name: soundName(policy.name, 'A policy') }))
  const names = named.map((policy) => policy.name)
  const repeated = names.find((name, position) => names.indexOf(name) !== position)
  if (repeated === undefined) return named
  throw new ConfigurationError({
    message: `${place.name} has two policies called ${JSON.stringify(repeated)}.`,
  })
}

function only<T>(found: readonly T[], what: string, place: ObjectName): T | undefined {
  if (found.length <= 1) return found[0]
  throw new ConfigurationError({
    message: `${place.name} has ${String(found.length)} declarations of its ${what}.`,
    hint: `Several columns form one ${what} when they are named in one, beside the columns.`,
  })
}

function refuseRepeatedColumns(columns: readonly ColumnDefinition[], place: ObjectName): void {
  const seen = new Map<string, string>()
  for (const column of columns) {
    const name = soundName(column.name ?? column.key ?? '', `A column of ${place.name}`)
    const other = seen.get(name)
    if (other !== undefined) {
      throw new ConfigurationError({
        message: `The columns ${JSON.stringify(other)} and ${JSON.stringify(column.key)} of ${place.name} would both be called ${JSON.stringify(name)} in the database.`,
        hint: 'Names that PostgreSQL cuts at 63 bytes can become one; give one of them another name.',
      })
    }
    seen.set(name, column.key ?? name)
  }
}
