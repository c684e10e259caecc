import type { AnyTable } from '../metadata/table.js'
import type { AnyColumn } from '../metadata/column.js'
import type { DomainDefinition, EnumDefinition } from '../metadata/data-type.js'
import type {
  Catalog,
  ColumnRow,
  ConstraintRow,
  IndexRow,
  Oid,
  PolicyRow,
  RelationRow,
  SequenceRow,
} from './catalog-rows.js'

/** A table that was declared out of the catalogs. */
export interface DeclaredRelation {
  readonly key: string
  readonly table: AnyTable & Readonly<Record<string, unknown>>
}

/** The catalogs' rows by what they belong to, and what has been declared out of them so far. */
export class CatalogIndex {
  readonly catalog: Catalog
  /** The metadata's own schema: what is in it needs no schema in declarations. */
  readonly schema: string
  readonly relations: ReadonlyMap<Oid, RelationRow>
  readonly columns: ReadonlyMap<Oid, readonly ColumnRow[]>
  readonly constraints: ReadonlyMap<Oid, readonly ConstraintRow[]>
  readonly domainChecks: ReadonlyMap<Oid, readonly ConstraintRow[]>
  readonly indexes: ReadonlyMap<Oid, readonly IndexRow[]>
  readonly indexByOid: ReadonlyMap<Oid, IndexRow>
  readonly policies: ReadonlyMap<Oid, readonly PolicyRow[]>
  /** By table and position of the column that owns it. */
  readonly ownedSequences: ReadonlyMap<string, SequenceRow>
  /** Partitions by their parent. */
  readonly partitions: ReadonlyMap<Oid, readonly RelationRow[]>
  /** Names that NOT NULL constraints of two tables have: the server would number one of them, so both are said. */
  readonly sharedNotNullNames: ReadonlySet<string>
  /** Filled while types are declared. */
  readonly types = new Map<Oid, DomainDefinition | EnumDefinition>()
  /** Filled while tables are declared. */
  readonly tables = new Map<Oid, DeclaredRelation>()

  constructor(catalog: Catalog, schema: string) {
    this.catalog = catalog
    this.schema = schema
    this.relations = new Map(catalog.relations.map((row) => [row.oid, row]))
    this.columns = grouped(catalog.columns, (row) => row.relation)
    this.constraints = grouped(catalog.constraints, (row) => row.relation)
    this.domainChecks = grouped(catalog.constraints, (row) => row.domain)
    this.indexes = grouped(catalog.indexes, (row) => row.relation)
    this.indexByOid = new Map(catalog.indexes.map((row) => [row.oid, row]))
    this.policies = grouped(catalog.policies, (row) => row.relation)
    this.ownedSequences = new Map(
      catalog.sequences.flatMap((row) =>
        row.owner === null ? [] : [[ownerSlot(row.owner, row.ownerColumn ?? 0), row] as const],
      ),
    )
    this.sharedNotNullNames = repeated(
      catalog.constraints.flatMap(({ kind, name, relation }) => {
        const table = relation === null || kind !== 'n' ? undefined : this.relations.get(relation)
        // A partition has the names of its table.
        return table === undefined || table.isPartition ? [] : [notNullSlot(table, name)]
      }),
    )
    this.partitions = grouped(catalog.relations, (row) => (row.isPartition ? (row.parents[0] ?? null) : null))
  }

  /** A schema as declarations take it: undefined for the metadata's own. */
  schemaOf({ schema }: { readonly schema: string }): string | undefined {
    return schema === this.schema ? undefined : schema
  }

  /** The column at a position of a relation. */
  column(relation: Oid, position: number): ColumnRow | undefined {
    return this.columns.get(relation)?.find((row) => row.position === position)
  }

  /** A column that was declared, by the name it has in the catalogs. */
  declaredColumn(relation: Oid, position: number): AnyColumn | undefined {
    const name = this.column(relation, position)?.name
    const table = this.tables.get(relation)?.table
    return name === undefined ? undefined : (table?.[name === '$' ? '$_' : name] as AnyColumn | undefined)
  }
}

/** Where a sequence's owner is kept. */
export function ownerSlot(relation: Oid, position: number): string {
  return `${relation}.${String(position)}`
}

/** Where the name of a NOT NULL constraint is kept: the server looks for one that is free in the schema. */
export function notNullSlot({ schema }: { readonly schema: string }, name: string): string {
  return `${schema}\0${name}`
}

function repeated(slots: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>()
  return new Set(slots.filter((slot) => seen.has(slot) || !seen.add(slot)))
}

function grouped<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string | null,
): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = keyOf(row)
    if (key === null) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups
}
