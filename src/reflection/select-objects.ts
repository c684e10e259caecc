import { ReflectionError } from '../errors/reflection-error.js'
import { nearestKey } from '../foundation/nearest-key.js'
import type { Catalog } from './catalog-rows.js'
import { Entities, type Entity } from './entities.js'

/** Which objects are wanted, by name: bare, or with the schema before a dot. */
export interface Selection {
  readonly only: readonly string[] | undefined
  readonly except: readonly string[]
}

/**
 * Keeps of the catalogs what is wanted. Pure.
 *
 * @param catalog - Everything that was read.
 * @param selection - See {@link Selection}.
 * @returns The catalogs without the rest; foreign keys to what was left out are left out too.
 * @throws {@link ReflectionError} if `only` names what is not there.
 * @internal
 */
export function selectObjects(catalog: Catalog, { only, except }: Selection): Catalog {
  const entities = new Entities(catalog)
  const wanted = only === undefined ? new Set(entities.all) : onlyThese(only, catalog, entities)
  removeWithDependents(wanted, (entity) => isNamed(entity, except), entities)
  const has = (oid: string | null): boolean => {
    const relation = oid === null ? undefined : entities.relation(oid)
    return relation !== undefined && wanted.has(relation)
  }
  const ofWanted = (row: { readonly relation: string | null }): boolean => has(row.relation)
  return {
    ...catalog,
    relations: catalog.relations.filter((row) => wanted.has(row)),
    sequences: catalog.sequences.filter((row) => wanted.has(row)),
    types: catalog.types.filter((row) => wanted.has(row)),
    raw: catalog.raw.filter((row) => wanted.has(row)),
    columns: catalog.columns.filter(ofWanted),
    indexes: catalog.indexes.filter(ofWanted),
    policies: catalog.policies.filter(ofWanted),
    constraints: catalog.constraints.filter(
      (row) => row.domain !== null || (ofWanted(row) && (row.target === null || has(row.target))),
    ),
  }
}

function isNamed({ schema, name }: Entity, names: readonly string[]): boolean {
  return names.includes(name) || (schema !== null && names.includes(`${schema}.${name}`))
}

/** The named ones, what they need, what their foreign keys lead to, and what belongs to them: partitions, triggers, sequences. */
function onlyThese(only: readonly string[], catalog: Catalog, entities: Entities): Set<Entity> {
  const wanted = new Set(entities.all.filter((entity) => isNamed(entity, only)))
  for (const name of only) {
    if ([...wanted].some((entity) => isNamed(entity, [name]))) continue
    const near = nearestKey(
      name,
      entities.all.map((entity) => entity.name),
    )
    throw new ReflectionError({
      message: `only names ${JSON.stringify(name)}, and the schemas hold nothing of that name`,
      hint: near === undefined ? undefined : `Did you mean ${near}?`,
      context: { name },
    })
  }
  const belongings = new Map<Entity, Entity[]>()
  const belongs = (part: Entity, oid: string | null): void => {
    const whole = oid === null ? undefined : entities.relation(oid)
    if (whole !== undefined) belongings.set(whole, [...(belongings.get(whole) ?? []), part])
  }
  for (const row of catalog.raw) belongs(row, row.relation)
  for (const row of catalog.sequences) belongs(row, row.owner)
  for (const row of catalog.relations) if (row.isPartition) belongs(row, row.parents[0] ?? null)
  const targets = new Map<Entity, Entity[]>()
  for (const { relation, target } of catalog.constraints) {
    const [from, to] = [relation, target].map((oid) => (oid === null ? undefined : entities.relation(oid)))
    if (from !== undefined && to !== undefined) targets.set(from, [...(targets.get(from) ?? []), to])
  }
  // A set that grows while it is walked: what is added is walked too.
  for (const entity of wanted) {
    for (const other of entities.neededBy(entity)) wanted.add(other)
    for (const other of belongings.get(entity) ?? []) wanted.add(other)
    for (const other of targets.get(entity) ?? []) wanted.add(other)
  }
  return wanted
}

/** Takes out the unwanted, and then whoever can't be without one that is out. */
function removeWithDependents(
  wanted: Set<Entity>,
  isUnwanted: (entity: Entity) => boolean,
  entities: Entities,
): void {
  const dependents = new Map<Entity, Entity[]>()
  for (const entity of entities.all)
    for (const needed of entities.neededBy(entity))
      dependents.set(needed, [...(dependents.get(needed) ?? []), entity])
  const out = new Set([...wanted].filter(isUnwanted))
  for (const entity of out) {
    wanted.delete(entity)
    for (const dependent of dependents.get(entity) ?? []) out.add(dependent)
  }
}
