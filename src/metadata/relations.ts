import { ConfigurationError } from '../errors/usage-error.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import type { OneRelationOptions, Relation, RelationBuilder, RelationDefinition } from './relation.js'
import type { AnyTable } from './table.js'

/** What {@link relations} takes: for each table that has some, a function that gives them. */
export type RelationDeclarations<T extends Readonly<Record<string, AnyTable>>> = {
  readonly [K in keyof T]?: (r: RelationBuilder<T, T[K]>) => Readonly<Record<string, Relation>>
}

/** What {@link relations} gives. */
export type DeclaredRelations<R> = {
  readonly [K in keyof R]: R[K] extends (...parameters: never) => infer X ? X : never
}

/**
 * Declares how rows of the tables relate, beside the tables, for loading them together. Performs no I/O.
 *
 * @param tables - The tables, as given to the metadata.
 * @param declarations - For each table that has relations, a function that gives them by name. The columns they join
 * must exist and be of the same type.
 * @returns The relations by table and name; give them to the metadata as `relations`.
 * @throws {@link ConfigurationError} if a table or column does not exist, a relation joins nothing, or its name is that
 * of a column.
 * @example
 * ```ts
 * import { bigint, relations, table, text } from 'async-database'
 *
 * const users = table('users', { id: bigint().identity().primaryKey() })
 * const posts = table('posts', { authorId: bigint().notNull().references(() => users.id), title: text() })
 * const tables = { users, posts }
 * export const related = relations(tables, {
 *   users: (r) => ({ posts: r.many('posts', { id: 'authorId' }) }),
 *   posts: (r) => ({ author: r.one('users', { authorId: 'id' }) }),
 * })
 * ```
 */
export function relations<
  T extends Readonly<Record<string, AnyTable>>,
  const R extends RelationDeclarations<T>,
>(tables: T, declarations: R & Readonly<Record<Exclude<keyof R, keyof T>, never>>): DeclaredRelations<R> {
  const declared = Object.entries(declarations).map(([key, declare]) => {
    tableOf(tables, key, 'relations()')
    const own = (declare as unknown as (r: Beginning) => Readonly<Record<string, Relation>>)(
      new Beginning(tables, key),
    )
    refuseColumnNames(tables, key, own)
    return [key, Object.freeze({ ...own })] as const
  })
  return Object.freeze(Object.fromEntries(declared)) as unknown as DeclaredRelations<R>
}

type Pairs = Readonly<Record<string, string>>

/** What {@link RelationBuilder} is at run time, where nothing is known of the tables' types. */
class Beginning {
  readonly #tables: Readonly<Record<string, AnyTable>>
  readonly #key: string

  constructor(tables: Readonly<Record<string, AnyTable>>, key: string) {
    this.#tables = tables
    this.#key = key
  }

  one(target: string, on: Pairs, options: OneRelationOptions = {}): Relation {
    refuseUnknownKeys(options, ['cascade', 'required'], this.#name(target))
    const pairs = this.#pairs(this.#key, target, on, target)
    const isFirm = pairs.every(([local]) => {
      const column = this.#tables[this.#key]?.$.columns[local]?.def
      return column?.notNull === true && column.reference !== undefined
    })
    const isOptional = !(options.required ?? isFirm)
    return relation({
      kind: 'one',
      target,
      on: pairs,
      through: undefined,
      isOptional,
      cascade: options.cascade,
    })
  }

  many(target: string, on: Pairs, options: OneRelationOptions = {}): Relation {
    refuseUnknownKeys(options, ['cascade'], this.#name(target))
    const pairs = this.#pairs(this.#key, target, on, target)
    const { cascade } = options
    return relation({ kind: 'many', target, on: pairs, through: undefined, isOptional: false, cascade })
  }

  manyThrough(
    target: string,
    through: { readonly table: string; readonly from: Pairs; readonly to: Pairs },
    options: OneRelationOptions = {},
  ): Relation {
    refuseUnknownKeys(options, ['cascade'], this.#name(target))
    const from = this.#pairs(this.#key, through.table, through.from, target)
    const to = this.#pairs(through.table, target, through.to, target)
    const { cascade } = options
    const between = { table: through.table, on: to }
    return relation({ kind: 'many', target, on: from, through: between, isOptional: false, cascade })
  }

  #pairs(local: string, foreign: string, on: Pairs, target: string): RelationDefinition['on'] {
    const where = this.#name(target)
    const pairs = Object.entries(on)
    if (pairs.length === 0) {
      throw new ConfigurationError({ message: `${where} joins no columns; expected one pair or more.` })
    }
    for (const [left, right] of pairs) {
      refuseUnknownKeys(
        { [left]: true },
        columnKeys(tableOf(this.#tables, local, where)),
        `${where}: ${local}`,
      )
      refuseUnknownKeys(
        { [right]: true },
        columnKeys(tableOf(this.#tables, foreign, where)),
        `${where}: ${foreign}`,
      )
    }
    return Object.freeze(pairs)
  }

  #name(target: string): string {
    return `The relation from ${JSON.stringify(this.#key)} to ${JSON.stringify(target)}`
  }
}

function relation(def: RelationDefinition): Relation {
  return Object.freeze({ def: Object.freeze(def) }) as Relation
}

function tableOf(tables: Readonly<Record<string, AnyTable>>, key: string, where: string): AnyTable {
  const table = Object.hasOwn(tables, key) ? tables[key] : undefined
  if (table !== undefined) return table
  throw new ConfigurationError({
    message: `${where} names the table ${JSON.stringify(key)}, which is not among the tables given.`,
    hint: `The tables are: ${Object.keys(tables).join(', ')}.`,
  })
}

function columnKeys(table: AnyTable): readonly string[] {
  return Object.keys(table.$.columns)
}

/** A loaded relation becomes a property of the row, beside its columns. */
function refuseColumnNames(
  tables: Readonly<Record<string, AnyTable>>,
  key: string,
  own: Readonly<Record<string, Relation>>,
): void {
  const columns = columnKeys(tableOf(tables, key, 'relations()'))
  const name = Object.keys(own).find((relationName) => columns.includes(relationName))
  if (name === undefined) return
  throw new ConfigurationError({
    message: `The relation ${JSON.stringify(name)} of ${JSON.stringify(key)} has the name of a column.`,
    hint: 'Give the relation another name: it becomes a property of the row.',
  })
}
