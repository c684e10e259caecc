import type { Selectable } from 'kysely'
import type { DeclaredRelationsOf } from '../metadata/infer-database.js'
import type { Relation } from '../metadata/relation.js'

/** The relations of a table of a database, by name. */
export type RelationsOf<DB, K> = K extends keyof DeclaredRelationsOf<DB> ? DeclaredRelationsOf<DB>[K] : object

/** The names of a table's relations. */
export type RelationNames<DB, K> = K extends unknown ? keyof RelationsOf<DB, K> : never

/** What was asked for below a relation: `{ author: true }` in `{ posts: { author: true } }`. */
type Below<W> = W extends (...parameters: never) => infer Q
  ? Q extends { readonly $with: infer X }
    ? X
    : object
  : W extends object
    ? W
    : object

/**
 * A row of the table `K` with the relations that were asked for.
 *
 * @example
 * ```ts
 * import { bigint, relations, table, text, type InferDatabase, type Loaded } from 'async-database'
 *
 * const users = table('users', { id: bigint().identity().primaryKey(), name: text() })
 * const posts = table('posts', { id: bigint().identity().primaryKey(), authorId: bigint().references(() => users.id) })
 * const tables = { users, posts }
 * const related = relations(tables, { users: (r) => ({ posts: r.many('posts', { id: 'authorId' }) }) })
 * interface DB extends InferDatabase<typeof tables, typeof related> {}
 * export type UserWithPosts = Loaded<DB, 'users', { posts: true }>
 * ```
 */
export type Loaded<DB, K extends keyof DB, With> = [keyof With & RelationNames<DB, K>] extends [never]
  ? Selectable<DB[K]>
  : Selectable<DB[K]> & LoadedRelations<DB, K, With>

/** The relations that were asked for, as properties. */
export type LoadedRelations<DB, K, With> = {
  [N in keyof RelationsOf<DB, K> & keyof With]: LoadedRelation<DB, RelationsOf<DB, K>[N], With[N]>
}

type LoadedRelation<DB, X, W> =
  X extends Relation<infer Kind, infer Target, infer Optional>
    ? Target extends keyof DB
      ? Kind extends 'many'
        ? Loaded<DB, Target, Below<W>>[]
        : MayBeMissing<Optional, W> extends true
          ? Loaded<DB, Target, Below<W>> | null
          : Loaded<DB, Target, Below<W>>
      : never
    : never

/** A query of one's own may leave the row out that a foreign key promises. */
type MayBeMissing<Optional, W> = W extends (...parameters: never) => unknown ? true : Optional
