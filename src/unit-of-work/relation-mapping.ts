import type { RelationDefinition } from '../metadata/relation.js'
import type { RelationShape } from './relation-shape.js'
import type { TableMapping } from './table-mapping.js'

/** A relation between mapped tables. @internal */
export type RelationMapping = RelationShape<TableMapping>

/** Prepares a relation. Pure. @internal */
export function relationMapping(
  name: string,
  { kind, target: targetKey, on, through, isOptional, cascade }: RelationDefinition,
  source: TableMapping,
  tableOf: (key: string) => TableMapping,
): RelationMapping {
  const target = tableOf(targetKey)
  const between = through === undefined ? undefined : tableOf(through.table)
  const far = between ?? target
  const foreign = on.map(([, key]) => far.column(key))
  return {
    name,
    kind,
    source,
    target,
    local: on.map(([key]) => source.column(key)),
    foreign,
    through:
      through === undefined || between === undefined
        ? undefined
        : {
            table: between,
            local: through.on.map(([key]) => between.column(key)),
            foreign: through.on.map(([, key]) => target.column(key)),
          },
    isOptional,
    isByKey:
      between === undefined &&
      foreign.length === target.primaryKey.length &&
      target.primaryKey.every((column) => foreign.includes(column)),
    cascade,
  }
}
