import { quoteIdentifier, quoteQualified } from '../foundation/quote-identifier.js'
import { sqlLiteral } from '../metadata/sql-literal.js'
import { sqlObject, type SqlObject } from '../metadata/sql-object.js'
import type { AnyTable } from '../metadata/table.js'
import type { Qualify } from '../metadata/sql-source.js'
import type { CatalogIndex } from './catalog-index.js'
import type { ColumnRow, RelationRow } from './catalog-rows.js'
import { isDeclarable } from './declare-parts.js'

/** One change of a table that has no place in its declaration. */
interface Alteration {
  readonly name: string
  readonly relation: RelationRow
  /** The statement, out of the table's quoted name and of what quotes other names in its schema. */
  readonly sql: (table: string, quoted: (name: string) => string) => string
  /** What undoes it, where dropping the table does not. */
  readonly drop?: Alteration['sql']
  readonly dependsOn?: readonly AnyTable[]
}

/**
 * Declares what tables have beyond their declarations, as raw objects of the kind `alteration`: rare settings, and what
 * makes a partition different from its table.
 *
 * @param index - The catalogs, tables declared.
 * @returns Raw objects, made together with their tables.
 * @internal
 */
export function declareAlterations(index: CatalogIndex): readonly SqlObject[] {
  const found = index.catalog.relations.flatMap((relation) => [
    ...columnAlterations(relation, index),
    ...constraintAlterations(relation, index),
    ...indexAlterations(relation, index),
    ...(relation.isPartition ? partitionAlterations(relation, index) : inheritance(relation, index)),
  ])
  return [...found.map((alteration) => alterationObject(alteration, index)), ...otherComments(index)]
}

function alterationObject(alteration: Alteration, index: CatalogIndex): SqlObject {
  const { name, relation, sql, drop, dependsOn } = alteration
  const top = topOf(relation, index)
  const write =
    (statement: Alteration['sql']) =>
    (qualify: Qualify): string => {
      // Names are written into the schema of the table in `on`; a partition may be in another one.
      const quoted = (bare: string): string =>
        relation.schema === top.schema ? qualify(bare) : quoteQualified(relation.schema, bare)
      return statement(quoted(relation.name), quoted)
    }
  return sqlObject({
    kind: 'alteration',
    name: `${relation.name}: ${name}`,
    on: index.tables.get(top.oid)?.table,
    create: write(sql),
    drop: drop === undefined ? undefined : write(drop),
    dependsOn,
  })
}

/** Tables that a table inherits from, as far as they were read. */
function inheritance(relation: RelationRow, index: CatalogIndex): readonly Alteration[] {
  return relation.parents.flatMap((oid) => {
    const [parent, declared] = [index.relations.get(oid), index.tables.get(oid)]
    if (parent === undefined || declared === undefined) return []
    const change =
      (words: string): Alteration['sql'] =>
      (table, quoted) =>
        `ALTER TABLE ${words === 'INHERIT' ? '' : 'IF EXISTS '}${table} ${words} ${
          parent.schema === relation.schema ? quoted(parent.name) : quoteQualified(parent.schema, parent.name)
        }`
    return {
      name: `inherits ${parent.name}`,
      relation,
      sql: change('INHERIT'),
      drop: change('NO INHERIT'),
      dependsOn: [declared.table],
    }
  })
}

/** A partition's table; anything else is its own. */
function topOf(relation: RelationRow, index: CatalogIndex): RelationRow {
  const parent = relation.isPartition ? index.relations.get(relation.parents[0] ?? '') : undefined
  return parent === undefined ? relation : topOf(parent, index)
}

function columnAlterations(relation: RelationRow, index: CatalogIndex): readonly Alteration[] {
  const isView = relation.kind === 'v' || relation.kind === 'm'
  return (index.columns.get(relation.oid) ?? []).flatMap((row) => {
    const column = quoteIdentifier(row.name)
    const options = row.options.length === 0 ? [] : [`SET (${row.options.join(', ')})`]
    const statistics = isView && row.statistics !== null ? [`SET STATISTICS ${String(row.statistics)}`] : []
    const { comment } = row
    return [
      ...[...options, ...statistics].map((change): Alteration => {
        const words = relation.kind === 'm' ? 'MATERIALIZED VIEW' : 'TABLE'
        return {
          name: `options of ${row.name}`,
          relation,
          sql: (table) => `ALTER ${words} ${table} ALTER COLUMN ${column} ${change}`,
        }
      }),
      ...(isView && comment !== null ? [commentOnColumn(relation, row, comment)] : []),
      ...(relation.kind === 'v' && row.default !== null
        ? [setDefault(relation, row, `SET DEFAULT ${row.default}`)]
        : []),
    ]
  })
}

function commentOnColumn(relation: RelationRow, row: ColumnRow, comment: string): Alteration {
  return {
    name: `comment of ${row.name}`,
    relation,
    sql: (table) => `COMMENT ON COLUMN ${table}.${quoteIdentifier(row.name)} IS ${sqlLiteral(comment)}`,
  }
}

