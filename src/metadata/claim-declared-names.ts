import type { DescribeContext } from './describe-context.js'
import type { ObjectName } from './description.js'
import type { UnnamedObject } from './naming-convention.js'
import type { DeclaredTable } from './table.js'
import type { PartitionDefinition, TableExtraDefinition } from './table-extra.js'
import type { ViewDefinition } from './view.js'

/**
 * Takes every name that a table or view declares for its constraints, indexes, sequences and partitions, before any
 * default name is chosen: what was declared wins, whatever the order.
 *
 * @param definition - As it was declared.
 * @param context - The metadata.
 * @throws {@link ConfigurationError} if two names become one.
 * @internal
 */
export function claimDeclaredNames(
  definition: DeclaredTable | ViewDefinition,
  context: DescribeContext,
): void {
  const place = context.places.get(definition) as ObjectName
  if (definition.kind !== 'table') {
    for (const index of definition.indexes) claimPart('index', index.name, place, context)
    return
  }
  for (const { def } of Object.values(definition.columns)) {
    for (const unique of def.uniques) claimPart('unique', unique.name, place, context)
    for (const check of def.checks) claimPart('check', check.name, place, context)
    claimPart('primaryKey', def.primaryKey?.name, place, context)
    claimPart('foreignKey', def.reference?.options.name, place, context)
    const sequence = def.identity?.sequence.name ?? def.serial?.name
    if (sequence !== undefined)
      context.names.claim('relation', place.schema, sequence, `the sequence ${sequence}`)
  }
  claimExtras(definition.extras, place, context)
}

function claimExtras(
  extras: readonly TableExtraDefinition[],
  place: ObjectName,
  context: DescribeContext,
): void {
  for (const extra of extras) {
    if (extra.kind === 'partition') claimPartition(extra, place, context)
    else if (extra.kind === 'foreignKey') claimPart('foreignKey', extra.options.name, place, context)
    else if (extra.kind !== 'policy' && extra.kind !== 'partitionBy')
      claimPart(extra.kind, extra.name, place, context)
  }
}

function claimPartition(partition: PartitionDefinition, parent: ObjectName, context: DescribeContext): void {
  const schema = partition.schema ?? parent.schema
  const what = `the partition ${JSON.stringify(partition.name)} of ${parent.name}`
  const name = context.names.claim('relation', schema, partition.name, what)
  context.names.claim('type', schema, partition.name, what)
  claimExtras(partition.extras, { schema, name }, context)
}

function claimPart(
  kind: UnnamedObject['kind'],
  name: string | undefined,
  place: ObjectName,
  context: DescribeContext,
): void {
  if (name !== undefined) context.names.claimPart(kind, place, name)
}
