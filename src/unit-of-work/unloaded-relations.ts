import { LazyLoadError } from '../errors/usage-error.js'
import type { RelationShape } from './relation-shape.js'

/**
 * What stands behind the objects of a table that has relations: reading one that was not loaded throws.
 *
 * Accessors that every object of the table shares, rather than one in each: making those would cost as much as all the
 * rest of an object. What copies, compares, prints or stores an object looks at its own properties and never meets
 * them. A relation that is loaded, or assigned, becomes a property of the object like its columns.
 *
 * @internal
 */
export function unloadedRelations(relations: Iterable<RelationShape<{ readonly key: string }>>): object {
  const accessors = Array.from(relations, (relation) => [relation.name, accessor(relation)] as const)
  return Object.create(Object.prototype, {
    ...Object.fromEntries(accessors),
    // For those who ask whether an object is a plain one.
    constructor: { value: Object, configurable: true, writable: true, enumerable: false },
  }) as object
}

function accessor({ name, source }: RelationShape<{ readonly key: string }>): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: false,
    get() {
      throw new LazyLoadError({
        message: `The relation ${name} of this ${source.key} object was not loaded`,
        hint: `Load it with the query, session.query(${source.key}).with({ ${name}: true }), or afterwards: await session.load(object, { ${name}: true }). Nothing is fetched by reading a property.`,
        context: { table: source.key, relation: name },
      })
    },
    set(value: unknown) {
      setRelation(this, name, value)
    },
  }
}

/** Makes a relation a property of an object. @internal */
export function setRelation(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true })
}