function setDefault(relation: RelationRow, row: ColumnRow, change: string): Alteration {
  const words = relation.kind === 'v' ? 'VIEW' : 'TABLE'
  return {
    name: `default of ${row.name}`,
    relation,
    sql: (table) => `ALTER ${words} ${table} ALTER COLUMN ${quoteIdentifier(row.name)} ${change}`,
  }
}

/** NOT NULL that is not valid (PostgreSQL 18), and foreign keys into a partition, which has no declaration to refer to. */
function constraintAlterations(relation: RelationRow, index: CatalogIndex): readonly Alteration[] {
  const rows = (index.constraints.get(relation.oid) ?? []).filter(
    (row) =>
      !row.isInherited &&
      ((row.kind === 'n' && !row.isValid) || (row.kind === 'f' && !isDeclarable(row, index))),
  )
  return rows.map((row) => ({
    name: `constraint ${row.name}`,
    relation,
    sql: (table) => `ALTER TABLE ${table} ADD CONSTRAINT ${quoteIdentifier(row.name)} ${row.definition}`,
    drop: (table) => `ALTER TABLE IF EXISTS ${table} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(row.name)}`,
  }))
}

function indexAlterations(relation: RelationRow, index: CatalogIndex): readonly Alteration[] {
  return (index.indexes.get(relation.oid) ?? []).flatMap((row) => {
    const name = quoteIdentifier(row.name)
    const { comment } = row
    return [
      ...(row.isClustered
        ? [
            {
              name: `cluster on ${row.name}`,
              relation,
              sql: (table: string) => `ALTER TABLE ${table} CLUSTER ON ${name}`,
            },
          ]
        : []),
      ...row.statistics.map((change) => ({
        name: `statistics of ${row.name}`,
        relation,
        sql: (_table: string, quoted: (name: string) => string) =>
          `ALTER INDEX ${quoted(row.name)} ALTER COLUMN ${change}`,
      })),
      ...(row.hasConstraint && comment !== null
        ? [
            {
              name: `comment of ${row.name}`,
              relation,
              sql: (_table: string, quoted: (name: string) => string) =>
                `COMMENT ON INDEX ${quoted(row.name)} IS ${sqlLiteral(comment)}`,
            },
          ]
        : []),
    ]
  })
}

/** What `CREATE TABLE … PARTITION OF` would give another value. */
function partitionAlterations(relation: RelationRow, index: CatalogIndex): readonly Alteration[] {
  const parent = relation.parents[0] ?? ''
  const alter = (name: string, change: string): Alteration => ({
    name,
    relation,
    sql: (table) => `ALTER TABLE ${table} ${change}`,
  })
  const columns = (index.columns.get(relation.oid) ?? []).flatMap((row) => {
    const inherited = index.columns.get(parent)?.find(({ name }) => name === row.name)
    if (inherited === undefined) return []
    const column = quoteIdentifier(row.name)
    return [
      ...(row.default === inherited.default || row.generated !== ''
        ? []
        : [setDefault(relation, row, row.default === null ? 'DROP DEFAULT' : `SET DEFAULT ${row.default}`)]),
      ...(row.isNotNull && !inherited.isNotNull
        ? [alter(`not null of ${row.name}`, `ALTER COLUMN ${column} SET NOT NULL`)]
        : []),
      ...(row.comment === null ? [] : [commentOnColumn(relation, row, row.comment)]),
    ]
  })
  const identity = {
    d: undefined,
    f: 'FULL',
    n: 'NOTHING',
    i: `USING INDEX ${quoteIdentifier(relation.replicaIndex ?? '?')}`,
  }
  const replica = identity[relation.replicaIdentity]
  return [
    ...columns,
    ...(relation.hasRowSecurity ? [alter('row security', 'ENABLE ROW LEVEL SECURITY')] : []),
    ...(relation.forcesRowSecurity ? [alter('forced row security', 'FORCE ROW LEVEL SECURITY')] : []),
    ...(replica === undefined ? [] : [alter('replica identity', `REPLICA IDENTITY ${replica}`)]),
  ]
}

/** Comments on what belongs to a column or a domain and has no declaration of its own. */
function otherComments(index: CatalogIndex): readonly SqlObject[] {
  const { sequences, types } = index.catalog
  return [
    ...sequences.flatMap((row) =>
      row.ownership !== 'i' || row.comment === null
        ? []
        : [comment(row.name, index.schemaOf(row), row.comment, (qualify) => `SEQUENCE ${qualify(row.name)}`)],
    ),
    ...types.flatMap((type) =>
      (index.domainChecks.get(type.oid) ?? []).flatMap((check) => {
        const target = (qualify: Qualify): string =>
          `CONSTRAINT ${quoteIdentifier(check.name)} ON DOMAIN ${qualify(type.name)}`
        return check.comment === null
          ? []
          : [comment(check.name, index.schemaOf(type), check.comment, target)]
      }),
    ),
  ]
}

function comment(
  name: string,
  schema: string | undefined,
  text: string,
  target: (qualify: Qualify) => string,
): SqlObject {
  return sqlObject({
    kind: 'comment',
    name: `comment of ${name}`,
    schema,
    create: (qualify) => `COMMENT ON ${target(qualify)} IS ${sqlLiteral(text)}`,
  })
}
