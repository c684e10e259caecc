import type { RelationDefinition } from '../metadata/relation.js'
import type { ColumnMapping } from './column-mapping.js'
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
  const local = on.map(([key]) => source.column(key))
  const foreign = on.map(([, key]) => far.column(key))
  return {
    name,
    kind,
    source,
    target,
    local,
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
    writtenIn:
      between !== undefined
        ? 'between'
        : pointsAt(source, local, target, foreign, kind)
          ? 'source'
          : 'target',
  }
}

/** Whether the source's columns are the ones that point; where no foreign key says so, those of a relation to one row. */
function pointsAt(
  source: TableMapping,
  local: readonly ColumnMapping[],
  target: TableMapping,
  foreign: readonly ColumnMapping[],
  kind: 'many' | 'one',
): boolean {
  if (hasForeignKey(source, local, target, foreign)) return true
  return kind === 'one' && !hasForeignKey(target, foreign, source, local)
}

function hasForeignKey(
  from: TableMapping,
  columns: readonly ColumnMapping[],
  to: TableMapping,
  targets: readonly ColumnMapping[],
): boolean {
  return from.foreignKeys.some(
    (key) =>
      key.target === to &&
      key.columns.length === columns.length &&
      key.columns.every((column, index) => {
        const at = columns.indexOf(column)
        return at !== -1 && targets[at] === key.targetColumns[index]
      }),
  )
}
