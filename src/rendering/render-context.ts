import type {
  DataTypeDescription,
  DatabaseDescription,
  ObjectName,
  TableBody,
} from '../metadata/description.js'
import { NameRegistry } from '../metadata/name-registry.js'
import type { UnnamedObject } from '../metadata/naming-convention.js'
import { SourceNames } from './source-names.js'

/** What rendering one declaration needs to know about the others. */
export class RenderContext {
  readonly schema: string
  readonly description: DatabaseDescription
  /** Names of declarations, by {@link slot}. */
  readonly tables: ReadonlyMap<string, string>
  readonly types: ReadonlyMap<string, string>
  readonly #used = new Set<string>()
  readonly #constraintCounts: ReadonlyMap<string, number>

  constructor(description: DatabaseDescription, schema: string, importable: readonly string[]) {
    this.description = description
    this.schema = schema
    const names = new SourceNames(importable)
    const located = (objects: readonly ObjectName[], suffix: string): ReadonlyMap<string, string> =>
      new Map(objects.map((object) => [slot(object), names.take(object.name, suffix)]))
    this.tables = new Map([...located(description.tables, 'Table'), ...located(description.views, 'View')])
    this.types = located([...description.enums, ...description.domains], 'Type')
    this.#constraintCounts = countConstraints(description)
  }

  /** Notes that a name is used, so that it gets imported. */
  use(name: string): string {
    this.#used.add(name)
    return name
  }

  /** The names used since the last call. */
  takeUsed(): ReadonlySet<string> {
    const used = new Set(this.#used)
    this.#used.clear()
    return used
  }

  /** A schema as declarations take it: undefined for the metadata's own. */
  schemaOf(schema: string): string | undefined {
    return schema === this.schema ? undefined : schema
  }

  /** The declaration of an enum or domain. */
  typeName({ schema, name }: DataTypeDescription): string {
    const found = this.types.get(slot({ schema: schema ?? '', name }))
    return this.use(found ?? name)
  }

  /**
   * A constraint's or index's name as it must be declared: undefined where the naming convention gives the same.
   *
   * @param unnamed - What the convention would name.
   * @param place - Its table.
   * @param name - The name it has.
   */
  declaredName(unnamed: Omit<UnnamedObject, 'table'>, place: ObjectName, name: string): string | undefined {
    // Alone in a registry it gets the first choice; in the metadata a constraint's of another table may have taken it.
    const first = new NameRegistry('postgresql').choose({ ...unnamed, table: place.name }, place.schema)
    return first === name && (this.#constraintCounts.get(slot({ ...place, name })) ?? 0) <= 1
      ? undefined
      : name
  }
}

/** A schema and a name as one key. @internal */
export function slot({ schema, name }: ObjectName): string {
  return `${schema}\0${name}`
}

function countConstraints({ tables, domains }: DatabaseDescription): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const count = (schema: string, name: string): void => {
    const key = slot({ schema, name })
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const visit = (body: TableBody): void => {
    const { primaryKey, uniques, checks, exclusions, foreignKeys } = body
    for (const { name } of [...uniques, ...checks, ...exclusions, ...foreignKeys]) count(body.schema, name)
    if (primaryKey !== undefined) count(body.schema, primaryKey.name)
    body.partitions.forEach(visit)
  }
  tables.forEach(visit)
  for (const { schema, checks } of domains) for (const { name } of checks) count(schema, name)
  return counts
}
