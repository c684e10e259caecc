import { ConfigurationError } from '../errors/usage-error.js'
import type {
  CheckDescription,
  DataTypeDescription,
  ExclusionDescription,
  ForeignKeyDescription,
  IndexDescription,
  KeyDescription,
  ObjectName,
  TableBody,
  TableDescription,
} from '../metadata/description.js'
import type { PlannedObject } from './ddl-plan.js'

/** What an object is declared with and servers have from a version on. */
interface Feature {
  /** `the index shop.users_email_idx`. */
  readonly object: string
  /** As in SQL. */
  readonly words: string
  /** The first major version that has it. */
  readonly since: number
}

/**
 * Refuses what the server is too old for: it would answer with a syntax error, which names neither the feature nor the
 * version. Pure.
 *
 * What an older server takes and forgets, such as the names of NOT NULL constraints, is not refused.
 *
 * @param planned - What is about to be created.
 * @param serverVersion - The server's major version.
 * @throws {@link ConfigurationError} naming each object and the version it needs.
 * @internal
 */
export function refuseNewerFeatures(planned: readonly PlannedObject[], serverVersion: number): void {
  const lacking = planned.flatMap(featuresOf).filter(({ since }) => since > serverVersion)
  if (lacking.length === 0) return
  const needs = lacking.map(
    ({ object, words, since }) => `${object} uses ${words}, which came with PostgreSQL ${String(since)}`,
  )
  throw new ConfigurationError({
    message: `The server is PostgreSQL ${String(serverVersion)}, and ${needs.join('; ')}.`,
    hint: 'Declare it without, or use a newer server.',
    context: { serverVersion },
  })
}

function featuresOf(planned: PlannedObject): readonly Feature[] {
  switch (planned.kind) {
    case 'domain':
      return typeFeatures(`the domain ${nameOf(planned.object)}`, planned.object.type)
    case 'foreignKey':
      return foreignKeyFeatures(planned.table, planned.object)
    case 'indexes':
      return indexFeatures(planned.object)
    case 'sequence':
      return when(planned.object.unlogged, `the sequence ${nameOf(planned.object)}`, 'UNLOGGED', 15)
    case 'table':
      return [
        ...columnFeatures(planned.object),
        ...bodyFeatures(planned.object),
        ...planned.inline.flatMap((key) => foreignKeyFeatures(planned.object, key)),
      ]
    case 'view': {
      const { object } = planned
      const invoker = object.with['security_invoker'] !== undefined
      return [
        ...when(invoker, `the view ${nameOf(object)}`, 'security_invoker', 15),
        ...object.indexes.flatMap((index) => nullFeatures(object, 'index', index)),
      ]
    }
    default:
      return []
  }
}

function columnFeatures(table: TableDescription): readonly Feature[] {
  return table.columns.flatMap(({ name, type, generated }) => {
    const object = `the column ${nameOf(table)}.${name}`
    return [
      ...typeFeatures(object, type),
      ...when(generated?.kind === 'virtual', object, 'a virtual generated column', 18),
    ]
  })
}

function typeFeatures(object: string, { kind, name }: DataTypeDescription): readonly Feature[] {
  if (kind !== 'builtin') return []
  const [, precision, scale] = /^numeric\((\d+),(-?\d+)\)$/.exec(name) ?? []
  const isOdd = scale !== undefined && (Number(scale) < 0 || Number(scale) > Number(precision))
  return when(isOdd, object, `the scale of ${name}`, 15)
}

function bodyFeatures(table: TableBody): readonly Feature[] {
  const keys = [...(table.primaryKey === undefined ? [] : [table.primaryKey]), ...table.uniques]
  const isPartitioned = table.partitionBy !== undefined
  const object = `the table ${nameOf(table)}`
  const method = (table as Partial<TableDescription>).method
  return [
    ...when(isPartitioned && method !== undefined, object, 'an access method of a partitioned table', 17),
    ...keys.flatMap((key) => keyFeatures(table, key)),
    ...table.checks.flatMap((check) => checkFeatures(table, check)),
    ...table.exclusions.flatMap((exclusion) => exclusionFeatures(table, exclusion)),
    ...table.partitions.flatMap((partition) => [
      ...when(
        Object.keys(partition.notNullNames).length > 0,
        `the partition ${nameOf(partition)}`,
        'names of NOT NULL constraints',
        18,
      ),
      ...bodyFeatures(partition),
    ]),
  ]
}

function keyFeatures(table: TableBody, key: KeyDescription): readonly Feature[] {
  return [
    ...nullFeatures(table, 'constraint', key),
    ...when(key.withoutOverlaps, constraint(table, key), 'WITHOUT OVERLAPS', 18),
  ]
}

function checkFeatures(table: TableBody, check: CheckDescription): readonly Feature[] {
  return when(!check.enforced, constraint(table, check), 'NOT ENFORCED', 18)
}

function exclusionFeatures(table: TableBody, exclusion: ExclusionDescription): readonly Feature[] {
  const isPartitioned = table.partitionBy !== undefined
  return when(isPartitioned, constraint(table, exclusion), 'EXCLUDE on a partitioned table', 17)
}

function foreignKeyFeatures(table: TableBody, key: ForeignKeyDescription): readonly Feature[] {
  const object = constraint(table, key)
  const action = key.onDelete.toUpperCase()
  return [
    ...when(key.onDeleteColumns.length > 0, object, `ON DELETE ${action} (columns)`, 15),
    ...when(key.period, object, 'PERIOD', 18),
    ...when(!key.enforced, object, 'NOT ENFORCED', 18),
    ...when(key.notValid && table.partitionBy !== undefined, object, 'NOT VALID on a partitioned table', 18),
  ]
}

function indexFeatures(table: TableBody): readonly Feature[] {
  return [
    ...table.indexes.flatMap((index) => nullFeatures(table, 'index', index)),
    ...table.partitions.flatMap(indexFeatures),
  ]
}

function nullFeatures(
  table: ObjectName,
  kind: 'constraint' | 'index',
  { name, nullsNotDistinct }: IndexDescription | KeyDescription,
): readonly Feature[] {
  return when(nullsNotDistinct, `the ${kind} ${name} of ${nameOf(table)}`, 'NULLS NOT DISTINCT', 15)
}

function when(isUsed: boolean, object: string, words: string, since: number): readonly Feature[] {
  return isUsed ? [{ object, words, since }] : []
}

function constraint(table: ObjectName, { name }: { readonly name: string }): string {
  return `the constraint ${name} of ${nameOf(table)}`
}

function nameOf({ schema, name }: ObjectName): string {
  return `${schema}.${name}`
}
