import type { Catalog, Oid } from './catalog-rows.js'

/** Anything with a life of its own: a relation, a sequence, a type or a raw object; its row in the catalogs. */
export type Entity =
  | Catalog['raw'][number]
  | Catalog['relations'][number]
  | Catalog['sequences'][number]
  | Catalog['types'][number]

/** Who needs whom, between entities: what belongs to a table counts as the table. */
export class Entities {
  readonly all: readonly Entity[]
  readonly #bySlot = new Map<string, Entity>()
  readonly #needed = new Map<Entity, Set<Entity>>()

  constructor(catalog: Catalog) {
    const { relations, sequences, types, raw } = catalog
    this.all = [...relations, ...sequences, ...types, ...raw]
    for (const row of relations)
      this.#known(row, `pg_class:${row.oid}`, `pg_type:${row.rowType}`, `pg_type:${row.rowArray}`)
    for (const row of sequences) this.#known(row, `pg_class:${row.oid}`)
    for (const row of types) this.#known(row, `pg_type:${row.oid}`, `pg_type:${row.arrayOid}`)
    for (const row of raw) this.#known(row, `${row.catalog}:${row.oid}`, ...row.aliases)
    this.#addParts(catalog)
    const foreignKeys = new Set(catalog.constraints.flatMap(({ kind, oid }) => (kind === 'f' ? [oid] : [])))
    for (const row of catalog.dependencies) {
      // A table can do without its foreign keys.
      if (row.catalog === 'pg_constraint' && foreignKeys.has(row.object)) continue
      this.#need(`${row.catalog}:${row.object}`, `${row.neededCatalog}:${row.needed}`)
    }
    for (const row of relations)
      for (const parent of row.parents) this.#need(`pg_class:${row.oid}`, `pg_class:${parent}`)
    for (const row of sequences)
      if (row.owner !== null) this.#need(`pg_class:${row.oid}`, `pg_class:${row.owner}`)
  }

  /** What an entity can't be without. */
  neededBy(entity: Entity): readonly Entity[] {
    return [...(this.#needed.get(entity) ?? [])]
  }

  /** The relation of an identifier. */
  relation(oid: Oid): Entity | undefined {
    return this.#bySlot.get(`pg_class:${oid}`)
  }

  /** Constraints, indexes, defaults and policies count as their table, or as their domain. */
  #addParts({ constraints, indexes, columns, policies }: Catalog): void {
    const part = (catalog: string, oid: Oid, of: string): void => {
      const owner = this.#bySlot.get(of)
      if (owner !== undefined) this.#bySlot.set(`${catalog}:${oid}`, owner)
    }
    for (const row of constraints)
      part(
        'pg_constraint',
        row.oid,
        row.relation === null ? `pg_type:${row.domain ?? ''}` : `pg_class:${row.relation}`,
      )
    for (const row of indexes) part('pg_class', row.oid, `pg_class:${row.relation}`)
    for (const row of policies) part('pg_policy', row.oid, `pg_class:${row.relation}`)
    for (const row of columns)
      if (row.defaultOid !== null) part('pg_attrdef', row.defaultOid, `pg_class:${row.relation}`)
  }

  #known(entity: Entity, ...slots: readonly string[]): void {
    for (const slot of slots) this.#bySlot.set(slot, entity)
  }

  #need(slot: string, neededSlot: string): void {
    const [entity, needed] = [this.#bySlot.get(slot), this.#bySlot.get(neededSlot)]
    if (entity === undefined || needed === undefined || entity === needed) return
    const all = this.#needed.get(entity)
    if (all === undefined) this.#needed.set(entity, new Set([needed]))
    else all.add(needed)
  }
}
