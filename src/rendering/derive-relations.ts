import type {
  DatabaseDescription,
  DataTypeDescription,
  ForeignKeyDescription,
  TableDescription,
} from '../metadata/description.js'
import type { RelationDefinition } from '../metadata/relation.js'
import {
  backNames,
  nameRelations,
  oneNames,
  throughNames,
  type TableLink,
  type UnnamedRelation,
} from './relation-names.js'
import { slot } from './render-context.js'

/** Relations by the key of their table and their name. */
export type RelationsByTable = ReadonlyMap<string, ReadonlyMap<string, RelationDefinition>>

/**
 * Tells the relations that foreign keys state, in both directions. Pure.
 *
 * To the row that a foreign key points at; back to the row that points here where a key makes it one, else to all of
 * them; and across a table that holds two foreign keys and nothing else. Foreign keys over periods and those whose ends
 * are different types in TypeScript give none: rows can't be compared there.
 *
 * @param description - The tables.
 * @returns The relations of each table that has some, in the order of its columns and of the tables.
 * @internal
 */
export function deriveRelations(description: DatabaseDescription): RelationsByTable {
  const tableAt = new Map(description.tables.map((table) => [slot(table), table]))
  const links = description.tables.flatMap((table) =>
    table.foreignKeys.flatMap((key): readonly TableLink[] => {
      const target = tableAt.get(slot(key.target))
      return target !== undefined && isComparable(key, table, target, description)
        ? [{ table, target, key }]
        : []
    }),
  )
  const found = description.tables.flatMap((table) => {
    const own = withoutRepeated(links.filter((link) => link.table === table))
    const ends = joinedEnds(own, table)
    const backs = ends === undefined ? own.map(back) : [across(...ends), across(ends[1], ends[0])]
    return [...own.map(one), ...backs]
  })
  const named = description.tables.map(
    (table) =>
      [
        table.key,
        nameRelations(
          found.filter(({ source }) => source === table),
          table.columns.map(({ key }) => key),
        ),
      ] as const,
  )
  return new Map(named.filter(([, relations]) => relations.size > 0))
}

function one(link: TableLink): UnnamedRelation {
  const { table, target, key } = link
  const isFirm = key.columns.every((name) => columnOf(table, name)?.notNull === true)
  return {
    source: table,
    direction: 'to',
    names: oneNames(link),
    definition: {
      kind: 'one',
      target: target.key,
      on: pairs(link),
      through: undefined,
      // Rows from before a NOT VALID key may point at nothing.
      isOptional: !isFirm || key.notValid || !key.enforced,
      cascade: undefined,
    },
  }
}

function back(link: TableLink): UnnamedRelation {
  const isOne = isUniqueOver(link.table, link.key.columns)
  return {
    source: link.target,
    direction: 'from',
    names: backNames(link),
    definition: {
      kind: isOne ? 'one' : 'many',
      target: link.table.key,
      on: pairs(link).map(([local, foreign]) => [foreign, local] as const),
      through: undefined,
      isOptional: isOne,
      cascade: undefined,
    },
  }
}

function across(near: TableLink, far: TableLink): UnnamedRelation {
  return {
    source: near.target,
    direction: 'from',
    names: throughNames(near, far),
    definition: {
      kind: 'many',
      target: far.target.key,
      on: pairs(near).map(([local, foreign]) => [foreign, local] as const),
      through: { table: near.table.key, on: pairs(far) },
      isOptional: false,
      cascade: undefined,
    },
  }
}

/** Both foreign keys of a table that holds nothing else, each pair of rows at most once; else it is no mere link. */
function joinedEnds(
  links: readonly TableLink[],
  { columns, foreignKeys, primaryKey, uniques }: TableDescription,
): readonly [TableLink, TableLink] | undefined {
  const [first, second] = links
  if (first === undefined || second === undefined || links.length > 2 || foreignKeys.length > 2)
    return undefined
  const used = [...first.key.columns, ...second.key.columns]
  const isWhole = new Set(used).size === used.length && used.length === columns.length
  const isFirm = columns.every(({ notNull }) => notNull)
  const keys = [...(primaryKey === undefined ? [] : [primaryKey]), ...uniques]
  const isOnce = keys.some((key) => key.columns.length === columns.length && !key.withoutOverlaps)
  return isWhole && isFirm && isOnce ? [first, second] : undefined
}

function isUniqueOver(table: TableDescription, columns: readonly string[]): boolean {
  const keys = [...(table.primaryKey === undefined ? [] : [table.primaryKey]), ...table.uniques]
  const covers = (names: readonly (string | undefined)[]): boolean =>
    names.every((name) => name !== undefined && columns.includes(name))
  return (
    keys.some((key) => !key.withoutOverlaps && covers(key.columns)) ||
    table.indexes.some(
      ({ unique, where, keys: parts }) =>
        unique && where === undefined && covers(parts.map(({ column }) => column)),
    )
  )
}

/** Two foreign keys over the same columns to the same table are one relation. */
function withoutRepeated(links: readonly TableLink[]): readonly TableLink[] {
  const seen = new Set<string>()
  return links.filter((link) => {
    const signature = [link.target.key, ...pairs(link).flat()].join('\0')
    return !seen.has(signature) && seen.add(signature)
  })
}

function pairs({ table, target, key }: TableLink): readonly (readonly [local: string, foreign: string])[] {
  return key.columns.map((name, at) => {
    const foreign = key.targetColumns[at] ?? ''
    return [columnOf(table, name)?.key ?? name, columnOf(target, foreign)?.key ?? foreign] as const
  })
}

function columnOf(table: TableDescription, name: string): TableDescription['columns'][number] | undefined {
  return table.columns.find((column) => column.name === name)
}

function isComparable(
  key: ForeignKeyDescription,
  table: TableDescription,
  target: TableDescription,
  description: DatabaseDescription,
): boolean {
  if (key.period) return false
  return key.columns.every((name, at) => {
    const local = columnOf(table, name)
    const foreign = columnOf(target, key.targetColumns[at] ?? '')
    return (
      local !== undefined &&
      foreign !== undefined &&
      typeScriptSide(local.type, description) === typeScriptSide(foreign.type, description)
    )
  })
}

/** Equal for types whose values are of one type in TypeScript. */
function typeScriptSide(type: DataTypeDescription, description: DatabaseDescription): string {
  const arrays = '[]'.repeat(type.dimensions)
  if (type.kind === 'enum') return `enum ${type.schema ?? ''}.${type.name}${arrays}`
  if (type.kind === 'domain') {
    const domain = description.domains.find(
      ({ schema, name }) => schema === type.schema && name === type.name,
    )
    return (domain === undefined ? type.name : typeScriptSide(domain.type, description)) + arrays
  }
  const isPlain = type.readAs !== 'driver' && type.readAs !== 'json'
  return (isPlain ? type.readAs : `${type.readAs} ${type.name}`) + arrays
}
