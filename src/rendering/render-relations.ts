import type { DatabaseDescription, TableDescription } from '../metadata/description.js'
import type { Metadata } from '../metadata/metadata.js'
import type { Relation, RelationDefinition } from '../metadata/relation.js'
import { deriveRelations, type RelationsByTable } from './derive-relations.js'
import { isReferenceOf } from './render-table.js'
import {
  arrow,
  call,
  optional,
  optionsObject,
  spreadObject,
  string,
  text,
  type SourceNode,
} from './source-node.js'

/**
 * `relations(tables, { users: (r) => ({ … }) })`: those that were declared, else those that the foreign keys state.
 * Undefined where there are none. Pure.
 *
 * @internal
 */
export function renderRelations({ description, relations }: Metadata): SourceNode | undefined {
  const declared = declaredRelations(relations)
  const found = declared.size > 0 ? declared : deriveRelations(description)
  if (found.size === 0) return undefined
  const entries = [...found].map(([key, own]) => ({
    key,
    value: arrow(
      '(r)',
      spreadObject(
        [...own].map(([name, definition]) => ({
          key: name,
          value: relationCall(key, definition, description),
        })),
      ),
    ),
  }))
  return call('relations', text('tables'), spreadObject(entries))
}

function declaredRelations(relations: unknown): RelationsByTable {
  const byTable = Object.entries(relations as Readonly<Record<string, Readonly<Record<string, Relation>>>>)
  const tables = byTable.map(
    ([key, own]) => [key, new Map(Object.entries(own).map(([name, { def }]) => [name, def]))] as const,
  )
  return new Map(tables.filter(([, own]) => own.size > 0))
}

function relationCall(
  key: string,
  { kind, target, on, through, isOptional, cascade }: RelationDefinition,
  description: DatabaseDescription,
): SourceNode {
  const isFirm = kind === 'one' && isFirmByItself(description, key, on)
  const options = optionsObject({
    cascade: optional(cascade),
    required: kind === 'one' && isFirm === isOptional ? text(String(!isOptional)) : undefined,
  })
  if (through === undefined) return call(`r.${kind}`, string(target), pairs(on), options)
  const way = { table: string(through.table), from: pairs(on), to: pairs(through.on) }
  return call('r.manyThrough', string(target), optionsObject(way), options)
}

/** What `relations()` concludes without being told: see {@link OneRelationOptions}. */
function isFirmByItself({ tables }: DatabaseDescription, key: string, on: RelationDefinition['on']): boolean {
  const table = tables.find((other) => other.key === key)
  return on.every(([local]) => table !== undefined && isFirmColumn(table, local))
}

function isFirmColumn({ columns, foreignKeys }: TableDescription, key: string): boolean {
  const column = columns.find((other) => other.key === key)
  return column?.notNull === true && foreignKeys.some((foreign) => isReferenceOf(foreign, column.name))
}

function pairs(on: RelationDefinition['on']): SourceNode | undefined {
  return optionsObject(Object.fromEntries(on.map(([local, foreign]) => [local, string(foreign)])))
}
