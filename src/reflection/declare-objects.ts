import { extension, type Extension } from '../metadata/extension.js'
import { sequence, type Sequence } from '../metadata/sequence.js'
import { sqlObject, type SqlObject } from '../metadata/sql-object.js'
import type { Dependency, Qualify, SqlSource } from '../metadata/sql-source.js'
import { sqlWords } from '../metadata/sql-words.js'
import type { CatalogIndex } from './catalog-index.js'
import type { ExtensionRow, RawRow, SequenceRow } from './catalog-rows.js'
import { isSerialOf, sequenceOptions } from './declare-columns.js'
import type { Entities } from './entities.js'

/**
 * Declares the sequences that neither `serial()` nor `identity()` stands for.
 *
 * @param index - The catalogs, tables declared.
 * @returns Sequences; one that a column owns says so.
 * @internal
 */
export function declareSequences(index: CatalogIndex): readonly Sequence[] {
  return index.catalog.sequences
    .filter((row) => row.ownership !== 'i' && !isOfSerial(row, index))
    .map((row) => {
      const { name, ...settings } = sequenceOptions(row)
      const { owner, ownerColumn } = row
      const isOwned = owner !== null && index.tables.has(owner)
      return sequence(name, {
        ...settings,
        schema: index.schemaOf(row),
        dataType: row.type === 'bigint' ? undefined : row.type,
        unlogged: row.isUnlogged,
        ownedBy: isOwned ? () => index.declaredColumn(owner, ownerColumn ?? 0) : undefined,
        comment: row.comment ?? undefined,
      })
    })
}

function isOfSerial(row: SequenceRow, index: CatalogIndex): boolean {
  const relation = row.owner === null ? undefined : index.relations.get(row.owner)
  const column = relation && index.column(relation.oid, row.ownerColumn ?? 0)
  // A partition's columns are declared with its table alone, so its sequences are not theirs.
  return (
    relation !== undefined &&
    column !== undefined &&
    !relation.isPartition &&
    isSerialOf(column, relation, row)
  )
}

/** The extensions, with what differs from what CREATE EXTENSION does by itself. @internal */
export function declareExtensions(rows: readonly ExtensionRow[]): readonly Extension[] {
  return rows.map((row) =>
    extension(row.name, {
      schema: row.schema.startsWith('pg_') ? undefined : row.schema,
      comment: row.comment === row.defaultComment ? undefined : (row.comment ?? undefined),
    }),
  )
}

/**
 * Declares routines, triggers and everything else that the server describes as SQL.
 *
 * @param index - The catalogs, tables declared.
 * @param entities - Who needs whom.
 * @returns Raw objects. What one needs and does not mention by name, such as an operator, it depends on explicitly.
 * @internal
 */
export function declareObjects(index: CatalogIndex, entities: Entities): readonly SqlObject[] {
  const declared = new Map<RawRow, SqlObject>()
  return index.catalog.raw.map((row) => {
    const needed = entities.neededBy(row).flatMap((other) => dependencyOn(other, index, declared))
    const object = rawObject(row, index, unmentioned(row.create, needed))
    declared.set(row, object)
    return object
  })
}

function rawObject(row: RawRow, index: CatalogIndex, dependsOn: readonly Dependency[]): SqlObject {
  const movesAlong = row.schema === index.schema
  // Statistics have a name of their own in the schema; triggers and rules are named after their table.
  const place = row.kind === 'statistics' ? null : row.relation
  const on = place === null ? undefined : index.tables.get(place)?.table
  const anchored = place === null ? row.name : (on ?? index.relations.get(place)?.name ?? row.name)
  const write = (sql: string): SqlSource => {
    const text = sql.trim().replace(/;$/, '')
    const at = movesAlong ? text.indexOf(row.anchor) : -1
    if (at === -1) return text
    const [before, after] = [text.slice(0, at), text.slice(at + row.anchor.length)]
    return (qualify: Qualify) => before + qualify(anchored) + after
  }
  return sqlObject({
    kind: row.kind,
    name: row.name,
    schema: on === undefined && row.schema !== null ? index.schemaOf({ schema: row.schema }) : undefined,
    arguments: row.arguments ?? undefined,
    on,
    create: row.create.map(write),
    drop: write(row.drop),
    dependsOn: dependsOn.length === 0 ? undefined : dependsOn,
  })
}

function dependencyOn(
  other: object,
  index: CatalogIndex,
  declared: ReadonlyMap<object, SqlObject>,
): readonly Dependency[] {
  const raw = declared.get(other)
  if (raw !== undefined) return [raw]
  const relation = 'oid' in other ? index.tables.get(other.oid as string) : undefined
  return relation === undefined ? [] : [relation.table]
}

function unmentioned(create: readonly string[], needed: readonly Dependency[]): readonly Dependency[] {
  const words = new Set(create.flatMap((sql) => sqlWords(sql).map(({ name }) => name)))
  return needed.filter((other) => !words.has('$' in other ? other.$.name : other.def.name))
}
